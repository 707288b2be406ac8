import { describe, expect, it } from 'vitest';
import { advance, decodeCursor, encodeCursor, type TableCursor } from './table-cursor.ts';

const minute = 60_000;
const read = (cursor: TableCursor, ids: readonly number[], now = 0): TableCursor => advance(cursor, ids, now, 10 * minute).cursor;
const holesOf = ({ holes }: TableCursor): readonly number[] => holes.map(({ id }) => id);
const empty: TableCursor = { last: 0, holes: [] };

describe('the cursor of a table', () => {
  it('asks again for ids that were jumped over, until they have a row', () => {
    const jumped = read(empty, [1, 2, 5]);
    expect(jumped.last).toBe(5);
    expect(holesOf(jumped)).toEqual([3, 4]);
    const filled = read(jumped, [4, 6]);
    expect(holesOf(filled)).toEqual([3]);
    expect(holesOf(read(filled, [3]))).toEqual([]);
    expect(read(filled, [3]).last).toBe(6);
  });

  it('forgets a hole when it is old enough, and not before', () => {
    const jumped = read(empty, [2], 0);
    expect(holesOf(read(jumped, [3], 10 * minute - 1))).toEqual([1]);
    expect(holesOf(read(jumped, [3], 10 * minute))).toEqual([]);
  });

  it('does not move back when a low id comes late', () => {
    expect(read({ last: 9, holes: [{ id: 4, since: 0 }] }, [4]).last).toBe(9);
  });

  it('counts what it can no longer ask for after a jump, and keeps the newest', () => {
    const { cursor, skipped } = advance({ last: 10, holes: [] }, [1_000_000], 0, minute);
    expect(cursor.holes.length + skipped).toBe(1_000_000 - 11);
    expect(cursor.holes.at(-1)?.id).toBe(999_999);
  });

  it('fits into the position of a message, however the holes lie', () => {
    const every = Array.from({ length: 2000 }, (_, index) => 4_000_000_000_000 + index * 1300);
    let cursor: TableCursor = { last: every[0] ?? 0, holes: [] };
    for (const id of every) ({ cursor } = advance(cursor, [id], 0, minute));
    expect(encodeCursor(cursor).length).toBeLessThanOrEqual(1024);
    expect(cursor.holes.length).toBeGreaterThan(100);
  });

  it('comes back from its text, with holes that are asked for again', () => {
    const cursor = read(empty, [3, 4, 9, 40_000, 40_002]);
    const back = decodeCursor(encodeCursor(cursor), 77);
    expect(back?.last).toBe(40_002);
    expect(holesOf(back ?? empty)).toEqual(holesOf(cursor));
    expect(back?.holes.every(({ since }) => since === 77)).toBe(true);
  });

  it.each(['', 'row 4711', '5.9', '1..2', '-3'])('takes %j for the text of another program', (text) => {
    expect(decodeCursor(text, 0)).toBeNull();
  });
});
