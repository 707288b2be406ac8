import type { Lsn } from '@phloem/protocol';
import type { FoundRow } from '../../../log/decode-rows.ts';
import { Segment } from '../../../log/segments/open-segment.ts';
import { SegmentDamage } from '../../../log/segments/segment-format.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { SegmentRow, SegmentTable } from './segment-table.ts';
import { segmentTools } from './segment-tools.ts';

type ReadRows = (after: Lsn, count: number, bytes: number) => readonly FoundRow[];

/** So many segments stay decoded: a reader goes through one after the other. */
const mostOpen = 2;

/** Reads the log from its segments, and where there is none from its rows. */
export type SegmentReader = {
  readonly read: ReadRows;
  /** The segment of a row of the table; null when its file is damaged or gone. */
  readonly open: (row: SegmentRow) => Segment | null;
};

export function createSegmentReader(table: SegmentTable, files: Pick<SegmentFiles, 'read'>, readRows: ReadRows): SegmentReader {
  const opened = new Map<string, Segment | null>();

  const open = ({ file }: SegmentRow): Segment | null => {
    const known = opened.get(file);
    if (known !== undefined) return known;
    const segment = tryDamaged(() => new Segment(files.read(file), segmentTools));
    keep(file, segment);
    return segment;
  };
  const keep = (file: string, segment: Segment | null): void => {
    opened.set(file, segment);
    for (const oldest of opened.keys()) {
      if (opened.size <= mostOpen) return;
      opened.delete(oldest);
    }
  };

  const readSegment = (row: SegmentRow, after: Lsn, count: number, bytes: number): readonly FoundRow[] => {
    const found = tryDamaged(() => open(row)?.read(after, count, bytes) ?? null);
    if (found !== null) return found;
    keep(row.file, null);
    // Its first and its last number, both unreadable, make one gap of all between them.
    const { last, lastAt: at, lastUp: up, endOffset: offset } = row;
    return [...new Set([Math.max(after + 1, row.first), last])].map((lsn) => ({ lsn, at, up, offset, body: null }));
  };

  const readNext = (after: Lsn, count: number, bytes: number): readonly FoundRow[] => {
    const segment = table.after(after);
    if (segment !== null && segment.first <= after + 1) return readSegment(segment, after, count, bytes);
    const rows = readRows(after, count, bytes).filter(({ lsn }) => segment === null || lsn < segment.first);
    if (rows[0]?.lsn === after + 1) return rows;
    // What is missing here may have been sealed since the table was looked at.
    const since = table.after(after);
    if (since !== null && (rows[0] === undefined || since.first <= rows[0].lsn)) return readSegment(since, after, count, bytes);
    return rows;
  };

  return {
    open,
    read: (after, count, bytes) => {
      const found: FoundRow[] = [];
      let left = bytes;
      for (let at = after; found.length < count && (found.length === 0 || left > 0);) {
        const rows = readNext(at, count - found.length, left);
        const last = rows.at(-1);
        if (last === undefined) break;
        for (const row of rows) {
          left -= row.body?.length ?? 0;
          if (found.length > 0 && left < 0) return found;
          found.push(row);
        }
        at = last.lsn;
      }
      return found;
    },
  };
}

/** What `work` gives; null where a segment is damaged or its file is gone. */
export function tryDamaged<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (error instanceof SegmentDamage || isMissing) return null;
    throw error;
  }
}
