import { toPointId, type Entry, type Lsn, type PointId, type Quality } from '@phloem/protocol';

/** A reading of a point as the log has it; true is 1 and false is 0. `lsn` is the entry that reported it. */
export type LoggedSample = { readonly at: number; readonly lsn: Lsn; readonly v: number | null; readonly q: Quality };

/** A reading of a named point. */
export type Sample = LoggedSample & { readonly point: PointId };

/** The readings that an entry reports, each with the wall time at which it was measured. */
export function toSamples(entry: Entry): readonly Sample[] {
  if (entry.kind !== 'sensor' && entry.kind !== 'late') return [];
  const { lsn, at, up, location, cluster, readings } = entry;
  return Object.entries(readings).map(([measurement, { v, q, t }]) => ({
    point: toPointId(location, cluster, measurement),
    at: entry.kind === 'late' ? Math.round(entry.measured) : t === undefined ? at : Math.round(at - (up - t)),
    lsn,
    v: v === null ? null : Number(v),
    q,
  }));
}

/** The order of samples: by time, and by entry where two have the same. */
export const bySampleKey = (a: SampleKey, b: SampleKey): number => a.at - b.at || a.lsn - b.lsn;

/** The place of a sample among those of its point. */
export type SampleKey = { readonly at: number; readonly lsn: Lsn };

/** Samples in order; most of them come in order. */
export function inOrder<S extends SampleKey>(samples: readonly S[]): readonly S[] {
  const isSorted = samples.every((sample, index) => {
    const before = samples[index - 1];
    return before === undefined || bySampleKey(before, sample) <= 0;
  });
  return isSorted ? samples : samples.toSorted(bySampleKey);
}
