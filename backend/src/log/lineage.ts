import type { Epoch, Lsn, Position } from '@phloem/protocol';
import type { EndedEpoch } from './frame-log.ts';

/** What the last run of a hub left behind about its log. */
export type LastRun = {
  readonly epoch: Epoch;
  readonly lineage: readonly EndedEpoch[];
  /** The boot of the machine in which it ran. */
  readonly bootId: string;
  /** The head at an orderly stop, on disk; null when it did not stop in order. */
  readonly cleanHead: Lsn | null;
  /** The file in which it was kept; null or absent where the file system cannot distinguish a file from its copy. */
  readonly file?: string | null;
};

/** What is found of the log at a start. */
export type FoundTail = {
  readonly head: Lsn;
  /** The newest entry can be read and is as it was written. */
  readonly isIntact: boolean;
  /** The furthest position that readers may have seen, as noted beside the log; null when there is no such note. */
  readonly seen: Position | null;
  /** The file in which it is kept now; null where that cannot be distinguished from a copy. */
  readonly file: string | null;
};

/**
 * Decides under which epoch a log goes on. The epoch is kept only when every entry that was sent is provably still
 * there: the last run stopped in order, or the machine has not been restarted and the tail reaches as far as was
 * seen. Otherwise a new one begins, and the lineage says where the old one ended. A copy of the file always begins a new
 * epoch: the original may have gone on, and one number must never have two contents.
 */
export function toEpochAtStart(
  last: LastRun | null,
  found: FoundTail,
  bootId: string,
  newEpoch: () => Epoch,
): { readonly epoch: Epoch; readonly lineage: readonly EndedEpoch[] } {
  if (last === null) return { epoch: newEpoch(), lineage: [] };
  const stoppedInOrder = last.cleanHead === found.head;
  const reachesWhatWasSeen =
    last.bootId === bootId && found.seen !== null && found.seen.epoch === last.epoch && found.seen.lsn <= found.head;
  const isCopy = typeof last.file === 'string' && found.file !== null && last.file !== found.file;
  if (found.isIntact && !isCopy && (stoppedInOrder || reachesWhatWasSeen)) return { epoch: last.epoch, lineage: last.lineage };
  return { epoch: newEpoch(), lineage: [...last.lineage, { epoch: last.epoch, end: found.head }] };
}

/** Twelve characters that no other stretch of any log has. */
export const toEpoch = (random: () => number): Epoch => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 12 }, () => letters[Math.floor(random() * letters.length)] ?? 'A').join('');
};
