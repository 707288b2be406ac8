/** One-time codes that sign a browser in: each works once, and not for long. */
export type SignInCodes = {
  /** A new code of 128 bit. */
  issue(): string;
  /** True once for each code that is still good. */
  redeem(code: string): boolean;
};

const goodForMs = 15 * 60_000;
const triesBeforeRest = 5;
const restMs = 60_000;

/** Keeps the codes in memory: a restart of the hub voids them. `now` is a running clock in milliseconds. */
export const createSignInCodes = ({ createCode, now }: { createCode: () => string; now: () => number }): SignInCodes => {
  const codes = new Map<string, number>();
  let misses = 0;
  let restUntil = 0;
  return {
    issue: () => {
      const code = createCode();
      codes.set(code, now() + goodForMs);
      return code;
    },
    redeem: (code) => {
      if (now() < restUntil) return false;
      const goodUntil = codes.get(code);
      codes.delete(code);
      if (goodUntil !== undefined && now() <= goodUntil) {
        misses = 0;
        return true;
      }
      misses += 1;
      if (misses >= triesBeforeRest) {
        misses = 0;
        restUntil = now() + restMs;
      }
      return false;
    },
  };
};
