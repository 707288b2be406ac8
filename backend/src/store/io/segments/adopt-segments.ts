import type { DatabaseSync } from 'node:sqlite';
import { readFooter, SegmentDamage } from '../../../log/segments/segment-format.ts';
import type { SegmentFiles } from './segment-files.ts';
import { openSegmentTable, type SegmentRow } from './segment-table.ts';
import { segmentTools, toSegmentHash } from './segment-tools.ts';

/**
 * Lists the segments again that a damaged database has lost, from their files. One whose entries are still rows was never listed, and
 * is left to be removed.
 */
export function adoptSegments(database: DatabaseSync, files: Pick<SegmentFiles, 'list' | 'read'>): void {
  const table = openSegmentTable(database);
  const overlaps = database.prepare(
    'SELECT EXISTS (SELECT 1 FROM entries WHERE lsn BETWEEN ?1 AND ?2) OR EXISTS (SELECT 1 FROM segments WHERE first <= ?2 AND last >= ?1) AS found',
  );
  for (const file of files.list()) {
    const segment = file.endsWith('.seg') ? tryRead(file, files.read(file)) : null;
    if (segment !== null && overlaps.get(segment.first, segment.last)?.['found'] === 0) table.add(segment);
  }
}

function tryRead(file: string, content: Uint8Array): SegmentRow | null {
  try {
    return toSegmentRow(file, content);
  } catch (error) {
    // Its entries are shown as a gap.
    if (error instanceof SegmentDamage) return null;
    throw error;
  }
}

/** A segment as the database lists it, from the content of its file. */
export function toSegmentRow(file: string, content: Uint8Array): SegmentRow {
  const { first, last, readings, offset, endOffset, fromAt, toAt, lastAt, firstUp, lastUp } = readFooter(content, segmentTools);
  const times = { fromAt, toAt, lastAt, firstUp, lastUp };
  return { first, last, file, hash: toSegmentHash(content), bytes: content.length, readings, offset, endOffset, ...times };
}
