import type { SiteEntry } from '@phloem/protocol';
import type { Site } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';
import { Standing } from './standing.ts';

/**
 * How far back the log is read at a start to know how things stood: values, who held what. What lasts longer than that
 * is in the standing that was stored; without one, at the first start after a version that kept none, only this is known.
 */
const recentEntries = 5000;
const withoutStanding = 200_000;

/**
 * Makes the site the active one: keeps its text, and appends a `site` entry where it is another than the last one.
 *
 * @returns its revision, the remembered past, how things stand by it, and what folds it into a view.
 */
export const activateSite = ({ store, site, text }: { readonly store: HubStore; readonly site: Site; readonly text: string }) => {
  const { log } = store;
  const stored = store.standing.get();
  const since = Math.max(log.first - 1, stored === null ? log.head - withoutStanding : Math.min(stored.lsn, log.head - recentEntries));
  const recent = [...readAll(store, since)];
  const remembered = [...(stored?.entries.filter(({ lsn }) => lsn <= since) ?? []), ...recent];
  const standing = new Standing(stored);
  for (const entry of recent) standing.apply(entry);
  const newest = remembered.findLast((entry): entry is SiteEntry => entry.kind === 'site');
  const isSame = newest?.hash === site.hash;
  const revision = isSame ? (newest?.revision ?? 1) : (newest?.revision ?? 0) + 1;
  if (!isSame) {
    store.transact(() => {
      store.documents.put(site.hash, text);
      log.append([{ kind: 'site', hash: site.hash, revision }]);
    });
  }
  return {
    revision,
    remembered,
    standing,
    view: (view: HubView): void => {
      for (const entry of remembered) view.apply(entry);
    },
  };
};

function* readAll({ log }: HubStore, after: number) {
  let cursor = after;
  for (;;) {
    const entries = log.read(cursor, { entries: 4096, bytes: 8 * 1024 * 1024 });
    const last = entries.at(-1);
    if (last === undefined) return;
    yield* entries;
    cursor = last.lsn;
  }
}
