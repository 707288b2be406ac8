import type { Lsn } from '@phloem/protocol';
import type { DatabaseSync } from 'node:sqlite';
import type { StoredRow } from '../../../log/decode-rows.ts';
import type { LogMark, SealedMark } from '../../store-disk.ts';
import { createRowReader } from '../entry-rows.ts';
import { isSealDue, type SealLimits } from './seal-next.ts';
import type { CreateSealer, Sealer } from './sealer.ts';
import type { SegmentFiles } from './segment-files.ts';
import { createSegmentReader, type SegmentReader } from './segment-reader.ts';
import { openSegmentTable, type SegmentRow, type SegmentTable } from './segment-table.ts';

/** How segments reach the disk; a test that cuts the power takes the place of it. */
export type SegmentInvariants = {
  readonly openFiles: (path: string) => SegmentFiles;
  readonly createSealer: CreateSealer;
  readonly sealLimits: SealLimits;
};

/** So many rows are removed in one transaction. */
const slice = 1024;
/** After so many more entries what could not be sealed is tried again. */
const retryAfter = 4096;

/** The entries of the log: rows, and before them segments. The caller wraps what changes them in a transaction. */
export class SegmentedEntries {
  readonly #database: DatabaseSync;
  readonly #files: SegmentFiles;
  readonly #table: SegmentTable;
  readonly #readRows: ReturnType<typeof createRowReader>;
  readonly #reader: SegmentReader;
  readonly #sealer: Sealer;
  readonly #limits: SealLimits;
  readonly #transact: (work: () => void) => void;
  /** Files that are not needed once their removal from the table is on disk. */
  #unneeded: string[] = [];
  /** Segments whose rows are not all removed. */
  #doubled: readonly SegmentRow[];
  /** The oldest row that is not sealed. */
  #oldest: { readonly lsn: Lsn; readonly up: number } | null;
  #retryAt: Lsn = 0;
  #isClosed = false;

  constructor(database: DatabaseSync, path: string, invariants: SegmentInvariants, transact: (work: () => void) => void) {
    this.#database = database;
    this.#files = invariants.openFiles(path);
    this.#table = openSegmentTable(database);
    this.#readRows = createRowReader(database, path);
    this.#reader = createSegmentReader(this.#table, this.#files, this.#readRows);
    this.#limits = invariants.sealLimits;
    this.#transact = transact;
    this.#removeStrayFiles();
    this.#doubled = this.#table.list().filter(({ first, last }) => this.#readRows(first - 1, 1, 0).some(({ lsn }) => lsn <= last));
    this.#oldest = this.#toOldest();
    this.#sealer = invariants.createSealer(path, this.#limits, (segment) => this.#adopt(segment));
  }

  get read(): SegmentReader['read'] {
    return this.#reader.read;
  }

  bounds(): { readonly first: Lsn; readonly last: Lsn } | null {
    const row = this.#database.prepare('SELECT (SELECT min(lsn) FROM entries) AS first, (SELECT max(lsn) FROM entries) AS last').get();
    const numbers = [row?.['first'], row?.['last'], this.#table.oldest()?.first, this.#table.newest()?.last].filter(
      (lsn): lsn is number => typeof lsn === 'number',
    );
    return numbers.length === 0 ? null : { first: Math.min(...numbers), last: Math.max(...numbers) };
  }

  /** Where each segment ends. */
  marks(): readonly SealedMark[] {
    return this.#table.list().map(({ last, lastUp, endOffset, bytes }) => ({ lsn: last, up: lastUp, offset: endOffset, bytes }));
  }

  /** The entry after `lsn`; of a sealed one the beginning of its segment is enough. */
  near(lsn: Lsn): LogMark | null {
    const segment = this.#table.after(lsn);
    if (segment !== null && segment.first <= lsn + 1) return { lsn: segment.first, up: segment.firstUp, offset: segment.offset };
    const [row] = this.#reader.read(lsn, 1, 0);
    return row ?? null;
  }

  cut(to: Lsn): void {
    this.#unneeded.push(...this.#table.cut(to));
    this.#database.prepare('DELETE FROM entries WHERE lsn <= ?').run(to);
  }

  /** After a transaction that appended this row: seals what is due, and removes some rows of what is sealed. */
  appended(newest: StoredRow): void {
    try {
      this.#removeDoubled();
    } catch (error) {
      if (!(error instanceof Error && 'errcode' in error)) throw error;
      // The entry is stored all the same, and nobody reads these rows. The next start removes them.
      this.#doubled = [];
    }
    this.#oldest ??= newest;
    if (newest.lsn < this.#retryAt || !isSealDue(this.#oldest, newest, this.#limits)) return;
    this.#retryAt = newest.lsn + Math.min(retryAfter, this.#limits.entries);
    this.#sealer.start();
  }

  /** What is to be called when everything up to now is on disk. */
  toSynced(): () => void {
    const files = this.#unneeded;
    this.#unneeded = [];
    return () => {
      for (const file of files) this.#files.remove(file);
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#sealer.close();
  }

  #adopt(segment: SegmentRow | null): void {
    if (segment === null || this.#isClosed) return;
    const first = Math.max(segment.first, this.bounds()?.first ?? Infinity);
    if (first > segment.last) {
      // What it holds has been removed meanwhile.
      this.#files.remove(segment.file);
      return;
    }
    const adopted = { ...segment, first };
    this.#transact(() => this.#table.add(adopted));
    this.#doubled = [...this.#doubled, adopted];
    this.#oldest = this.#toOldest();
    this.#retryAt = 0;
    const newest = this.#readRows((this.bounds()?.last ?? 0) - 1, 1, 0)[0];
    if (newest !== undefined && this.#oldest !== null && isSealDue(this.#oldest, newest, this.#limits)) this.#sealer.start();
  }

  /** Rows of a segment are never read again. They go a few at a time, so that control does not wait. */
  #removeDoubled(): void {
    const [segment, ...others] = this.#doubled;
    if (segment === undefined) return;
    this.#transact(() => {
      const { changes } = this.#database
        .prepare('DELETE FROM entries WHERE lsn IN (SELECT lsn FROM entries WHERE lsn BETWEEN ? AND ? ORDER BY lsn LIMIT ?)')
        .run(segment.first, segment.last, slice);
      if (Number(changes) < slice) this.#doubled = others;
    });
  }

  #toOldest(): { readonly lsn: Lsn; readonly up: number } | null {
    return this.#readRows(this.#table.newest()?.last ?? 0, 1, 0)[0] ?? null;
  }

  /** Files of a seal or a removal that a crash or a power cut has undone. */
  #removeStrayFiles(): void {
    const known = new Set(this.#table.list().map(({ file }) => file));
    for (const file of this.#files.list()) if (!known.has(file)) this.#files.remove(file);
  }
}
