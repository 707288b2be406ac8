import { textReason } from '@phloem/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinGaps, levelMs, planBuckets } from './buckets.ts';

const [minute, hour] = [60_000, 3_600_000];
const plan = (from: number, to: number, buckets: number, rawFrom = -Infinity, minuteFrom = -Infinity) =>
  planBuckets({ from, to, buckets, rawFrom, minuteFrom });

describe('a stretch in buckets', () => {
  it.each([
    ['an hour in 300 is made from every sample', plan(0, hour - 1, 300), { level: 'raw', start: 0, bucketMs: 12_000, count: 300 }],
    ['a day in 300 is made from minutes', plan(0, 24 * hour - 1, 300), { level: 'minute', start: 0, bucketMs: 5 * minute, count: 288 }],
    ['a year in 500 is made from hours', plan(0, 8760 * hour - 1, 500), { level: 'hour', start: 0, bucketMs: 18 * hour, count: 487 }],
    [
      'begins where its first minute does',
      plan(90_000, 90_000 + hour, 10),
      { level: 'minute', start: 60_000, bucketMs: 7 * minute, count: 9 },
    ],
    ['an instant is one bucket', plan(5, 5, 2000), { level: 'raw', start: 5, bucketMs: 1, count: 1 }],
    [
      'has minutes alone where samples are kept no longer',
      plan(0, hour - 1, 600, 1),
      { level: 'minute', start: 0, bucketMs: minute, count: 60 },
    ],
    [
      'has hours alone where minutes are kept no longer',
      plan(0, 24 * hour - 1, 300, 1, 1),
      { level: 'hour', start: 0, bucketMs: hour, count: 24 },
    ],
  ] as const)('%s', (_, found, expected) => {
    expect(found).toEqual(expected);
  });

  it('covers all of it with no more buckets than asked for, each of whole steps', () => {
    const times = fc.tuple(fc.integer({ min: -1e13, max: 1e13 }), fc.integer({ min: 0, max: 1e12 }));
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 2000 }), fc.boolean(), ([from, length], buckets, isOld) => {
        const { level, start, bucketMs, count } = plan(from, from + length, buckets, isOld ? Infinity : -Infinity);
        const step = levelMs[level];
        expect([Math.abs(start % step), bucketMs % step]).toEqual([0, 0]);
        expect(start <= from && from - start < step).toBe(true);
        expect(count >= 1 && count <= buckets).toBe(true);
        const last = start + (count - 1) * bucketMs;
        expect(last <= from + length && from + length < last + bucketMs).toBe(true);
      }),
      { seed: 5 },
    );
  });
});

describe('gaps', () => {
  it('that are closer together than a bucket are one, with the reason of the longest', () => {
    const gaps = [
      { from: 500, to: 520, why: textReason('c') },
      { from: 0, to: 10, why: textReason('a') },
      { from: 15, to: 60, why: textReason('b') },
    ];
    expect(joinGaps(gaps, 10)).toEqual([
      { from: 0, to: 60, why: textReason('b') },
      { from: 500, to: 520, why: textReason('c') },
    ]);
  });
});
