import type { BundleRevision, Lsn, ScopeId } from '@phloem/protocol';
import { toCheckpointsToDrop } from '../log/retention.ts';
import type { HubStore, StoredSnapshot } from './hub-store.ts';
import type { StoreDisk } from './store-disk.ts';

type StoreTables = Pick<
  HubStore,
  'cursors' | 'sources' | 'namedCursors' | 'documents' | 'revisions' | 'notifications' | 'checkpoints' | 'standing'
>;

/** Runs work in the transaction under way, or in one of its own. */
export type Within = <T>(work: () => T) => T;

/** What the store keeps beside the log. Reads go to the disk, writes belong to a transaction. */
export const createStoreTables = (disk: StoreDisk, within: Within, head: () => Lsn): StoreTables => ({
  cursors: { get: (scope) => disk.cursors.get(scope), set: (scope, cursor) => within(() => disk.cursors.set(scope, cursor)) },
  sources: { get: (source) => disk.sources.get(source), put: (source, record) => within(() => disk.sources.put(source, record)) },
  namedCursors: {
    get: (name) => disk.namedCursors.get(name),
    list: () => disk.namedCursors.list(),
    put: (cursor) => within(() => disk.namedCursors.put(cursor)),
    remove: (name) => within(() => disk.namedCursors.remove(name)),
  },
  documents: { get: (hash) => disk.documents.get(hash), put: (hash, text) => within(() => disk.documents.put(hash, text)) },
  revisions: createRevisions(disk, within),
  notifications: {
    get: () => disk.facts.get('notifications'),
    put: (state) => within(() => disk.facts.set('notifications', state)),
  },
  checkpoints: createCheckpoints(disk, within),
  standing: {
    get: () => {
      const text = disk.facts.get('standing');
      const stored = text === null ? null : (JSON.parse(text) as StoredSnapshot);
      return stored === null || stored.lsn > head() ? null : stored;
    },
    put: (standing) => within(() => disk.facts.set('standing', JSON.stringify(standing))),
  },
});

const revisionsKept = 1000;

/** They outlive the entries that activated them, so the log of a scope does not end where retention cuts. */
const createRevisions = (disk: StoreDisk, within: Within): HubStore['revisions'] => {
  const list = (scope: ScopeId): readonly BundleRevision[] => {
    const text = disk.facts.get(`revisions/${scope}`);
    return text === null ? [] : (JSON.parse(text) as BundleRevision[]);
  };
  return {
    list,
    put: (scope, revision) =>
      within(() => disk.facts.set(`revisions/${scope}`, JSON.stringify([...list(scope), revision].slice(-revisionsKept)))),
  };
};

/** The checkpoints of automation: a new one makes some of the older ones of its scope superfluous. */
const createCheckpoints = (disk: StoreDisk, within: Within): HubStore['checkpoints'] => {
  const headersOf = (scope: string) => disk.checkpoints.headers().filter((header) => header.scope === scope);
  return {
    newest: (scope) => {
      const newest = headersOf(scope).at(-1);
      return newest === undefined ? null : disk.checkpoints.get(scope, newest.cursor);
    },
    list: (scope) => headersOf(scope).flatMap(({ cursor }) => disk.checkpoints.get(scope, cursor) ?? []),
    put: (checkpoint) =>
      within(() => {
        disk.checkpoints.put(checkpoint);
        for (const drop of toCheckpointsToDrop(headersOf(checkpoint.scope))) disk.checkpoints.remove(drop.scope, drop.cursor);
      }),
  };
};
