/** What is known of a program that says now and then that it lives. */
export type Liveness = {
  /** What it said last. */
  readonly text: string | null;
  /** When that was first seen, by the clock of the bridge; null where it was old once, which it then remains. */
  readonly seenAt: number | null;
};

export const unknownLiveness: Liveness = { text: null, seenAt: null };

/** How far the clock of the program may be ahead of that of its database. */
const toleranceMs = 5000;

/** Pure: takes what the program said last. `ageMs` is the age of that by the clock of its database; null where it is no time. */
export const seeLife = (before: Liveness, text: string | null, ageMs: number | null, now: number, withinMs: number): Liveness => {
  if (text === null || ageMs === null || ageMs > withinMs || ageMs < -toleranceMs) return { text, seenAt: null };
  // What was old once does not become new because the clock of its database was set back.
  if (text === before.text) return before;
  // The first word may have been said long before the bridge started.
  return { text, seenAt: before.text === null ? now - Math.max(0, ageMs) : now };
};

/** Claims that the program lives: it has said something new within `withinMs`. A database that does not answer lets that time run out. */
export const isAlive = ({ seenAt }: Liveness, now: number, withinMs: number): boolean => seenAt !== null && now - seenAt <= withinMs;
