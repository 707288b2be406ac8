import type { Lsn, PointId } from '@phloem/protocol';
import { decodeRows } from '../../../log/decode-rows.ts';
import { toSamples, type Sample } from '../../../log/samples/entry-samples.ts';
import { listPoints, readPointSamples } from '../../../log/segments/point-samples.ts';
import type { Segment } from '../../../log/segments/open-segment.ts';
import { tryDamaged } from '../segments/segment-reader.ts';
import { openInspection, type Inspection } from './open-inspection.ts';

/** Which samples are wanted: between two wall times, both included. */
export type SamplesQuery = { readonly from: number; readonly to: number; readonly isWanted: (point: PointId) => boolean };

/** Samples of a part of the log, by time. `lost` is a segment that cannot be read. */
export type SamplePart = {
  readonly samples: readonly Sample[];
  readonly lost: { readonly from: Lsn; readonly to: Lsn } | null;
  /** The share of the log that is done, from 0 to 1. */
  readonly share: number;
};

const slice = { entries: 16_384, bytes: 8 * 1024 * 1024 };

/**
 * Reads samples from the log at `path`, a segment at a time. Changes nothing, and may run while a hub uses the folder: what the hub
 * appends meanwhile is not read.
 *
 * @throws Fault `store/missing`, `store/newer`, `store/unwritable`, `store/damaged`.
 */
export function* readSampleParts(path: string, query: SamplesQuery): Generator<SamplePart> {
  using log = openInspection(path);
  const end = log.table.newest()?.last ?? 0;
  const segments = log.table.between(query.from, query.to).filter(({ last }) => last <= end);
  for (const [index, row] of segments.entries()) {
    const samples = tryDamaged(() => {
      const segment = log.reader.open(row);
      return segment === null ? null : readSegment(segment, row.first, query);
    });
    const lost = samples === null ? { from: row.first, to: row.last } : null;
    yield { samples: samples ?? [], lost, share: (index + 1) / (segments.length + 1) };
  }
  yield* readNewest(log, end, query);
}

function readSegment(segment: Segment, first: Lsn, query: SamplesQuery): readonly Sample[] {
  const found: Sample[] = [];
  for (const point of listPoints(segment)) {
    if (!query.isWanted(point)) continue;
    for (const sample of readPointSamples(segment, point)) {
      if (sample.lsn >= first && sample.at >= query.from && sample.at <= query.to) found.push({ point, ...sample });
    }
  }
  return found.toSorted((a, b) => a.at - b.at || a.lsn - b.lsn);
}

function* readNewest({ database, reader }: Inspection, end: Lsn, { from, to, isWanted }: SamplesQuery): Generator<SamplePart> {
  const bounds = database.prepare('SELECT min(lsn) AS first, max(lsn) AS head FROM entries').get();
  const [first, head] = [Number(bounds?.['first'] ?? 0), Number(bounds?.['head'] ?? 0)];
  for (let after = Math.max(end, first - 1); after < head;) {
    const rows = reader.read(after, slice.entries, slice.bytes);
    const last = rows.at(-1);
    if (last === undefined) break;
    const samples = decodeRows(rows, after, first)
      .flatMap((entry) => (entry.lsn <= head ? toSamples(entry) : []))
      .filter(({ at, point }) => at >= from && at <= to && isWanted(point));
    after = last.lsn;
    yield { samples: samples.toSorted((a, b) => a.at - b.at || a.lsn - b.lsn), lost: null, share: Math.min(1, after / head) };
  }
}
