import type { Position, SubscriptionGrant } from '@phloem/protocol';
import type { FrameLog } from './frame-log.ts';

/** What a cursor is worth: where to go on, and what of the request cannot be had any more. */
export type ResolvedCursor = Pick<SubscriptionGrant, 'from' | 'lost' | 'why'>;

const expiredBefore = (from: number, log: FrameLog): ResolvedCursor =>
  from + 1 < log.first ? { from: log.first - 1, lost: [from + 1, log.first - 1], why: 'expired' } : { from };

/**
 * Where a subscription begins. Numbers go on through the lineage, so a cursor of an ended epoch is good up to that
 * epoch's end; past it, it speaks of entries that this log never kept.
 */
export const resolveCursor = (cursor: Position | null, log: FrameLog): ResolvedCursor => {
  if (cursor === null) return { from: log.head, why: 'new' };
  const ended = log.lineage.find(({ epoch }) => epoch === cursor.epoch);
  if (cursor.epoch !== log.epoch && ended === undefined) {
    return {
      from: log.first - 1,
      ...(cursor.lsn > 0 && log.first > 1 ? { lost: [1, log.first - 1] as [number, number] } : {}),
      why: 'unknown-epoch',
    };
  }
  const end = ended?.end ?? log.head;
  if (cursor.lsn > end) return { from: Math.max(end, log.first - 1), lost: [end + 1, cursor.lsn], why: 'truncated' };
  return expiredBefore(cursor.lsn, log);
};
