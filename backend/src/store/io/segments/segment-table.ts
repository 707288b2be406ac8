import type { Lsn } from '@phloem/protocol';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

/** A segment as the database lists it. `first` moves up when the oldest entries go. */
export type SegmentRow = {
  readonly first: Lsn;
  readonly last: Lsn;
  readonly file: string;
  /** SHA-256 of the file. */
  readonly hash: string;
  readonly bytes: number;
  readonly readings: number;
  readonly offset: number;
  readonly endOffset: number;
  readonly fromAt: number;
  readonly toAt: number;
  readonly lastAt: number;
  readonly firstUp: number;
  readonly lastUp: number;
};

export const segmentsSchema = `
CREATE TABLE segments (
  first INTEGER PRIMARY KEY, last INTEGER NOT NULL, file TEXT NOT NULL, hash TEXT NOT NULL, bytes INTEGER NOT NULL, readings INTEGER NOT NULL,
  offset INTEGER NOT NULL, end_offset INTEGER NOT NULL, from_at REAL NOT NULL, to_at REAL NOT NULL, last_at REAL NOT NULL,
  first_up REAL NOT NULL, last_up REAL NOT NULL
) STRICT;
CREATE INDEX segments_by_last ON segments (last);
`;

/** The table of the segments. It alone says which of the files count. */
export interface SegmentTable {
  /** The first segment that ends after `lsn`. */
  after(lsn: Lsn): SegmentRow | null;
  newest(): SegmentRow | null;
  oldest(): SegmentRow | null;
  list(): readonly SegmentRow[];
  /** Those that have an entry or a reading between these wall times. */
  between(from: number, to: number): readonly SegmentRow[];
  add(segment: SegmentRow): void;
  /** Removes what is up to `to`. Returns the files that are not needed any more. */
  cut(to: Lsn): readonly string[];
}

export function openSegmentTable(database: DatabaseSync): SegmentTable {
  const sql = {
    after: database.prepare('SELECT * FROM segments WHERE last > ? ORDER BY last LIMIT 1'),
    newest: database.prepare('SELECT * FROM segments ORDER BY last DESC LIMIT 1'),
    oldest: database.prepare('SELECT * FROM segments ORDER BY first LIMIT 1'),
    list: database.prepare('SELECT * FROM segments ORDER BY first'),
    between: database.prepare('SELECT * FROM segments WHERE to_at >= ? AND from_at <= ? ORDER BY first'),
  };
  const one = (row: Record<string, SQLOutputValue> | undefined): SegmentRow | null => (row === undefined ? null : toSegmentRow(row));
  return {
    after: (lsn) => one(sql.after.get(lsn)),
    newest: () => one(sql.newest.get()),
    oldest: () => one(sql.oldest.get()),
    list: () => sql.list.all().map(toSegmentRow),
    between: (from, to) => sql.between.all(from, to).map(toSegmentRow),
    add: (s) => {
      const values = [
        s.first,
        s.last,
        s.file,
        s.hash,
        s.bytes,
        s.readings,
        s.offset,
        s.endOffset,
        s.fromAt,
        s.toAt,
        s.lastAt,
        s.firstUp,
        s.lastUp,
      ];
      database.prepare(`INSERT INTO segments VALUES (${values.map(() => '?').join(', ')})`).run(...values);
    },
    cut: (to) => {
      const files = database.prepare('DELETE FROM segments WHERE last <= ? RETURNING file').all(to);
      database.prepare('UPDATE segments SET first = ? WHERE first <= ?').run(to + 1, to);
      return files.map(({ file }) => String(file));
    },
  };
}

const toSegmentRow = (row: Record<string, SQLOutputValue>): SegmentRow => ({
  first: Number(row['first']),
  last: Number(row['last']),
  file: String(row['file']),
  hash: String(row['hash']),
  bytes: Number(row['bytes']),
  readings: Number(row['readings']),
  offset: Number(row['offset']),
  endOffset: Number(row['end_offset']),
  fromAt: Number(row['from_at']),
  toAt: Number(row['to_at']),
  lastAt: Number(row['last_at']),
  firstUp: Number(row['first_up']),
  lastUp: Number(row['last_up']),
});
