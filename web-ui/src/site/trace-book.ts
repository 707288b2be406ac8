import type { PointId, PointState } from '@phloem/protocol';
import { createRing, pushSample, timeAt, type Ring } from '../trace/ring.ts';

/** The traces of all points, as far as this browser has received them. Changed in place; not for drawing by identity. */
export type TraceBook = {
  /** Adds what the hub said; a value that cannot be drawn ends the line. */
  readonly record: (points: readonly PointState[]) => void;
  readonly ring: (id: PointId) => Ring | undefined;
  /** The hub's running time of the oldest sample; null without any. */
  readonly firstAt: () => number | null;
};

export const createTraceBook = (): TraceBook => {
  const rings = new Map<PointId, Ring>();
  let firstAt: number | null = null;

  const record = ({ id, v, reported }: PointState): void => {
    if (reported === null) return;
    const ring = rings.get(id) ?? createRing();
    rings.set(id, ring);
    // The hub's running time never goes back along one log; a time before the newest means that it is another log.
    if (ring.size > 0 && reported < timeAt(ring, ring.size - 1)) ring.size = 0;
    firstAt = firstAt === null ? reported : Math.min(firstAt, reported);
    pushSample(ring, reported, v === null ? Number.NaN : Number(v));
  };

  return {
    record: (points) => {
      for (const point of points) record(point);
    },
    ring: (id) => rings.get(id),
    firstAt: () => firstAt,
  };
};
