import type { BusEffect, Priority } from './bus-state.ts';
import type { WireFault } from './field-link.ts';

/** The live figures of one unit. Latencies are of answers, in milliseconds, the newest last. */
export type UnitFigures = {
  readonly requests: number;
  readonly timeouts: number;
  /** Answers that did not match, broken checksums included. */
  readonly mismatches: number;
  /** Of them, those whose checksum was broken. */
  readonly checksums: number;
  readonly exceptions: number;
  /** Requests that never left: queue too long, link down, unit given up, withdrawn. */
  readonly unsent: number;
  readonly latencies: readonly number[];
};

/** How long requests took the bus in one second; `scanMs` of it for what people asked manually. */
type Second = { readonly second: number; readonly wireMs: number; readonly scanMs: number };

/** The live figures of a bus since it was opened. */
export type BusFigures = {
  readonly since: number;
  /** How long requests have taken the bus, in milliseconds. */
  readonly wireMs: number;
  /** The newest seconds in which the bus was used, the newest last. */
  readonly seconds: readonly Second[];
  readonly dials: number;
  readonly faults: Readonly<Record<WireFault, number>>;
  readonly units: ReadonlyMap<number, UnitFigures>;
};

const kept = 256;
/** The stretch over which the load is reported. */
const keptSeconds = 10;
const none: UnitFigures = { requests: 0, timeouts: 0, mismatches: 0, checksums: 0, exceptions: 0, unsent: 0, latencies: [] };

/** The figures of a bus that has just been opened. */
export const emptyFigures = (now: number): BusFigures => ({
  since: now,
  wireMs: 0,
  seconds: [],
  dials: 0,
  faults: { checksum: 0, late: 0, mismatch: 0 },
  units: new Map(),
});

/** Counts one more dial. */
export const countDial = (figures: BusFigures): BusFigures => ({ ...figures, dials: figures.dials + 1 });

/** Counts bytes that did not fit; `unit` is the one that was being asked, null where none was. */
export const countFault = (figures: BusFigures, fault: WireFault, unit: number | null = null): BusFigures => {
  const faults = { ...figures.faults, [fault]: figures.faults[fault] + 1 };
  if (fault !== 'checksum' || unit === null) return { ...figures, faults };
  const known = figures.units.get(unit) ?? none;
  return { ...figures, faults, units: new Map(figures.units).set(unit, { ...known, checksums: known.checksums + 1 }) };
};

const countSecond = (seconds: readonly Second[], now: number, wireMs: number, isScan: boolean): readonly Second[] => {
  const second = Math.floor(now / 1000);
  const scanMs = isScan ? wireMs : 0;
  const last = seconds.at(-1);
  if (last?.second === second) return [...seconds.slice(0, -1), { second, wireMs: last.wireMs + wireMs, scanMs: last.scanMs + scanMs }];
  return [...seconds, { second, wireMs, scanMs }].slice(-keptSeconds - 1);
};

/** Counts a request that has ended. */
export const countOutcome = (
  figures: BusFigures,
  settled: Extract<BusEffect, { kind: 'settle' }>,
  priority: Priority,
  now: number,
): BusFigures => {
  const { outcome, wireMs, costMs, request, line } = settled;
  const used: BusFigures = {
    ...figures,
    wireMs: figures.wireMs + (costMs ?? 0),
    seconds: costMs === null ? figures.seconds : countSecond(figures.seconds, now, costMs, priority === 'scan'),
  };
  // What answers at another speed, or does not, says nothing of the unit that has this address on the line.
  if (line !== null) return used;
  const unit = figures.units.get(request.unit) ?? none;
  const isUnsent = outcome.kind === 'withdrawn' || (outcome.kind === 'failed' && !outcome.isSent);
  const failure = outcome.kind === 'failed' && outcome.isSent ? outcome.code : null;
  const hasAnswered = outcome.kind !== 'failed' && wireMs !== null;
  const next: UnitFigures = {
    requests: unit.requests + Number(!isUnsent),
    timeouts: unit.timeouts + Number(failure === 'modbus/timeout'),
    mismatches: unit.mismatches + Number(failure === 'modbus/mismatch'),
    checksums: unit.checksums,
    exceptions: unit.exceptions + Number(outcome.kind === 'exception'),
    unsent: unit.unsent + Number(isUnsent),
    latencies: hasAnswered ? [...unit.latencies, wireMs].slice(-kept) : unit.latencies,
  };
  return {
    ...used,
    units: new Map(figures.units).set(request.unit, next),
  };
};

/** The latency below which this share (0 to 1) of the kept answers came; null before the first. */
export const toPercentile = (latencies: readonly number[], share: number): number | null => {
  const sorted = latencies.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
};

/**
 * The shares of the last ten seconds, 0 to 1, in which the bus was taken, and taken by what people asked manually; `byHand`
 * counts all ten, also where the bus is younger.
 */
export const toLoad = (
  { since, seconds }: BusFigures,
  now: number,
): { readonly all: number; readonly scan: number; readonly byHand: number } => {
  const from = Math.floor(now / 1000) - keptSeconds;
  const span = Math.min(now - from * 1000, now - since);
  if (span <= 0) return { all: 0, scan: 0, byHand: 0 };
  const own = seconds.filter(({ second }) => second >= from);
  const scanMs = own.reduce((sum, { scanMs: ms }) => sum + ms, 0);
  const toShare = (ms: number): number => Math.min(1, ms / span);
  return {
    all: toShare(own.reduce((sum, { wireMs }) => sum + wireMs, 0)),
    scan: toShare(scanMs),
    byHand: scanMs / (keptSeconds * 1000),
  };
};
