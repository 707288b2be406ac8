import type { Lsn } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toEntry, type StoredRow } from './decode-rows.ts';
import { createTailRing, toHeapBytes, type TailRing } from './tail-ring.ts';

/** A note whose text takes so many characters. */
const rowOf = (lsn: Lsn, length: number, at = 0): StoredRow => {
  const note = (text: string): string => JSON.stringify({ kind: 'note', by: { kind: 'hub' }, about: 'x', text });
  return { lsn, at, up: 0, offset: 0, body: note('y'.repeat(Math.max(0, length - note('').length))) };
};
const push = (ring: TailRing, lsn: Lsn, length: number, at = 0): void => {
  const row = rowOf(lsn, length, at);
  ring.push(row, toEntry(row));
};
const everything = { entries: 1e6, bytes: 1e9 };

describe('the tail ring', () => {
  it('holds nothing at first, and then says that it cannot serve', () => {
    const ring = createTailRing(1000);
    expect(ring.first).toBeNull();
    expect(ring.read(0, everything)).toBeNull();
  });

  it('[IN12] holds no more than its bytes, and gives up the oldest first', () => {
    const ring = createTailRing(10 * toHeapBytes(100));
    for (let lsn = 1; lsn <= 5000; lsn += 1) {
      push(ring, lsn, 100);
      expect(ring.first).toBe(Math.max(1, lsn - 9));
    }
    expect(ring.read(4989, everything)).toBeNull();
    expect(ring.read(4990, everything)?.map((entry) => entry.lsn)).toEqual([4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999, 5000]);
  });

  it('holds the newest entry, however large it is', () => {
    const ring = createTailRing(10);
    push(ring, 1, 1);
    push(ring, 2, 1_000_000);
    expect(ring.first).toBe(2);
  });

  it('reads no more entries or bytes than asked for, but one at least', () => {
    const ring = createTailRing(1e6);
    for (let lsn = 1; lsn <= 5; lsn += 1) push(ring, lsn, 100);
    expect(ring.read(1, { entries: 2, bytes: 1e6 })?.map((entry) => entry.lsn)).toEqual([2, 3]);
    expect(ring.read(1, { entries: 10, bytes: 350 })?.map((entry) => entry.lsn)).toEqual([2, 3, 4]);
    expect(ring.read(1, { entries: 10, bytes: 1 })?.map((entry) => entry.lsn)).toEqual([2]);
    expect(ring.read(5, everything)).toEqual([]);
  });

  it('gives the same entry whether it is new or has been held as text for long', () => {
    const ring = createTailRing(1e6);
    for (let lsn = 1; lsn <= 1000; lsn += 1) push(ring, lsn, 100);
    expect(ring.read(0, everything)).toEqual(Array.from({ length: 1000 }, (_, index) => toEntry(rowOf(index + 1, 100))));
  });

  it('forgets what was never written, and goes on with those numbers', () => {
    const ring = createTailRing(1e6);
    for (let lsn = 1; lsn <= 5; lsn += 1) push(ring, lsn, 100);
    ring.dropAfter(3);
    push(ring, 4, 100, 9);
    expect(ring.read(2, everything)?.map(({ lsn, at }) => [lsn, at])).toEqual([
      [3, 0],
      [4, 9],
    ]);
    ring.dropAfter(0);
    expect(ring.first).toBeNull();
  });
});
