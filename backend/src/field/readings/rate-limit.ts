import { reasonOf, type Reason } from '@phloem/protocol';
import type { PointSpec } from '../../site/site.ts';

/** The newest value that was believed, before any correction, and when. */
export type Believed = { readonly v: number; readonly at: number };

/**
 * Why a value cannot follow the one before it; null when it can. What is allowed grows with the time that has passed, so
 * that a step which is real is believed in the end, and a single wild value never.
 */
export const toRateFault = (point: PointSpec, value: number, at: number, believed: Believed | null): Reason | null => {
  const { rateLimit } = point;
  if (rateLimit === undefined || believed === null) return null;
  const { change, perMs } = rateLimit;
  const passed = at - believed.at;
  const moved = Math.abs(value - believed.v);
  if (moved <= change * Math.max(1, passed / perMs)) return null;
  return reasonOf('reading/too-fast', { moved, withinMs: passed, most: change, perMs });
};
