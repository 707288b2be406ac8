import type { LocationId, Role } from '@phloem/protocol';
import { createMisses } from './misses.ts';

/** Whom a link signs in. */
export type SignInFor = {
  readonly role: Extract<Role, 'viewer' | 'technician' | 'engineer' | 'admin'>;
  readonly name: string;
  /** Where they may act; everywhere when not said. */
  readonly locations?: readonly LocationId[] | undefined;
  /** A user of the hub: they must still be one when the link is used, and have the role that they have then. */
  readonly isUser?: true;
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

/** Keeps the codes in memory: a restart of the hub cancels them. `now` is a running clock in milliseconds. */
export const createSignInCodes = ({ createCode, now }: { createCode: () => string; now: () => number }): SignInCodes => {
  const codes = new Map<string, { readonly goodUntil: number; readonly whom: SignInFor }>();
  const misses = createMisses({ beforeRest: 5, now });
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
        misses.forget(address);
        return now() <= known.goodUntil ? { kind: 'good', whom: known.whom } : { kind: 'outdated' };
      }
      if (misses.isResting(address)) return { kind: 'busy' };
      misses.note(address);
      return { kind: 'wrong' };
    },
  };
};
