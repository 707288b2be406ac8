import type { PointId, PointState } from '@phloem/protocol';
import { createRing, pushSample, timeAt, type Ring } from './ring.ts';

/** The traces of all points, as far as this browser has received them. Changed in place; not for drawing by identity. */
export type Traces = {
  /** Adds what the hub said at its running time `up`; a value that cannot be drawn ends the line. */
  readonly record: (points: readonly PointState[], up: number) => void;
  readonly ring: (id: PointId) => Ring | undefined;
  /** Since when, in the hub's running time, this browser has been listening; null before the first message. */
  readonly since: () => number | null;
};

export const createTraces = (): Traces => {
  const rings = new Map<PointId, Ring>();
  let since: number | null = null;

  const recordPoint = ({ id, v, reported }: PointState): void => {
    if (reported === null) return;
    const ring = rings.get(id) ?? createRing();
    rings.set(id, ring);
    // The hub's running time never goes back along one log; a time before the newest means that it is another log.
    if (ring.size > 0 && reported < timeAt(ring, ring.size - 1)) ring.size = 0;
    pushSample(ring, reported, v === null ? Number.NaN : Number(v));
  };

  return {
    record: (points, up) => {
      since = since === null ? up : Math.min(since, up);
      for (const point of points) recordPoint(point);
    },
    ring: (id) => rings.get(id),
    since: () => since,
  };
};
