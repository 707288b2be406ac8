import type { CursorName, DocumentHash, Lsn, Position, ScopeId, SourceId } from '@phloem/protocol';
import type { StoredRow } from '../log/decode-rows.ts';
import type { CommandRecord, NamedCursor, SourceRecord, StoredCheckpoint } from './hub-store.ts';
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

type Tables = {
  readonly rows: Map<Lsn, StoredRow>;
  readonly facts: Map<string, string>;
  readonly cursors: Map<ScopeId, Position>;
  readonly commands: Map<string, CommandRecord>;
  readonly sources: Map<SourceId, SourceRecord>;
  readonly namedCursors: Map<CursorName, NamedCursor>;
  readonly documents: Map<DocumentHash, string>;
  readonly checkpoints: Map<string, StoredCheckpoint>;
};
type Change = { readonly table: keyof Tables; readonly key: string | number; readonly value: unknown };

/** Makes an empty disk in memory. It models what SQLite promises: NORMAL writes outlive the process, synced ones the power. */
export const createMemoryDisk = (options: MemoryDiskOptions = {}): MemoryDisk => openMemoryDisk(emptyTables(), null, options);

function openMemoryDisk(synced: Tables, seenBefore: Position | null, options: MemoryDiskOptions): MemoryDisk {
  const live = copyTables(synced);
  let journal: (readonly Change[])[] = [];
  let settled = 0;
  let open: { readonly done: Change[]; readonly before: Change[] } | null = null;
  let seen = seenBefore;
  let isGone = false;

  const change = (table: keyof Tables, key: string | number, value: unknown): void => {
    if (isGone) throw new Error('the disk is gone');
    const done = { table, key, value };
    if (open === null) {
      journal.push([done]);
    } else {
      open.done.push(done);
      open.before.push({ table, key, value: (live[table] as Map<unknown, unknown>).get(key) });
    }
    apply(live, done);
  };

  const settle = (count: number): void => {
    for (const transaction of journal.slice(0, count)) for (const one of transaction) apply(synced, one);
    settled += Math.min(count, journal.length);
    journal = journal.slice(count);
  };

  const headers = (): readonly StoredCheckpoint[] => [...live.checkpoints.values()].toSorted((a, b) => a.cursor - b.cursor);

  return {
    file: null,
    spare: () => Infinity,
    transact: (work) => {
      if (isGone) throw new Error('the disk is gone');
      const transaction = { done: [] as Change[], before: [] as Change[] };
      open = transaction;
      try {
        const result = work();
        journal.push(transaction.done);
        return result;
      } catch (error) {
        for (const one of transaction.before.toReversed()) apply(live, one);
        inOrder(live.rows);
        throw error;
      } finally {
        open = null;
      }
    },
    entries: {
      bounds: () => {
        const numbers = [...live.rows.keys()];
        const [first, last] = [numbers.at(0), numbers.at(-1)];
        return first === undefined || last === undefined ? null : { first, last };
      },
      append: (row) => change('rows', row.lsn, row),
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
          change('rows', lsn, undefined);
        }
      },
      marks: () => [],
      near: (lsn) => live.rows.get(lsn + 1) ?? null,
    },
    facts: { get: (name) => live.facts.get(name) ?? null, set: (name, text) => change('facts', name, text) },
    cursors: {
      get: (scope) => live.cursors.get(scope) ?? null,
      set: (scope, cursor) => change('cursors', scope, cursor),
      scopes: () => [...live.cursors.keys()],
    },
    commands: {
      get: (id) => live.commands.get(id) ?? null,
      put: (record) => change('commands', record.id, record),
      open: () => [...live.commands.values()].filter(({ stage }) => stage !== 'ended').toSorted((a, b) => a.accepted.lsn - b.accepted.lsn),
      forget: (to) => {
        for (const { id, stage, accepted } of live.commands.values()) {
          if (stage === 'ended' && accepted.lsn <= to) change('commands', id, undefined);
        }
      },
    },
    sources: { get: (source) => live.sources.get(source) ?? null, put: (source, record) => change('sources', source, record) },
    namedCursors: {
      get: (name) => live.namedCursors.get(name) ?? null,
      list: () => [...live.namedCursors.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      put: (cursor) => change('namedCursors', cursor.name, cursor),
      remove: (name) => change('namedCursors', name, undefined),
    },
    documents: { get: (hash) => live.documents.get(hash) ?? null, put: (hash, text) => change('documents', hash, text) },
    checkpoints: {
      put: (checkpoint) => change('checkpoints', toKey(checkpoint.scope, checkpoint.cursor), checkpoint),
      headers,
      get: (scope, cursor) => live.checkpoints.get(toKey(scope, cursor)) ?? null,
      remove: (scope, cursor) => change('checkpoints', toKey(scope, cursor), undefined),
    },
    seen: {
      get: () => seen,
      set: (position) => {
        seen = position;
      },
    },
    sync: async () => {
      const target = settled + journal.length;
      await (options.syncTakes ?? (() => Promise.resolve()))();
      if (isGone) throw new Error('the disk is gone');
      // Another sync may have settled some of them meanwhile.
      settle(Math.max(0, target - settled));
    },
    syncNow: () => settle(journal.length),
    crash: (survivors = 0) => {
      isGone = true;
      settle(survivors);
      return openMemoryDisk(synced, seen, options);
    },
    get unsynced() {
      return journal.length;
    },
    close: () => undefined,
  };
}

/** Rows that an undone cut has put back stand at the end of the map; their order is that of their numbers. */
function inOrder(rows: Map<Lsn, StoredRow>): void {
  const ordered = [...rows].toSorted(([a], [b]) => a - b);
  rows.clear();
  for (const [lsn, row] of ordered) rows.set(lsn, row);
}

const toKey = (scope: ScopeId, cursor: Lsn): string => `${scope} ${cursor}`;

const emptyTables = (): Tables => ({
  rows: new Map(),
  facts: new Map(),
  cursors: new Map(),
  commands: new Map(),
  sources: new Map(),
  namedCursors: new Map(),
  documents: new Map(),
  checkpoints: new Map(),
});

const copyTables = (tables: Tables): Tables => ({
  rows: new Map(tables.rows),
  facts: new Map(tables.facts),
  cursors: new Map(tables.cursors),
  commands: new Map(tables.commands),
  sources: new Map(tables.sources),
  namedCursors: new Map(tables.namedCursors),
  documents: new Map(tables.documents),
  checkpoints: new Map(tables.checkpoints),
});

function apply(tables: Tables, { table, key, value }: Change): void {
  const map = tables[table] as Map<unknown, unknown>;
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
