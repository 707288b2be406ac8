import type { Epoch, Lsn, Position, SubscriptionGrant } from '@phloem/protocol';
import type { EndedEpoch, FrameLog } from './frame-log.ts';

/** What the last run of a hub left behind about its log. */
export type LastRun = {
  readonly epoch: Epoch;
  readonly lineage: readonly EndedEpoch[];
  /** The boot of the machine in which it ran. */
  readonly bootId: string;
  /** The head at an orderly stop, on disk; null when it did not stop in order. */
  readonly cleanHead: Lsn | null;
};

/** What is found of the log at a start. */
export type FoundTail = {
  readonly head: Lsn;
  /** The newest entry can be read and is as it was written. */
  readonly isIntact: boolean;
  /** The furthest position that readers may have seen, as noted beside the log; null when there is no such note. */
  readonly seen: Position | null;
};

/**
 * Decides under which epoch a log goes on. The epoch is kept only when every entry that was sent is provably still
 * there: the last run stopped in order, or the machine has not been restarted and the tail reaches as far as was
 * seen. Otherwise a new one begins, and the lineage says where the old one ended.
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
  if (found.isIntact && (stoppedInOrder || reachesWhatWasSeen)) return { epoch: last.epoch, lineage: last.lineage };
  return { epoch: newEpoch(), lineage: [...last.lineage, { epoch: last.epoch, end: found.head }] };
}

/** Twelve characters that no other stretch of any log bears. */
export const toEpoch = (random: () => number): Epoch => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 12 }, () => letters[Math.floor(random() * letters.length)] ?? 'A').join('');
};

/** Where a subscription begins: `from` is the number it has covered; the rest says what it can have no more. */
export type SubscriptionStart = Omit<SubscriptionGrant, 'sub'>;

/**
 * Finds where a cursor stands in a log (EV6). Numbers never repeat along a lineage, so a cursor of an ended epoch goes
 * on by its number as long as it is not past that epoch's end.
 */
export function toSubscriptionStart(
  log: Pick<FrameLog, 'epoch' | 'lineage' | 'first' | 'head'>,
  cursor: Position | null,
): SubscriptionStart {
  if (cursor === null) return { from: log.head };
  const oldest = log.first - 1;
  const end = cursor.epoch === log.epoch ? log.head : log.lineage.find(({ epoch }) => epoch === cursor.epoch)?.end;
  if (end === undefined) return { from: oldest, why: 'unknown-epoch' };
  if (cursor.lsn > end) return { from: Math.max(end, oldest), lost: [end + 1, cursor.lsn], why: 'diverged' };
  if (cursor.lsn < oldest) return { from: oldest, lost: [cursor.lsn + 1, oldest], why: 'expired' };
  return { from: cursor.lsn };
}
