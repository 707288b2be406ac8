import type { Role } from '@phloem/protocol';

/** Whom a link signs in. */
export type SignInFor = {
  readonly role: Extract<Role, 'viewer' | 'technician' | 'engineer' | 'admin'>;
  readonly name: string;
  /** A screen on a wall, which stays signed in until that is taken back. */
  readonly isKiosk?: true;
};
/**
 * What a code is worth: `good` once; `outdated` when nobody used it in time, so that whoever has it needs another; `busy` when
 * so many that are none have been tried that no more are looked at for a while.
 */
export type SignInVerdict = { readonly kind: 'good'; readonly whom: SignInFor } | { readonly kind: 'outdated' | 'wrong' | 'busy' };

/** One-time codes that sign a browser in: each works once, and not for long. */
export type SignInCodes = {
  /** A new code of 128 bit. */
  issue(whom?: SignInFor): string;
  redeem(code: string): SignInVerdict;
};

/** Who follows the link that a hub prints when it starts: somebody at its own machine. */
export const whoStands: SignInFor = { role: 'engineer', name: 'operator' };

const goodForMs = 15 * 60_000;
/** So long an outdated code is still known for one of ours. */
const forgottenAfterMs = 24 * 3_600_000;
const triesBeforeRest = 5;
const restMs = 60_000;

/** Keeps the codes in memory: a restart of the hub voids them. `now` is a running clock in milliseconds. */
export const createSignInCodes = ({ createCode, now }: { createCode: () => string; now: () => number }): SignInCodes => {
  const codes = new Map<string, { readonly goodUntil: number; readonly whom: SignInFor }>();
  let misses = 0;
  let restUntil = 0;
  return {
    issue: (whom = whoStands) => {
      const code = createCode();
      for (const [older, { goodUntil }] of codes) if (now() > goodUntil + forgottenAfterMs) codes.delete(older);
      codes.set(code, { goodUntil: now() + goodForMs, whom });
      return code;
    },
    redeem: (code) => {
      // Nobody guesses 128 bit: whoever tries rubbish must not keep out who has a good link.
      const known = codes.get(code);
      codes.delete(code);
      if (known !== undefined) {
        misses = 0;
        return now() <= known.goodUntil ? { kind: 'good', whom: known.whom } : { kind: 'outdated' };
      }
      if (now() < restUntil) return { kind: 'busy' };
      misses += 1;
      if (misses >= triesBeforeRest) {
        misses = 0;
        restUntil = now() + restMs;
      }
      return { kind: 'wrong' };
    },
  };
};
