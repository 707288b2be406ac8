import { describe, expect, it } from 'vitest';
import { toScale, toTrace, toWindowMs } from './columns.ts';
import { createRing, firstFrom, maxSamples, pushSample, timeAt, valueAt, type Ring } from './ring.ts';

const toRing = (samples: readonly (readonly [number, number])[]): Ring => {
  const ring = createRing();
  for (const [time, value] of samples) pushSample(ring, time, value);
  return ring;
};

describe('ring', () => {
  it('keeps what came, in order, and leaves out what is not newer', () => {
    const ring = toRing([
      [1, 10],
      [2, 20],
      [2, 21],
      [1, 22],
      [3, 30],
    ]);
    expect([0, 1, 2].map((index) => [timeAt(ring, index), valueAt(ring, index)])).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    expect(timeAt(ring, 3)).toBeNaN();
  });

  it('grows to its bound and then loses the oldest', () => {
    const ring = createRing();
    for (let time = 0; time < maxSamples + 100; time += 1) pushSample(ring, time, time);
    expect(ring.size).toBe(maxSamples);
    expect(timeAt(ring, 0)).toBe(100);
    expect(timeAt(ring, ring.size - 1)).toBe(maxSamples + 99);
    expect(firstFrom(ring, 150)).toBe(50);
  });
});

describe('trace', () => {
  const frame = { from: 0, to: 100_000, width: 100, gapMs: 5000 };

  it('never hides a spike: a column holds its least and its greatest value', () => {
    const ring = toRing(Array.from({ length: 1000 }, (_, index) => [index * 100, index === 523 ? 99 : 1]));
    const { runs, max } = toTrace(ring, frame);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toHaveLength(100);
    expect(max).toBe(99);
    expect(runs[0]?.[52]).toMatchObject({ min: 1, max: 99 });
  });

  it('does not bridge what was not received', () => {
    const { runs, gaps } = toTrace(
      toRing([
        [0, 1],
        [4000, 1],
        [40_000, 1],
        [96_000, 1],
      ]),
      frame,
    );
    expect(runs.map((run) => run.map(({ x }) => x))).toEqual([[0, 4], [40], [96]]);
    expect(gaps).toEqual([
      { from: 4, to: 40 },
      { from: 40, to: 96 },
    ]);
  });

  it('the time since the last report is a gap when it is too long', () => {
    expect(toTrace(toRing([[50_000, 1]]), frame).gaps).toEqual([{ from: 50, to: 100 }]);
    expect(toTrace(toRing([[97_000, 1]]), frame).gaps).toEqual([]);
  });

  it('a point that was old when the browser came is a gap from its last report on', () => {
    expect(toTrace(toRing([[30_000, Number.NaN]]), frame)).toMatchObject({ runs: [], gaps: [{ from: 30, to: 100 }] });
  });

  it('a report without a number ends the line', () => {
    const { runs } = toTrace(
      toRing([
        [90_000, 1],
        [92_000, Number.NaN],
        [94_000, 1],
      ]),
      frame,
    );
    expect(runs).toHaveLength(2);
  });

  it('shows two minutes at first and four hours at the most', () => {
    expect(toWindowMs(0)).toBe(120_000);
    expect(toWindowMs(121_000)).toBe(300_000);
    expect(toWindowMs(1e9)).toBe(240 * 60_000);
  });

  it('does not blow noise up to the full height', () => {
    expect(toScale(24.0, 24.1, 1)).toMatchObject({ low: 23.55, high: 24.55 });
    expect(toScale(10, 30, 1)).toEqual({ low: 10, high: 30 });
  });
});
