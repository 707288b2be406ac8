/**
 * What the browser knows of the hub's clocks from the messages that came: `up` of a message is compared with the
 * browser's running time at its arrival. The message that was under way for the shortest time gives the greatest
 * difference; so a message that was delayed on its way is seen to be old, and does not make its contents look new.
 */
export type HubClock = {
  /** Hub's `up` minus browser's running time: the best of the minute, and of the one before. */
  readonly best: number;
  readonly bestBefore: number;
  readonly minuteFrom: number;
  /** Hub's wall clock minus its `up`, as of the newest message. */
  readonly wallOffset: number;
  /** When the newest message came, by the browser's running time. */
  readonly arrivedAt: number;
  /** How much longer than the fastest messages are under way: rises at once, falls slowly. */
  readonly delayMs: number;
};

const minuteMs = 60_000;

/** Starts from one message of the hub. */
export const startHubClock = (message: { readonly up: number; readonly at: number }, running: number): HubClock => ({
  best: message.up - running,
  bestBefore: Number.NEGATIVE_INFINITY,
  minuteFrom: running,
  wallOffset: message.at - message.up,
  arrivedAt: running,
  delayMs: 0,
});

/** Takes in one more message. The estimate forgets within two minutes, so that clocks may drift apart. */
export const stepHubClock = (clock: HubClock, message: { readonly up: number; readonly at: number }, running: number): HubClock => {
  const difference = message.up - running;
  const isNewMinute = running - clock.minuteFrom >= minuteMs;
  const next = {
    best: isNewMinute ? difference : Math.max(clock.best, difference),
    bestBefore: isNewMinute ? clock.best : clock.bestBefore,
    minuteFrom: isNewMinute ? running : clock.minuteFrom,
    wallOffset: message.at - message.up,
    arrivedAt: running,
  };
  const delayMs = Math.max(next.best, next.bestBefore) - difference;
  return { ...next, delayMs: Math.max(delayMs, clock.delayMs * 0.9 + delayMs * 0.1) };
};

/** What the link's echoes say of the hub's clock: an estimate, wrong by half of the round trip at the most. */
export type Echoes = { readonly hubClock: { readonly upOffsetMs: number } | null; readonly roundTripMs: number | null };

/**
 * The hub's `up` at this moment of the browser's running time, rather too great than too small. Messages alone would
 * not show a delay that all of them have in common; the echoes do.
 */
export const toHubUp = (clock: HubClock, { hubClock, roundTripMs }: Echoes, running: number): number => {
  const byEchoes = hubClock === null ? Number.NEGATIVE_INFINITY : hubClock.upOffsetMs + (roundTripMs ?? 0) / 2;
  return running + Math.max(clock.best, clock.bestBefore, byEchoes);
};

/** The hub's wall clock at this moment of the browser's running time. */
export const toHubWall = (clock: HubClock, echoes: Echoes, running: number): number => toHubUp(clock, echoes, running) + clock.wallOffset;
