import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutChanges, cutSnapshot, joinSnapshot, type PartialSnapshot } from './cut-view.ts';
import type { Changes, PointState, Snapshot } from './state.ts';

const toPoint = (n: number): PointState => ({ id: `room_ä/cluster/m${n}`, v: n, q: 'good', lsn: n, reported: n, changed: n });
const state = {
  sub: 'view',
  version: 9,
  at: 1,
  up: 1,
  devices: [],
  alarms: [],
  values: [],
  buses: [],
  automation: [],
  overrides: [],
  offsets: [],
  interlocks: [],
};
const toSnapshot = (count: number): Snapshot => ({
  ...state,
  points: Array.from({ length: count }, (_, n) => toPoint(n)),
  site: {
    hash: 'h',
    revision: 1,
    title: 'Größe',
    timeZone: 'UTC',
    isDemonstration: false,
    locations: [{ id: 'room', title: 'Room' }],
    points: Array.from({ length: count }, (_, n) => ({
      id: `room/cluster/m${n}`,
      quantity: 'temperature' as const,
      intervalMs: 1000,
      decimals: 1,
      title: 'é'.repeat(n % 90),
      isDerived: false,
      range: null,
    })),
    devices: [],
  },
});
const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const join = (parts: readonly Snapshot[], from: PartialSnapshot | null = null) =>
  parts.reduce<ReturnType<typeof joinSnapshot>>((known, part) => joinSnapshot(known.partial, part), { whole: null, partial: from });

describe('a view that is larger than a message', () => {
  it('[PI1] [LA1] is cut into parts within the limit, which make it whole again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 2000, max: 60_000 }), (count, maxBytes) => {
        const snapshot = toSnapshot(count);
        const parts = cutSnapshot(snapshot, maxBytes);
        for (const part of parts) expect(bytes(part)).toBeLessThanOrEqual(maxBytes);
        expect(join(parts).whole).toEqual(snapshot);
      }),
      { seed: 20_261_123, numRuns: 60 },
    );
  });

  it('[LA1] one that fits has no part', () => {
    expect(cutSnapshot(toSnapshot(3), 128 * 1024)).toEqual([toSnapshot(3)]);
  });

  it('[LA1] is not put together from parts of two snapshots, nor with one missing', () => {
    const older = cutSnapshot({ ...toSnapshot(300), version: 8 }, 20_000);
    const newer = cutSnapshot(toSnapshot(300), 20_000);
    expect(newer.length).toBeGreaterThan(2);
    expect(join([...older.slice(0, 1), ...newer.slice(1)]).whole).toBeNull();
    expect(join([...newer.slice(0, 1), ...newer.slice(2)]).whole).toBeNull();
    expect(join([...older.slice(0, 2), ...newer]).whole).toEqual(toSnapshot(300));
  });

  it('[PI1] [LA1] changes come as several, all from the same version to the same', () => {
    const changes: Changes = { ...state, from: 4, points: toSnapshot(300).points };
    const parts = cutChanges(changes, 8000);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) {
      expect(bytes(part)).toBeLessThanOrEqual(8000);
      expect([part.from, part.version]).toEqual([4, 9]);
    }
    expect(parts.flatMap(({ points }) => points)).toEqual(changes.points);
  });
});
