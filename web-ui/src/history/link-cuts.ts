import type { Cut } from './gaps.ts';

/** The times in which this browser did not hear the hub, newest last, and what says where the next one begins. */
export type LinkCuts = {
  readonly cuts: readonly Cut[];
  readonly newestFrame: number | null;
  readonly heardAt: number | null;
};

export const noCuts: LinkCuts = { cuts: [], newestFrame: null, heardAt: null };

const keptCuts = 20;

/**
 * The cuts at a moment of the hub's wall clock. The link strip decides whether the hub is heard; a cut begins where the newest
 * frame came. Pure.
 */
export const stepCuts = (
  before: LinkCuts,
  { now, frame, isHeard }: { readonly now: number; readonly frame: number | null; readonly isHeard: boolean },
): LinkCuts => {
  const heardAt = frame === before.newestFrame ? before.heardAt : now;
  const open = toOpenCut(before);
  const after = { ...before, newestFrame: frame, heardAt };
  if (!isHeard && open === null) return { ...after, cuts: [...before.cuts.slice(1 - keptCuts), { from: heardAt ?? now, to: null }] };
  if (isHeard && open !== null) return { ...after, cuts: [...before.cuts.slice(0, -1), { from: open.from, to: now }] };
  return after;
};

/** The cut that has not ended; null while the hub is heard. */
export const toOpenCut = ({ cuts }: LinkCuts): Cut | null => {
  const newest = cuts.at(-1);
  return newest !== undefined && newest.to === null ? newest : null;
};
