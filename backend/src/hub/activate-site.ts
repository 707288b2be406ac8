import type { SiteEntry } from '@phloem/protocol';
import type { Site } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';
import { readPast } from './read-past.ts';

/**
 * Makes the site the active one: keeps its text, and appends a `site` entry where it is another than the last one.
 *
 * @returns its revision, the remembered past, how things stand by it, and what folds it into a view.
 */
export const activateSite = ({ store, site, text }: { readonly store: HubStore; readonly site: Site; readonly text: string }) => {
  const { remembered, standing } = readPast(store);
  const newest = remembered.findLast((entry): entry is SiteEntry => entry.kind === 'site');
  const isSame = newest?.hash === site.hash;
  const revision = isSame ? (newest?.revision ?? 1) : (newest?.revision ?? 0) + 1;
  if (!isSame) {
    store.transact(() => {
      store.documents.put(site.hash, text);
      store.log.append([{ kind: 'site', hash: site.hash, revision }]);
    });
  }
  return {
    revision,
    remembered,
    standing,
    view: (view: HubView): void => {
      for (const entry of remembered) view.apply(entry);
      view.applyAlarms(standing.alarms());
      view.applyPastOffsets(standing.pastOffsets());
    },
  };
};
