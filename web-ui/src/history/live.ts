import type { PointId } from '@phloem/protocol';
import type { Live } from './columns.ts';
import type { Traces } from './traces.ts';

/** What this browser has received, and the hub's two clocks at this moment. */
export type LiveSource = { readonly traces: Traces; readonly hubUp: () => number | null; readonly hubWall: () => number | null };

/** What this browser has heard of a point itself; null before the first message, and of a point not heard of. */
export const toLive = (source: LiveSource, id: PointId): Live | null => {
  const ring = source.traces.ring(id);
  const up = source.hubUp();
  const wall = source.hubWall();
  return ring === undefined || up === null || wall === null ? null : { ring, wallOffset: wall - up };
};
