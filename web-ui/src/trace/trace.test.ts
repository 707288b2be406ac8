import { describe, expect, it } from 'vitest';
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
