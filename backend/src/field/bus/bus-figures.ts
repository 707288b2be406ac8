import type { BusEffect } from './bus-machine.ts';

/** The live figures of one unit. Latencies are of answers, in milliseconds, the newest last. */
export type UnitFigures = {
  readonly requests: number;
  readonly timeouts: number;
  readonly mismatches: number;
  readonly exceptions: number;
  /** Requests that never left: queue too long, link down, unit given up. */
  readonly unsent: number;
  readonly latencies: readonly number[];
};

/** The live figures of a bus since it was opened. */
export type BusFigures = { readonly since: number; readonly wireMs: number; readonly units: ReadonlyMap<number, UnitFigures> };

const kept = 256;
const none: UnitFigures = { requests: 0, timeouts: 0, mismatches: 0, exceptions: 0, unsent: 0, latencies: [] };

/** The figures of a bus that has just been opened. */
export const emptyFigures = (now: number): BusFigures => ({ since: now, wireMs: 0, units: new Map() });

/** Counts a request that has ended. */
export const countOutcome = (figures: BusFigures, settled: Extract<BusEffect, { type: 'settle' }>): BusFigures => {
  const { outcome, wireMs, request } = settled;
  const unit = figures.units.get(request.unit) ?? none;
  const isUnsent = outcome.kind === 'withdrawn' || (outcome.kind === 'failed' && !outcome.isSent);
  const hasAnswered = outcome.kind !== 'failed' && wireMs !== null;
  const next: UnitFigures = {
    requests: unit.requests + (isUnsent ? 0 : 1),
    timeouts: unit.timeouts + (outcome.kind === 'failed' && outcome.isSent && outcome.code === 'modbus/timeout' ? 1 : 0),
    mismatches: unit.mismatches + (outcome.kind === 'failed' && outcome.code === 'modbus/mismatch' ? 1 : 0),
    exceptions: unit.exceptions + (outcome.kind === 'exception' ? 1 : 0),
    unsent: unit.unsent + (isUnsent ? 1 : 0),
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
