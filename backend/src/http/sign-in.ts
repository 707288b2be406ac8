import type { Role } from '@phloem/protocol';

/** Whom a link signs in. */
export type SignInFor = {
  readonly role: Extract<Role, 'viewer' | 'technician' | 'engineer' | 'admin'>;
  readonly name: string;
  /** A screen on a wall, which stays signed in for 400 days, or until that is taken back. */
  readonly isKiosk?: true;
};
/**
 * What a code is worth: `good` once; `outdated` when nobody used it in time, so that anyone who has it needs another; `busy` when
 * so many that are none have been tried that no more are looked at for a while.
 */
export type SignInVerdict = { readonly kind: 'good'; readonly whom: SignInFor } | { readonly kind: 'outdated' | 'wrong' | 'busy' };

/** One-time codes that sign a browser in: each works once, and not for long. */
export type SignInCodes = {
  /** A new code of 128 bit. */
  issue(whom?: SignInFor): string;
  /** `address` is who tries: wrong codes make it wait, and nobody else. */
  redeem(code: string, address: string): SignInVerdict;
};

/** Who follows the link that a hub prints when it starts: somebody at its own machine. */
export const whoStands: SignInFor = { role: 'engineer', name: 'operator' };

const goodForMs = 15 * 60_000;
/** So long an outdated code is still known for one of ours. */
const forgottenAfterMs = 24 * 3_600_000;
const triesBeforeRest = 5;
const restMs = 60_000;
const longestRestMs = 3_600_000;
/** So many addresses are remembered; beyond that the one that tried longest ago is forgotten. */
const maxAddresses = 10_000;

type Tries = { readonly misses: number; readonly rests: number; readonly restUntil: number };
const noTries: Tries = { misses: 0, rests: 0, restUntil: 0 };

/** Pure: one more wrong code. Each rest is twice as long as the one before, up to an hour. */
const afterMiss = ({ misses, rests, restUntil }: Tries, now: number): Tries => {
  if (misses + 1 < triesBeforeRest) return { misses: misses + 1, rests, restUntil };
  return { misses: 0, rests: rests + 1, restUntil: now + Math.min(longestRestMs, restMs * 2 ** rests) };
};

/** Keeps the codes in memory: a restart of the hub cancels them. `now` is a running clock in milliseconds. */
export const createSignInCodes = ({ createCode, now }: { createCode: () => string; now: () => number }): SignInCodes => {
  const codes = new Map<string, { readonly goodUntil: number; readonly whom: SignInFor }>();
  const tries = new Map<string, Tries>();
  const note = (address: string, next: Tries): void => {
    tries.delete(address);
    tries.set(address, next);
    const [oldest] = tries.keys();
    if (tries.size > maxAddresses && oldest !== undefined) tries.delete(oldest);
  };
  return {
    issue: (whom = whoStands) => {
      const code = createCode();
      for (const [older, { goodUntil }] of codes) if (now() > goodUntil + forgottenAfterMs) codes.delete(older);
      codes.set(code, { goodUntil: now() + goodForMs, whom });
      return code;
    },
    redeem: (code, address) => {
      // Nobody guesses 128 bit: anyone who tries rubbish must not keep out who has a good link.
      const known = codes.get(code);
      codes.delete(code);
      if (known !== undefined) {
        tries.delete(address);
        return now() <= known.goodUntil ? { kind: 'good', whom: known.whom } : { kind: 'outdated' };
      }
      const before = tries.get(address) ?? noTries;
      if (now() < before.restUntil) return { kind: 'busy' };
      note(address, afterMiss(before, now()));
      return { kind: 'wrong' };
    },
  };
};
