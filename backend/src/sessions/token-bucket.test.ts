import { expect, it } from 'vitest';
import { createBuckets } from './token-bucket.ts';

it('gives each key its burst at once, and then its rate', () => {
  const take = createBuckets({ perSecond: 5, burst: 3 });
  expect([1, 2, 3, 4].map(() => take('a', 0))).toEqual([true, true, true, false]);
  expect(take('b', 0)).toBe(true);
  expect(take('a', 199)).toBe(false);
  expect(take('a', 200)).toBe(true);
  expect(take('a', 200)).toBe(false);
  expect([1, 2, 3, 4].map(() => take('a', 60_000))).toEqual([true, true, true, false]);
});

it('remembers a bounded number of keys, however many there are', () => {
  const take = createBuckets({ perSecond: 1, burst: 1 });
  expect(take('first', 0)).toBe(true);
  expect(take('first', 0)).toBe(false);
  for (let n = 0; n < 10_000; n += 1) take(`key-${n}`, 0);
  expect(take('first', 0)).toBe(true);
  expect(take('key-9999', 0)).toBe(false);
});
