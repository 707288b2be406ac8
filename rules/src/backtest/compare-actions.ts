import type { Horizon, Moment } from './claim.ts';
import type { Episode } from './tally.ts';

/** When a side first acted, as far as that is determined. */
export type FirstAction =
  /** It ran already when the window began. */
  | { readonly kind: 'running' }
  | { readonly kind: 'at'; readonly moment: Moment }
  | { readonly kind: 'never' }
  /** Not before the horizon; what came after it followed from what ran then. */
  | { readonly kind: 'undetermined'; readonly notBefore: Horizon };

/** How the first action of the candidate compares with that of the baseline. `byMs` is positive. */
export type ActionComparison =
  | { readonly kind: 'same' | 'neither' | 'only-candidate' | 'only-baseline' }
  | { readonly kind: 'sooner' | 'later'; readonly byMs: number }
  | { readonly kind: 'undetermined' };

/** When a side first acted in the window. */
export const toFirstAction = (episodes: readonly Episode[], horizon: Horizon | null): FirstAction => {
  const [first] = episodes;
  if (first !== undefined && first.from === null) return { kind: 'running' };
  const moment = first?.from ?? null;
  if (horizon !== null && (moment === null || moment.lsn > horizon.lsn)) return { kind: 'undetermined', notBefore: horizon };
  return moment === null ? { kind: 'never' } : { kind: 'at', moment };
};

/** Compares first actions. Where one side is undetermined, so is the comparison. */
export const compareActions = (baseline: FirstAction, candidate: FirstAction): ActionComparison => {
  if (baseline.kind === 'undetermined' || candidate.kind === 'undetermined') return { kind: 'undetermined' };
  if (baseline.kind === 'running' || candidate.kind === 'running') {
    if (baseline.kind === candidate.kind) return { kind: 'same' };
    return { kind: baseline.kind === 'running' ? 'only-baseline' : 'only-candidate' };
  }
  if (baseline.kind === 'never') return { kind: candidate.kind === 'never' ? 'neither' : 'only-candidate' };
  if (candidate.kind === 'never') return { kind: 'only-baseline' };
  const byMs = baseline.moment.up - candidate.moment.up;
  if (byMs === 0) return { kind: 'same' };
  return { kind: byMs > 0 ? 'sooner' : 'later', byMs: Math.abs(byMs) };
};

/**
 * What a side would have done at one run of the baseline's device. `isConditional` claims that it is past the horizon: then it holds
 * on the readings as they were recorded, and not of the room.
 */
export type EpisodeComparison = {
  readonly from: Moment | null;
  readonly to: Moment | null;
  readonly kind: 'same' | 'sooner' | 'later' | 'not-at-all';
  readonly byMs: number;
  readonly isConditional: boolean;
};

/** Compares the runs of a device, each with the candidate's first action since the run before it ended. */
export const compareEpisodes = (
  baseline: readonly Episode[],
  candidate: readonly Episode[],
  horizon: Horizon | null,
): readonly EpisodeComparison[] =>
  baseline.map(({ from, to }, i) => {
    const since = baseline[i - 1]?.to?.up ?? -Infinity;
    const until = to?.up ?? Infinity;
    // One that it began earlier and that still goes on is an action here, too.
    const own = candidate.find((each) => (each.to?.up ?? Infinity) > since && (each.from?.up ?? -Infinity) < until);
    const isConditional = horizon !== null && (from === null || from.lsn > horizon.lsn);
    const base = { from, to, isConditional };
    if (own === undefined) return { ...base, kind: 'not-at-all', byMs: 0 };
    const [was, is] = [from?.up ?? -Infinity, Math.max(own.from?.up ?? -Infinity, since)];
    if (was === is) return { ...base, kind: 'same', byMs: 0 };
    const byMs = Math.abs(was - is);
    return { ...base, kind: is < was ? 'sooner' : 'later', byMs: Number.isFinite(byMs) ? byMs : 0 };
  });
