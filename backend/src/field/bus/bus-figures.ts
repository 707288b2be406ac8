import type { BusEffect } from './bus-state.ts';
import type { WireFault } from './field-link.ts';

/** The live figures of one unit. Latencies are of answers, in milliseconds, the newest last. */
export type UnitFigures = {
  readonly requests: number;
  readonly timeouts: number;
  /** Answers that did not fit, broken checksums included. */
  readonly mismatches: number;
  readonly exceptions: number;
  /** Requests that never left: queue too long, link down, unit given up, withdrawn. */
  readonly unsent: number;
  readonly latencies: readonly number[];
};

/** The live figures of a bus since it was opened. */
export type BusFigures = {
  readonly since: number;
  /** How long requests have taken the bus, in milliseconds. */
  readonly wireMs: number;
  readonly dials: number;
  readonly faults: Readonly<Record<WireFault, number>>;
  readonly units: ReadonlyMap<number, UnitFigures>;
};

const kept = 256;
const none: UnitFigures = { requests: 0, timeouts: 0, mismatches: 0, exceptions: 0, unsent: 0, latencies: [] };

/** The figures of a bus that has just been opened. */
export const emptyFigures = (now: number): BusFigures => ({
  since: now,
  wireMs: 0,
  dials: 0,
  faults: { checksum: 0, late: 0, mismatch: 0 },
  units: new Map(),
});

/** Counts one more dial. */
export const countDial = (figures: BusFigures): BusFigures => ({ ...figures, dials: figures.dials + 1 });

/** Counts bytes that did not fit. */
export const countFault = (figures: BusFigures, fault: WireFault): BusFigures => ({
  ...figures,
  faults: { ...figures.faults, [fault]: figures.faults[fault] + 1 },
});

/** Counts a request that has ended. */
export const countOutcome = (figures: BusFigures, settled: Extract<BusEffect, { type: 'settle' }>): BusFigures => {
  const { outcome, wireMs, request } = settled;
  const unit = figures.units.get(request.unit) ?? none;
  const isUnsent = outcome.kind === 'withdrawn' || (outcome.kind === 'failed' && !outcome.isSent);
  const failure = outcome.kind === 'failed' && outcome.isSent ? outcome.code : null;
  const hasAnswered = outcome.kind !== 'failed' && wireMs !== null;
  const next: UnitFigures = {
    requests: unit.requests + Number(!isUnsent),
    timeouts: unit.timeouts + Number(failure === 'modbus/timeout'),
    mismatches: unit.mismatches + Number(failure === 'modbus/mismatch'),
    exceptions: unit.exceptions + Number(outcome.kind === 'exception'),
    unsent: unit.unsent + Number(isUnsent),
    latencies: hasAnswered ? [...unit.latencies, wireMs].slice(-kept) : unit.latencies,
  };
  return { ...figures, wireMs: figures.wireMs + (wireMs ?? 0), units: new Map(figures.units).set(request.unit, next) };
};

/** The latency below which this share (0 to 1) of the kept answers came; null before the first. */
export const toPercentile = (latencies: readonly number[], share: number): number | null => {
  const sorted = latencies.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
};

/** The share of time, 0 to 1, in which the bus was taken by a request. */
export const toLoad = (figures: BusFigures, now: number): number =>
  now <= figures.since ? 0 : Math.min(1, figures.wireMs / (now - figures.since));
