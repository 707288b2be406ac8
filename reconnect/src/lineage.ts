import type { Epoch, Lsn, Position, Welcome } from '@phloem/protocol';
import type { ReceivedEntry } from './read-entry.ts';

/** The hub's log as its welcome describes it. */
export type LogLineage = Pick<Welcome['log'], 'epoch' | 'lineage'>;

/** The epoch that an entry belongs to: the oldest one that had not ended before it. */
export const toEpoch = ({ epoch, lineage }: LogLineage, lsn: Lsn): Epoch => lineage.find(({ end }) => lsn <= end)?.epoch ?? epoch;

/** Claims that the hub's log never kept what stands at this position: its epoch ended before it, or is not known. */
export const isTruncated = ({ epoch, lineage }: LogLineage, position: Position): boolean => {
  if (position.epoch === epoch) return false;
  const ended = lineage.find((stretch) => stretch.epoch === position.epoch);
  return ended === undefined || position.lsn > ended.end;
};

/** A run of entries of one epoch: goes on after `from`, covers up to `last`. */
export type Stretch = { readonly epoch: Epoch; readonly from: Lsn; readonly last: Lsn; readonly entries: readonly ReceivedEntry[] };

/** Cuts what came as one batch at the ends of epochs, so that each part names the epoch that its entries belong to. */
export const splitByEpoch = (log: LogLineage, from: Lsn, last: Lsn, entries: readonly ReceivedEntry[]): readonly Stretch[] => {
  const ends = log.lineage.map(({ end }) => end).filter((end) => end > from && end < last);
  return [...ends, last].map((end, index, all) => {
    const start = all[index - 1] ?? from;
    const part = all.length === 1 ? entries : entries.filter(({ lsn }) => lsn > start && lsn <= end);
    return { epoch: toEpoch(log, start + 1), from: start, last: end, entries: part };
  });
};
