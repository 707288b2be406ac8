import type { Heartbeat, Limits, Lsn, SubscriptionId } from '@phloem/protocol';

type Delivered = { readonly last: Lsn; readonly entries: number; readonly bytes: number };

/** How one `every` subscription stands on one connection: what the hub has sent, and what it has received in return. */
export type Pace = {
  /** The last number that the hub has sent on this connection. A commit past it would be refused. */
  readonly covered: Lsn;
  /** The cursor of the newest commit. */
  readonly sent: Lsn;
  readonly sentAt: number;
  /** What was delivered and not committed: the hub stops when it fills the window. */
  readonly delivered: readonly Delivered[];
  /** What had been committed when the heartbeat `n` left, as long as the hub has not answered that one. */
  readonly asked: { readonly n: number; readonly sent: Lsn } | null;
};

/** Bare commits are at least so far apart. */
export const commitEveryMs = 50;

/** A connection whose subscription goes on after `from`. */
export const startPace = (from: Lsn, now: number): Pace => ({
  covered: from,
  sent: from,
  sentAt: now - commitEveryMs,
  delivered: [],
  asked: null,
});

/** The hub has sent a batch. */
export const deliver = (pace: Pace, { last, entries, bytes }: Delivered): Pace => ({
  ...pace,
  covered: Math.max(pace.covered, last),
  delivered: entries === 0 ? pace.delivered : [...pace.delivered, { last, entries, bytes }],
});

/**
 * How long a commit up to `cursor` waits, in milliseconds; null when there is nothing to say or it cannot be said yet.
 * Urgent (commands, alarms) goes at once; so does half a window, so that the hub never stops for want of a commit.
 */
export const toWait = (
  pace: Pace,
  { cursor, urgency, now, limits }: { cursor: Lsn | null; urgency: 'none' | 'some' | 'high'; now: number; limits: Limits },
): number | null => {
  if (cursor === null || cursor > pace.covered) return null;
  if (urgency === 'high') return 0;
  if (urgency === 'none' && cursor <= pace.sent) return null;
  const worked = pace.delivered.filter(({ last }) => last <= cursor);
  const entries = worked.reduce((sum, batch) => sum + batch.entries, 0);
  const bytes = worked.reduce((sum, batch) => sum + batch.bytes, 0);
  if (entries * 2 >= limits.windowEntries || bytes * 2 >= limits.windowBytes) return 0;
  return Math.max(0, pace.sentAt + commitEveryMs - now);
};

/** A commit up to `cursor` has been sent. */
export const noteCommit = (pace: Pace, cursor: Lsn, now: number): Pace => ({
  ...pace,
  sent: Math.max(pace.sent, cursor),
  sentAt: now,
  delivered: pace.delivered.filter(({ last }) => last > cursor),
});

/** The heartbeat `n` leaves, after all that was committed before it. */
export const noteBeat = (pace: Pace, n: number): Pace => (pace.asked === null ? { ...pace, asked: { n, sent: pace.sent } } : pace);

/** What a heartbeat of the hub shows of one subscription. */
export type Hearing = { readonly pace: Pace; readonly lost: string | null };

/**
 * Takes a heartbeat of the hub. What one side sent before something that has come must have come too; otherwise it is
 * lost, and both sides may wait for each other for ever: the hub for a commit, the node for entries.
 */
export const receiveFromHub = (
  pace: Pace,
  sub: SubscriptionId,
  { echo, covered, committed }: Pick<Heartbeat, 'echo' | 'covered' | 'committed'>,
): Hearing => {
  const sent = covered?.[sub];
  if (sent !== undefined && sent > pace.covered) return { pace, lost: `entries ${pace.covered + 1} to ${sent} of ${sub} did not come` };
  if (pace.asked === null || echo === undefined || echo.n < pace.asked.n) return { pace, lost: null };
  const known = committed?.subscriptions[sub];
  const isLost = known !== undefined && known < pace.asked.sent;
  return { pace: { ...pace, asked: null }, lost: isLost ? `the hub has not had the commit of ${sub} up to ${pace.asked.sent}` : null };
};
