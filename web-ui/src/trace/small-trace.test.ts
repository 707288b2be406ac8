import { describe, expect, it } from 'vitest';
import type { Buckets } from '../history/buckets.ts';
import { toSmallTrace, type TraceFacts, type TracePlan } from './small-trace.ts';

const minute = 60_000;
const now = 10 * 60 * minute;
const from = now - 240 * minute;

const plan: TracePlan = { id: 'room/front/temperature', decimals: 1, gapMs: 3 * minute, setpoint: [], band: null, dark: [] };

/** A value a minute over the last four hours. */
const toBuckets = (toValue: (index: number) => number | null): Buckets => {
  const values = Array.from({ length: 240 }, (_, index) => toValue(index) ?? Number.NaN);
  return {
    at: values.map((_, index) => from + index * minute),
    min: values,
    mean: values,
    max: values,
    values: values.map((value) => (Number.isNaN(value) ? 0 : 1)),
    good: values.map((value) => (Number.isNaN(value) ? 0 : 1)),
    isSimulated: values.map(() => false),
    bucketMs: minute,
    to: now,
    gaps: [],
  } as unknown as Buckets;
};
const toFacts = (part: Partial<TraceFacts> = {}): TraceFacts => ({
  now,
  buckets: toBuckets(() => 25),
  fault: null,
  live: null,
  cuts: [],
  quantity: 'temperature',
  ...part,
});

describe('a small trace', () => {
  it('covers the last four hours', () => {
    const trace = toSmallTrace(plan, toFacts(), 100);
    expect([trace.from, trace.to]).toEqual([from, now]);
    expect(trace.gaps).toEqual([]);
  });

  it('never draws noise in full height', () => {
    const { span } = toSmallTrace(plan, toFacts(), 100);
    expect(span.high - span.low).toBeCloseTo(3.5, 9);
    expect((span.high + span.low) / 2).toBeCloseTo(25, 9);
  });

  it('is high enough for the set-point and the band', () => {
    const setpoint = [{ at: from, value: 35, isRamp: false }];
    const { span, setpoint: corners } = toSmallTrace({ ...plan, setpoint }, toFacts(), 100);
    expect(corners[0]?.value).toBe(35);
    expect([span.low <= 25, span.high >= 35]).toEqual([true, true]);
    const wide = toSmallTrace({ ...plan, band: { low: 15, high: 35 } }, toFacts(), 100);
    expect(wide.span.high - wide.span.low).toBeCloseTo(20, 9);
  });

  it('shows where samples are missing', () => {
    const { gaps } = toSmallTrace(plan, toFacts({ buckets: toBuckets((index) => (index >= 100 && index < 140 ? null : 25)) }), 240);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ kind: 'missing' });
  });

  it('is drawn before anything was read, and says that the history could not be read', () => {
    const trace = toSmallTrace(plan, toFacts({ buckets: null, fault: 'no answer' }), 3);
    expect(trace.columns.grid.count).toBeGreaterThan(10);
    expect(trace.gaps).toMatchObject([{ kind: 'unread', why: expect.stringContaining('no answer') }]);
  });
});
