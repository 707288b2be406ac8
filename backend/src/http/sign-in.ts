/** One-time codes that sign a browser in: each works once, and not for long. */
export type SignInCodes = {
  /** A new code of 128 bit. */
  issue(): string;
  /** `good` once for each code; `outdated` for one that nobody used in time: whoever has it needs another. */
  redeem(code: string): 'good' | 'outdated' | 'wrong';
};

const goodForMs = 15 * 60_000;
/** So long an outdated code is still known for one of ours. */
const forgottenAfterMs = 24 * 3_600_000;
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
      for (const [older, goodUntil] of codes) if (now() > goodUntil + forgottenAfterMs) codes.delete(older);
      codes.set(code, now() + goodForMs);
      return code;
    },
    redeem: (code) => {
      if (now() < restUntil) return 'wrong';
      const goodUntil = codes.get(code);
      codes.delete(code);
      if (goodUntil !== undefined) {
        misses = 0;
        return now() <= goodUntil ? 'good' : 'outdated';
      }
      misses += 1;
      if (misses >= triesBeforeRest) {
        misses = 0;
        restUntil = now() + restMs;
      }
      return 'wrong';
    },
  };
};
