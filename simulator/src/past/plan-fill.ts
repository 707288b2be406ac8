import type { SimulatedPastReach } from '@phloem/protocol';

/** The stretch that is still to be filled; null when there is nothing to do. */
export type FillPlan = { readonly from: number; readonly to: number } | null;

/**
 * Pure: what of the `hoursMs` before the first lived moment is missing. A past that was filled is left as it is; one that
 * was broken off is filled again from its beginning, which changes nothing of what is there. Where the lived past has grown
 * shorter since, because its log was cut, the gap is what it is: nothing is made up in the middle of a life.
 */
export const planFill = ({ from, to, before }: SimulatedPastReach, hoursMs: number, stepMs: number): FillPlan => {
  if (before === null) return null;
  const wanted = { from: before - hoursMs, to: before };
  if (from === null || to === null) return wanted;
  const isOurs = Math.abs(from - wanted.from) <= stepMs;
  const isWhole = before - to <= 2 * stepMs;
  return isOurs && !isWhole ? wanted : null;
};
