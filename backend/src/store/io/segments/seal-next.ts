import type { Lsn } from '@phloem/protocol';
import type { DatabaseSync } from 'node:sqlite';
import type { FoundRow, StoredRow } from '../../../log/decode-rows.ts';
import { encodeSegment, entryOverhead } from '../../../log/segments/encode-segment.ts';
import { createRowReader } from '../entry-rows.ts';
import { toSegmentRow } from './adopt-segments.ts';
import { toSegmentName, type SegmentFiles } from './segment-files.ts';
import { openSegmentTable, type SegmentRow } from './segment-table.ts';
import { segmentTools } from './segment-tools.ts';

/** When entries are sealed. */
export type SealLimits = {
  /** In one segment at the most. */
  readonly entries: number;
  /** Older rows are sealed although they are fewer. */
  readonly ageMs: number;
  /** So many of the newest stay rows: a start reads them. */
  readonly kept: number;
};

export const sealLimits: SealLimits = { entries: 65_536, ageMs: 3_600_000, kept: 2048 };

type RowTime = { readonly lsn: Lsn; readonly up: number };

/** Whether enough has come together since the oldest row, or it is old enough. */
export const isSealDue = (oldest: RowTime, newest: RowTime, { entries, ageMs, kept }: SealLimits): boolean => {
  const count = newest.lsn - oldest.lsn + 1;
  return count >= entries + kept || (count >= 2 * kept && newest.up - oldest.up >= ageMs);
};

/**
 * Writes the next segment beside the database, whole and on disk, and changes nothing in the database. Null when there is nothing to
 * seal yet. Rows that are damaged, or after which one is missing, end a segment; they stay rows.
 */
export function sealNext(database: DatabaseSync, path: string, files: SegmentFiles, limits: SealLimits): SegmentRow | null {
  const newest = openSegmentTable(database).newest();
  const head = Number(database.prepare('SELECT max(lsn) AS head FROM entries').get()?.['head'] ?? 0);
  const found = createRowReader(database, path)(newest?.last ?? 0, limits.entries, Infinity);
  const rows = toUnbroken(found).filter(({ lsn }) => lsn <= head - limits.kept);
  const [first, last] = [rows.at(0), rows.at(-1)];
  if (first === undefined || last === undefined) return null;
  const isBroken = last.lsn < Math.min(head - limits.kept, first.lsn + limits.entries - 1);
  const newestRow = createRowReader(database, path)(head - 1, 1, 0)[0];
  if (newestRow === undefined || (!isBroken && !isSealDue(first, newestRow, limits))) return null;
  const content = encodeSegment(rows, newest?.hash ?? null, segmentTools);
  const file = toSegmentName(first.lsn, last.lsn);
  files.write(`${file}.new`, content);
  files.rename(`${file}.new`, file);
  files.syncFolder();
  return toSegmentRow(file, content);
}

/** The first rows that are whole and follow one another. */
function toUnbroken(found: readonly FoundRow[]): readonly StoredRow[] {
  const rows: StoredRow[] = [];
  for (const { body, ...row } of found) {
    const before = rows.at(-1);
    if (body === null) {
      if (before === undefined) continue;
      break;
    }
    if (before !== undefined && (row.lsn !== before.lsn + 1 || row.offset !== before.offset + entryOverhead + before.body.length)) break;
    rows.push({ ...row, body });
  }
  return rows;
}
