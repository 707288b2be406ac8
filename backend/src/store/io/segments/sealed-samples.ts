import type { SealedLog } from '../../../log/samples/sample-source.ts';
import { readPointSamples } from '../../../log/segments/point-samples.ts';
import { tryDamaged, type SegmentReader } from './segment-reader.ts';
import type { SegmentTable } from './segment-table.ts';

/** The samples in the segments of a log. A damaged segment has none: the history shows a gap there. */
export const createSealedLog = (table: SegmentTable, reader: SegmentReader): SealedLog => ({
  end: () => table.newest()?.last ?? 0,
  between: (from, to, end) =>
    table
      .between(from, to)
      .filter(({ last }) => last <= end)
      .toSorted((a, b) => a.fromAt - b.fromAt)
      .map((row) => ({
        fromAt: row.fromAt,
        read: (point) =>
          tryDamaged(() => {
            const segment = reader.open(row);
            return segment === null ? null : readPointSamples(segment, point);
          }) ?? [],
      })),
  timeOf: (lsn) => {
    const row = table.after(lsn - 1);
    if (row === null || row.first > lsn) return null;
    return tryDamaged(() => {
      const segment = reader.open(row);
      return segment?.at()[lsn - segment.footer.first] ?? null;
    });
  },
});
