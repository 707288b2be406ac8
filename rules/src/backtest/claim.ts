import type { DeviceId, Lsn } from '@phloem/protocol';

/** A moment of the log. */
export type Moment = { readonly lsn: Lsn; readonly at: number; readonly up: number };

/** From when on a recording no longer belongs to what is tried, and the device that acted first. */
export type Horizon = Moment & { readonly by: DeviceId };

/**
 * A number as far as the past can show it. `known`: this is it. `between`: time is missing, so that only bounds are known; `max` is
 * null where nothing bounds it. `undetermined`: the readings followed from what ran then; it is `atLeast` what was counted until the
 * divergence horizon.
 */
export type Claim =
  | { readonly kind: 'known'; readonly value: number }
  | { readonly kind: 'between'; readonly min: number; readonly max: number | null }
  | { readonly kind: 'undetermined'; readonly atLeast: number; readonly since: Horizon };

/** The least and the most that a claim allows. */
export const toBounds = (claim: Claim): { readonly min: number; readonly max: number } => {
  switch (claim.kind) {
    case 'known':
      return { min: claim.value, max: claim.value };
    case 'between':
      return { min: claim.min, max: claim.max ?? Infinity };
    case 'undetermined':
      return { min: claim.atLeast, max: Infinity };
  }
};

/** The sum of claims. Where one is undetermined, so is the sum. */
export const addClaims = (claims: readonly Claim[]): Claim => {
  const bounds = claims.map(toBounds);
  const min = bounds.reduce((sum, each) => sum + each.min, 0);
  const max = bounds.reduce((sum, each) => sum + each.max, 0);
  const horizons = claims.flatMap((claim) => (claim.kind === 'undetermined' ? [claim.since] : []));
  const [since] = horizons.toSorted((a, b) => a.lsn - b.lsn);
  if (since !== undefined) return { kind: 'undetermined', atLeast: min, since };
  return min === max ? { kind: 'known', value: min } : { kind: 'between', min, max: max === Infinity ? null : max };
};
