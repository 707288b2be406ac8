const restMs = 60_000;
const longestRestMs = 3_600_000;
/** So many keys are remembered; beyond that the one that missed longest ago is forgotten. */
const maxKeys = 10_000;

type Tries = { readonly misses: number; readonly rests: number; readonly restUntil: number };
const noTries: Tries = { misses: 0, rests: 0, restUntil: 0 };

/** Counts wrong attempts by key: an address, or a name. After some of them the key rests, each time twice as long, up to an hour. */
export type Misses = {
  isResting(key: string): boolean;
  note(key: string): void;
  forget(key: string): void;
};

/** Keeps them in memory. `now` is a running clock in milliseconds. */
export const createMisses = ({ beforeRest, now }: { readonly beforeRest: number; readonly now: () => number }): Misses => {
  const tries = new Map<string, Tries>();
  const after = ({ misses, rests, restUntil }: Tries): Tries =>
    misses + 1 < beforeRest
      ? { misses: misses + 1, rests, restUntil }
      : { misses: 0, rests: rests + 1, restUntil: now() + Math.min(longestRestMs, restMs * 2 ** rests) };
  return {
    isResting: (key) => now() < (tries.get(key) ?? noTries).restUntil,
    note: (key) => {
      const next = after(tries.get(key) ?? noTries);
      tries.delete(key);
      tries.set(key, next);
      const [oldest] = tries.keys();
      if (tries.size > maxKeys && oldest !== undefined) tries.delete(oldest);
    },
    forget: (key) => void tries.delete(key),
  };
};
