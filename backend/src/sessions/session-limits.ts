import { createBuckets } from './token-bucket.ts';

/** How many greetings and sessions a hub takes (SE7). */
export type SessionLimits = {
  readonly failedGreetingsPerSecond: number;
  readonly greetingsPerSecond: number;
  readonly sessionsOfUser: number;
  readonly sessions: number;
};

export const sessionLimits: SessionLimits = {
  failedGreetingsPerSecond: 5,
  greetingsPerSecond: 5000,
  sessionsOfUser: 20,
  sessions: 10_000,
};

/** Why a session is not let in now, and when to try again; null when it is. */
export type NoRoom = { readonly message: string; readonly afterMs: number } | null;

/** Counts greetings by address. A greeting that is good is never refused for the failed ones of others at its address. */
export const createSessionLimits = (limits: SessionLimits = sessionLimits) => {
  const mayFail = createBuckets({ perSecond: limits.failedGreetingsPerSecond, burst: limits.failedGreetingsPerSecond });
  const mayGreet = createBuckets({ perSecond: limits.greetingsPerSecond, burst: limits.greetingsPerSecond });
  return {
    /** A greeting failed: whether it learns why, or only that there were too many. */
    mayFail: (address: string, now: number): boolean => mayFail(address, now),
    /** Whether there is room for a greeting that is good; `ofUser` counts the sessions that the same user has. */
    roomFor: ({ address, now, all, ofUser }: { address: string; now: number; all: number; ofUser: number }): NoRoom => {
      if (!mayGreet(address, now))
        return { message: `more than ${limits.greetingsPerSecond} greetings a second from ${address}`, afterMs: 1000 };
      if (all >= limits.sessions) return { message: `${limits.sessions} sessions are open; close some, or wait`, afterMs: 5000 };
      return ofUser >= limits.sessionsOfUser
        ? { message: `this user has ${limits.sessionsOfUser} sessions open; close one first`, afterMs: 5000 }
        : null;
    },
  };
};
