import type { Lsn, Position, ScopeId } from '@phloem/protocol';
import type { StoredRow } from '../log/decode-rows.ts';
import { MemoryJournal } from './memory-journal.ts';
import type { StoreDisk } from './store-disk.ts';

/** A disk in memory that can be asked what a power cut would have left of it. */
export interface MemoryDisk extends StoreDisk {
  /**
   * The disk as a power cut leaves it: all that was synced, and of the transactions after that the oldest `survivors`,
   * as a write-ahead log does. This one is not usable any more.
   */
  crash(survivors?: number): MemoryDisk;
  /** How many transactions are not synced. */
  readonly unsynced: number;
}

/** How long this disk takes to sync; the default takes no time. */
export type MemoryDiskOptions = { readonly syncTakes?: () => Promise<void> };

/** Makes an empty disk in memory. It models what SQLite promises: NORMAL writes outlive the process, synced ones the power. */
export const createMemoryDisk = (options: MemoryDiskOptions = {}): MemoryDisk => openMemoryDisk(new MemoryJournal(), null, options);

function openMemoryDisk(journal: MemoryJournal, seenBefore: Position | null, options: MemoryDiskOptions): MemoryDisk {
  let seen = seenBefore;
  return {
    ...createTables(journal),
    file: null,
    spare: () => Infinity,
    transact: (work) => journal.transact(work),
    entries: createEntries(journal),
    seen: {
      get: () => seen,
      set: (position) => {
        seen = position;
      },
    },
    sync: () => journal.settleAfter(options.syncTakes ?? (() => Promise.resolve())),
    syncNow: () => journal.settle(journal.unsynced),
    crash: (survivors = 0) => openMemoryDisk(new MemoryJournal(journal.end(survivors)), seen, options),
    get unsynced() {
      return journal.unsynced;
    },
    close: () => undefined,
  };
}

function createEntries(journal: MemoryJournal): StoreDisk['entries'] {
  const { live } = journal;
  return {
    bounds: () => {
      const numbers = [...live.rows.keys()];
      const [first, last] = [numbers.at(0), numbers.at(-1)];
      return first === undefined || last === undefined ? null : { first, last };
    },
    append: (row) => journal.change('rows', row.lsn, row),
    read: (after, count, bytes) => {
      const found: StoredRow[] = [];
      let size = 0;
      const oldest = live.rows.keys().next().value ?? after + 1;
      for (let lsn = Math.max(after + 1, oldest); found.length < count; lsn += 1) {
        const row = live.rows.get(lsn);
        if (row === undefined || (found.length > 0 && size + row.body.length > bytes)) break;
        found.push(row);
        size += row.body.length;
      }
      return found;
    },
    cut: (to) => {
      for (const lsn of live.rows.keys()) {
        if (lsn > to) break;
        journal.change('rows', lsn, undefined);
      }
    },
    marks: () => [],
    near: (lsn) => live.rows.get(lsn + 1) ?? null,
  };
}

function createTables(
  journal: MemoryJournal,
): Omit<StoreDisk, 'file' | 'spare' | 'transact' | 'entries' | 'seen' | 'sync' | 'syncNow' | 'close'> {
  const { live } = journal;
  return {
    facts: { get: (name) => live.facts.get(name) ?? null, set: (name, text) => journal.change('facts', name, text) },
    cursors: {
      get: (scope) => live.cursors.get(scope) ?? null,
      set: (scope, cursor) => journal.change('cursors', scope, cursor),
      scopes: () => [...live.cursors.keys()],
    },
    commands: {
      get: (id) => live.commands.get(id) ?? null,
      put: (record) => journal.change('commands', record.id, record),
      open: () => [...live.commands.values()].filter(({ stage }) => stage !== 'ended').toSorted((a, b) => a.accepted.lsn - b.accepted.lsn),
      forget: (to) => {
        for (const { id, stage, accepted } of live.commands.values()) {
          if (stage === 'ended' && accepted.lsn <= to) journal.change('commands', id, undefined);
        }
      },
    },
    sources: { get: (source) => live.sources.get(source) ?? null, put: (source, record) => journal.change('sources', source, record) },
    namedCursors: {
      get: (name) => live.namedCursors.get(name) ?? null,
      list: () => [...live.namedCursors.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      put: (cursor) => journal.change('namedCursors', cursor.name, cursor),
      remove: (name) => journal.change('namedCursors', name, undefined),
    },
    documents: { get: (hash) => live.documents.get(hash) ?? null, put: (hash, text) => journal.change('documents', hash, text) },
    checkpoints: {
      put: (checkpoint) => journal.change('checkpoints', toKey(checkpoint.scope, checkpoint.cursor), checkpoint),
      headers: () => [...live.checkpoints.values()].toSorted((a, b) => a.cursor - b.cursor),
      get: (scope, cursor) => live.checkpoints.get(toKey(scope, cursor)) ?? null,
      remove: (scope, cursor) => journal.change('checkpoints', toKey(scope, cursor), undefined),
    },
  };
}

const toKey = (scope: ScopeId, cursor: Lsn): string => `${scope} ${cursor}`;
