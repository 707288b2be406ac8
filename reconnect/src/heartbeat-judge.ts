import type { Heartbeat, HeartbeatTerms } from '@phloem/protocol';

type Sent = { readonly n: number; readonly sentAt: number };

/** What one side knows of the two ways of a connection. All times are readings of its own clock. */
export type Pulse = {
  readonly n: number;
  /** Own heartbeats that no echo has answered, oldest first. */
  readonly unanswered: readonly Sent[];
  readonly tickedAt: number;
  /** The other side's newest heartbeat, to be echoed. */
  readonly heard: { readonly n: number; readonly t: number; readonly at: number } | null;
};

/** What comes of a tick: the next heartbeat, or the end. */
export type Beat =
  | { readonly verdict: 'dead' }
  | {
      readonly verdict: 'alive' | 'own-pause';
      readonly pulse: Pulse;
      readonly beat: Pick<Heartbeat, 'n' | 't' | 'echo'>;
      /** How late this tick came. */
      readonly lagMs: number;
    };

/** A connection that has just been welcomed. */
export const startPulse = (now: number): Pulse => ({ n: 0, unanswered: [], tickedAt: now, heard: null });

/**
 * Every `everyMs`: is the way out still proven, and what to send.
 *
 * A tick that comes more than one period late is a pause of our own (a stopped process, a sleeping laptop): answers
 * may wait unread, so it is no evidence; what is unanswered is judged again from now, and what has come in is read
 * before the next tick.
 */
export const stepPulse = (pulse: Pulse, now: number, { everyMs, deadMs }: HeartbeatTerms): Beat => {
  const lagMs = Math.max(0, now - pulse.tickedAt - everyMs);
  const isOwnPause = pulse.n > 0 && lagMs > everyMs;
  const oldest = pulse.unanswered[0];
  if (!isOwnPause && oldest !== undefined && now - oldest.sentAt > deadMs) return { verdict: 'dead' };
  const n = pulse.n + 1;
  const waiting = isOwnPause ? pulse.unanswered.map((sent) => ({ ...sent, sentAt: now })) : pulse.unanswered;
  const { heard } = pulse;
  return {
    verdict: isOwnPause ? 'own-pause' : 'alive',
    pulse: { ...pulse, n, tickedAt: now, unanswered: [...waiting, { n, sentAt: now }] },
    beat: { n, t: now, ...(heard === null ? {} : { echo: { n: heard.n, t: heard.t, heldMs: Math.max(0, now - heard.at) } }) },
    lagMs,
  };
};

/** What a heartbeat of the other side proves. `provenAt` is when the heartbeat that it answers was sent. */
export type Heard = { readonly pulse: Pulse; readonly provenAt: number | null; readonly roundTripMs: number | null };

/** Takes a heartbeat of the other side. Only the echo of an own, unanswered one proves the way out. */
export const receiveHeartbeat = (pulse: Pulse, { n, t, echo }: Heartbeat, now: number): Heard => {
  const heard = { n, t, at: now };
  const answered = echo === undefined ? undefined : pulse.unanswered.find((sent) => sent.n === echo.n);
  if (echo === undefined || answered === undefined) return { pulse: { ...pulse, heard }, provenAt: null, roundTripMs: null };
  return {
    pulse: { ...pulse, heard, unanswered: pulse.unanswered.filter((sent) => sent.n > echo.n) },
    provenAt: Math.min(echo.t, answered.sentAt),
    roundTripMs: Math.max(0, now - echo.t - echo.heldMs),
  };
};
