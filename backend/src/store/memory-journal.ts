import type { CursorName, DocumentHash, Lsn, Position, ScopeId, SourceId } from '@phloem/protocol';
import type { StoredRow } from '../log/decode-rows.ts';
import type { CommandRecord, NamedCursor, SourceRecord, StoredCheckpoint } from './hub-store.ts';

/** The tables of a disk in memory, and the transactions that a power cut may still take from them. */
export class MemoryJournal {
  /** As the process sees them. */
  readonly live: Tables;
  /** As a power cut would leave them. */
  readonly synced: Tables;
  #journal: (readonly Change[])[] = [];
  #settled = 0;
  #open: { readonly done: Change[]; readonly before: Change[] } | null = null;
  #isGone = false;

  constructor(synced: Tables = emptyTables()) {
    this.synced = synced;
    this.live = copyTables(synced);
  }

  /** How many transactions are not synced. */
  get unsynced(): number {
    return this.#journal.length;
  }

  /** Puts a value into a table; without one it removes what is there. */
  change(table: keyof Tables, key: string | number, value: unknown): void {
    this.checkThere();
    const done = { table, key, value };
    if (this.#open === null) {
      this.#journal.push([done]);
    } else {
      this.#open.done.push(done);
      this.#open.before.push({ table, key, value: (this.live[table] as Map<unknown, unknown>).get(key) });
    }
    apply(this.live, done);
  }

  transact<T>(work: () => T): T {
    this.checkThere();
    const transaction = { done: [] as Change[], before: [] as Change[] };
    this.#open = transaction;
    try {
      const result = work();
      this.#journal.push(transaction.done);
      return result;
    } catch (error) {
      for (const one of transaction.before.toReversed()) apply(this.live, one);
      inOrder(this.live.rows);
      throw error;
    } finally {
      this.#open = null;
    }
  }

  /** Syncs the oldest `count` transactions. */
  settle(count: number): void {
    for (const transaction of this.#journal.slice(0, count)) for (const one of transaction) apply(this.synced, one);
    this.#settled += Math.min(count, this.#journal.length);
    this.#journal = this.#journal.slice(count);
  }

  /** Syncs what is there at the call, once `taken` has resolved; another sync may settle some of it meanwhile. */
  async settleAfter(taken: () => Promise<void>): Promise<void> {
    const target = this.#settled + this.#journal.length;
    await taken();
    this.checkThere();
    this.settle(Math.max(0, target - this.#settled));
  }

  /** The power is cut; what is synced is left. */
  end(survivors: number): Tables {
    this.#isGone = true;
    this.settle(survivors);
    return this.synced;
  }

  checkThere(): void {
    if (this.#isGone) throw new Error('the disk is gone');
  }
}

export type Tables = {
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

/** Rows that an undone cut has put back stand at the end of the map; their order is that of their numbers. */
function inOrder(rows: Map<Lsn, StoredRow>): void {
  const ordered = [...rows].toSorted(([a], [b]) => a - b);
  rows.clear();
  for (const [lsn, row] of ordered) rows.set(lsn, row);
}

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
