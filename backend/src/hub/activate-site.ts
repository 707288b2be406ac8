import type { SiteEntry } from '@phloem/protocol';
import type { Site } from '../site/site.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';

/** How far back the log is read at a start to know how things stood: alarms, values, who held what. */
const rememberedEntries = 200_000;

/**
 * Makes the site the active one: keeps its text, and appends a `site` entry where it is another than the last one.
 *
 * @returns its revision, the remembered past, and what folds that into a view.
 */
export const activateSite = ({ store, site, text }: { readonly store: HubStore; readonly site: Site; readonly text: string }) => {
  const { log } = store;
  const since = Math.max(log.first - 1, log.head - rememberedEntries);
  const remembered = [...readAll(store, since)];
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
