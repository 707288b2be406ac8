import type { LeaseGrant } from '@phloem/protocol';
import type { LeaseStatus } from './link.ts';

/** What is known of the lease on one connection. `provenAt`: when the newest message left that surely reached the hub. */
export type LeaseState = { readonly grant: LeaseGrant | null; readonly provenAt: number };

/** A connection that greeted the hub at `sentAt`, and learned of no lease. */
export const startLease = (sentAt: number): LeaseState => ({ grant: null, provenAt: sentAt });

/** The hub has said who holds the lease. */
export const applyGrant = (state: LeaseState, grant: LeaseGrant): LeaseState => ({ ...state, grant });

/** The hub has answered a heartbeat that was sent at `sentAt`. */
export const renewLease = (state: LeaseState, sentAt: number): LeaseState => ({ ...state, provenAt: Math.max(state.provenAt, sentAt) });

/** A tenth is left to clocks that do not run alike. */
const margin = 0.9;

/**
 * Whether the lease may still be believed in. The hub counts from when it received a renewal, or granted; both are
 * later than the sending of the newest message that it has answered. So the holder, who counts from there and ten per
 * cent less, always stops first.
 */
export const toLeaseStatus = ({ grant, provenAt }: LeaseState, now: number): LeaseStatus => {
  if (grant === null) return { state: 'none' };
  const { scope, term, holder, ttlMs } = grant;
  if (term === null) return { state: 'waiting', scope, holder };
  const untilAt = provenAt + ttlMs * margin;
  return now < untilAt ? { state: 'held', scope, term, untilAt } : { state: 'none' };
};
