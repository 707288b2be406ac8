import { describe, expect, it } from 'vitest';
import { toLeastSpan } from './least-span.ts';
import { createRing, firstFrom, maxSamples, pushSample, timeAt, valueAt, type Ring } from '../history/ring.ts';

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

describe('the height of a small trace', () => {
  it.each([
    ['ppfd', 0, 20, null, 50],
    ['daily_light_integral', 1, 3, null, 2],
    ['temperature', 1, 3, null, 1],
    ['temperature', 1, 26, null, 3.64],
    ['temperature', 1, -20, null, 2.8],
    ['temperature', 1, 26, { low: 24, high: 28 }, 4],
    // A narrow band is a claim on the value; a wide one leaves it a line in the middle.
    ['temperature', 1, 26, { low: 25, high: 27 }, 2],
    ['vapour_pressure_deficit', 2, 0.5, null, 0.1],
    [undefined, 1, 0, null, 1],
  ] as const)('%s with %i decimals around %d in the band %j stands for at least the given span', (quantity, decimals, value, band, span) =>
    expect(toLeastSpan({ quantity, decimals, value, band })).toBeCloseTo(span, 9),
  );
});
