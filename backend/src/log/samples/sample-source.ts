import type { Lsn, PointId } from '@phloem/protocol';
import type { LogEntries } from '../log-entries.ts';
import { inOrder, type LoggedSample, type SampleKey } from './entry-samples.ts';
import { RecentSamples } from './recent-samples.ts';

/** Samples of a point between two wall times, both included; those after `after`, at least `limit` of them where there are so many. */
export type SampleQuery = {
  readonly point: PointId;
  readonly from: number;
  readonly to: number;
  readonly after: SampleKey | null;
  readonly limit: number;
};

/** From when on the log has every sample; `isWhole` when nothing has been removed from it. */
export type SampleReach = { readonly at: number; readonly isWhole: boolean };

/** The readings in the log by point and time. */
export type SampleSource = {
  /** Null while the log is empty. */
  reach(): SampleReach | null;
  /** In the order of their times. */
  read(query: SampleQuery): readonly LoggedSample[];
  /** Frees the memory that answers take; the next answer fills it again. */
  release(): void;
};

/** A sealed part of the log, with the smallest time of its entries and readings. */
export type SealedSamples = { readonly fromAt: number; readonly read: (point: PointId) => readonly LoggedSample[] };

/** The sealed parts of a log. */
export type SealedLog = {
  /** The newest sealed entry; 0 when nothing is sealed. */
  end(): Lsn;
  /** The parts up to `end` that have something between these wall times, by `fromAt`. */
  between(from: number, to: number, end: Lsn): readonly SealedSamples[];
  /** The wall time of an entry that is sealed and can be read. */
  timeOf(lsn: Lsn): number | null;
};

/** For a log that is not sealed. */
export const nothingSealed: SealedLog = { end: () => 0, between: () => [], timeOf: () => null };

/** Reads the samples of a log: of its sealed parts from their columns, of the entries behind them from memory. */
export function createSampleSource(log: LogEntries, sealed: SealedLog): SampleSource {
  const recent = new RecentSamples(log);
  let known: { readonly first: Lsn; readonly at: number } | null = null;

  const toTime = (first: Lsn): number | null => {
    if (known?.first === first) return known.at;
    const at = sealed.timeOf(first) ?? log.read(first - 1, { entries: 1, bytes: 0 }, first)[0]?.at ?? null;
    known = at === null ? null : { first, at };
    return at;
  };

  return {
    reach: () => {
      const { first, head } = log.bounds();
      const at = first > head ? null : toTime(first);
      return at === null ? null : { at, isWhole: first === 1 };
    },
    read: ({ point, from, to, after, limit }) => {
      const begin = Math.max(from, after?.at ?? from);
      const isWanted = ({ at, lsn }: LoggedSample): boolean =>
        at >= begin && at <= to && (after === null || at > after.at || lsn > after.lsn);
      // In this order nothing is missing: what is sealed in between is still in memory.
      recent.catchUp(sealed.end());
      const end = sealed.end();
      const first = log.bounds().first;
      let found: LoggedSample[] = recent.read(point, Math.max(end + 1, first)).filter(isWanted);
      for (const part of sealed.between(begin, to, end)) {
        // Everything that comes later in time than the last one needed is of no use.
        const last = found.length < limit ? undefined : (found = [...inOrder(found)])[limit - 1];
        if (last !== undefined && last.at < part.fromAt) break;
        for (const sample of part.read(point)) if (sample.lsn >= first && isWanted(sample)) found.push(sample);
      }
      return inOrder(found);
    },
    release: () => recent.release(),
  };
}
