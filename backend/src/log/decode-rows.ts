import { reasonOf, type Entry, type EntryDraft, type GapEntry, type Lsn, type Reason } from '@phloem/protocol';
import { noteSize } from './entry-size.ts';

/**
 * An entry as it is kept: numbered and dated, its own words as JSON text. `offset` is how much had been written to the
 * log before it, so that the size of any stretch is a subtraction.
 */
export type StoredRow = { readonly lsn: Lsn; readonly at: number; readonly up: number; readonly offset: number; readonly body: string };

/** A row as it is found again; `body` is null when it is not as it was written. */
export type FoundRow = Omit<StoredRow, 'body'> & { readonly body: string | null };

/** The entry that a draft becomes. Made from the text, so that a live reader gets exactly what a later one will. */
export const toEntry = (row: StoredRow): Entry => {
  const entry: Entry = { lsn: row.lsn, at: row.at, up: row.up, ...(JSON.parse(row.body) as EntryDraft) };
  noteSize(entry, row);
  return entry;
};

/**
 * The entries of the rows found after `after`. Numbers that are not there, or not as they were written, are said in
 * their place by one `gap` entry, which has the last of them (EV5).
 *
 * @param first the oldest number that the log still has: what is missing before it has expired.
 */
export function decodeRows(rows: readonly FoundRow[], after: Lsn, first: Lsn): readonly Entry[] {
  const entries: Entry[] = [];
  let covered = after;
  let gap: GapEntry | null = null;
  const miss = (to: Lsn, row: FoundRow, why: Reason): void => {
    const from: Lsn = gap === null ? covered + 1 : gap.from;
    gap = { lsn: to, at: row.at, up: row.up, kind: 'gap', from, to, why: gap === null ? why : gap.why };
    covered = to;
  };
  const reportGap = (): void => {
    if (gap !== null) entries.push(gap);
    gap = null;
  };
  for (const row of rows) {
    if (covered + 1 < first && row.lsn >= first) {
      miss(first - 1, row, reasonOf('log/expired'));
      reportGap();
    }
    if (row.lsn > covered + 1) miss(row.lsn - 1, row, reasonOf('log/not-found'));
    const entry = tryEntry(row);
    if (entry === null) {
      miss(row.lsn, row, reasonOf('log/damaged'));
    } else {
      reportGap();
      entries.push(entry);
      covered = row.lsn;
    }
  }
  reportGap();
  return entries;
}

function tryEntry({ body, ...row }: FoundRow): Entry | null {
  if (body === null) return null;
  try {
    return toEntry({ ...row, body });
  } catch {
    // A text that is no JSON is one more way for a row to be damaged; the caller records a gap.
    return null;
  }
}
