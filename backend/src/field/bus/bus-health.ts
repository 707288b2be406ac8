import type { BusStatus } from '@phloem/protocol';
import { toSilence } from './breaker.ts';
import { toLoad, toPercentile, type BusFigures } from './bus-figures.ts';
import type { BusState } from './bus-state.ts';

/** How one unit answers. Latencies in milliseconds over the last answers; null before the first. */
export type UnitHealth = {
  readonly unit: number;
  readonly requests: number;
  readonly timeouts: number;
  readonly mismatches: number;
  readonly checksums: number;
  readonly exceptions: number;
  readonly unsent: number;
  readonly p50: number | null;
  readonly p95: number | null;
  /** How long it has been given up; 0 while it is asked as usual. */
  readonly silentMs: number;
};

/** How a bus is used (over the last ten seconds) and what went wrong on it since it was opened. */
export type BusHealth = {
  readonly bus: string;
  readonly state: BusStatus['state'];
  /** The share of time, 0 to 1, in which the bus was taken. */
  readonly load: number;
  /** Of it, the share of manual reads: scans, reads, fast watches. */
  readonly scanLoad: number;
  readonly queue: number;
  /** Connections after the first. */
  readonly reconnects: number;
  readonly checksums: number;
  /** Answers that nobody waited for any more. */
  readonly lates: number;
  readonly mismatches: number;
  /** Slots of polls that could not be met. */
  readonly skipped: number;
  readonly units: readonly UnitHealth[];
};

/** The figures of a bus as people read them. */
export const toBusHealth = (
  status: Pick<BusStatus, 'bus' | 'state'>,
  state: BusState,
  figures: BusFigures,
  skipped: number,
  now: number,
): BusHealth => ({
  bus: status.bus,
  state: status.state,
  load: toLoad(figures, now).all,
  scanLoad: toLoad(figures, now).scan,
  queue: state.queue.length,
  reconnects: Math.max(0, figures.dials - 1),
  checksums: figures.faults.checksum,
  lates: figures.faults.late,
  mismatches: figures.faults.mismatch,
  skipped,
  units: [...figures.units]
    .toSorted(([a], [b]) => a - b)
    .map(([unit, { latencies, ...counts }]) => ({
      unit,
      ...counts,
      p50: toPercentile(latencies, 0.5),
      p95: toPercentile(latencies, 0.95),
      silentMs: toSilence(state.breakers.get(unit), now),
    })),
});
