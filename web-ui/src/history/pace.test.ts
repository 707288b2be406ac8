import { describe, expect, it } from 'vitest';
import { isDue, unread } from './pace.ts';

describe('reading again', () => {
  const read = { isReading: false, readAt: 1000, askedAt: 900, failures: 0 };

  it('is due at once when it was never read, and when it is asked for again', () => {
    expect(isDue(unread, 60_000, 0)).toBe(true);
    expect(isDue({ ...read, askedAt: null }, 60_000, 1001)).toBe(true);
  });

  it('is due by itself after its time', () => {
    expect(isDue(read, 60_000, 60_999)).toBe(false);
    expect(isDue(read, 60_000, 61_000)).toBe(true);
  });

  it('is never asked for twice at once', () => expect(isDue({ ...unread, isReading: true }, 0, 1e9)).toBe(false));

  it('after failures it is asked for later and later, a minute at the most', () => {
    const pause = (failures: number): number =>
      [1, 2, 4, 8, 16, 32, 60, 120].find((seconds) => isDue({ ...read, failures }, 3_600_000, 900 + seconds * 1000)) ?? 0;
    expect([1, 2, 3, 4, 5, 6, 20].map(pause)).toEqual([2, 4, 8, 16, 32, 60, 60]);
  });
});
