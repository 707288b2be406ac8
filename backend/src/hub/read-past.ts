import type { HubStore } from '../store/hub-store.ts';
import { LogSnapshot } from './snapshot.ts';

/**
 * How far back the log is read at a start to know how things stood: values, who held what. What lasts longer than that
 * is in the standing that was stored; without one, at the first start after a version that kept none, only this is known.
 */
const recentEntries = 5000;
const withoutSnapshot = 200_000;

/** What a start remembers: the newest entries, those about what lasts, and how things stand by them. */
export const readPast = (store: HubStore) => {
  const { log } = store;
  const stored = store.standing.get();
  const since = Math.max(log.first - 1, stored === null ? log.head - withoutSnapshot : Math.min(stored.lsn, log.head - recentEntries));
  const recent = [...readAll(store, since)];
  const remembered = [...(stored?.entries.filter(({ lsn }) => lsn <= since) ?? []), ...recent];
  const standing = new LogSnapshot(stored);
  for (const entry of recent) standing.apply(entry);
  return { remembered, standing };
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
