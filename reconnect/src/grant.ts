import type { Position, SubscriptionGrant } from '@phloem/protocol';
import type { Batch } from './link.ts';
import { isTruncated, toEpoch, type LogLineage } from './lineage.ts';

type Lost = Extract<Batch, { kind: 'lost' }>;

/** Where a subscription goes on, and what its reader must receive first. */
export type Resumption = { readonly cursor: Position; readonly lost: Lost | null };

/**
 * What a grant means to a reader who was given everything up to `cursor` (null: nothing yet). The hub resumes from
 * what was committed, which may be behind: the gate drops what comes again, and what the hub cannot give any more is
 * only lost when the reader does not have it already.
 */
export const resume = (cursor: Position | null, { sub, from, lost, why }: SubscriptionGrant, log: LogLineage): Resumption => {
  const granted: Position = { epoch: toEpoch(log, from), lsn: from };
  const notice = (range: readonly [number, number], reason: Lost['why']): Resumption => ({
    cursor: granted,
    lost: { kind: 'lost', sub, epoch: granted.epoch, from, lost: range, why: reason },
  });
  if (cursor === null) return lost === undefined ? { cursor: granted, lost: null } : notice(lost, why ?? 'expired');
  if (isTruncated(log, cursor)) return notice([Math.min(from + 1, cursor.lsn), cursor.lsn], why === 'unknown-epoch' ? why : 'truncated');
  if (why === 'truncated') return notice(lost ?? [from + 1, Math.max(from + 1, cursor.lsn)], why);
  return from > cursor.lsn ? notice([cursor.lsn + 1, from], why ?? 'expired') : { cursor, lost: null };
};
