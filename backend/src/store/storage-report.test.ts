import { describe, expect, it } from 'vitest';
import { spaceLimits } from './disk-space.ts';
import { createStorageReport, toFullIn, type HistoryFile } from './storage-report.ts';

const day = 86_400_000;
const GB = 1e9;

describe('when a disk is full', () => {
  it('follows what grows, each for as long as it does', () => {
    expect(toFullIn([{ rate: 1, forMs: Infinity }], 100)).toBe(100);
    expect(toFullIn([{ rate: 1, forMs: 50 }], 100)).toBeNull();
    expect(
      toFullIn(
        [
          { rate: 1, forMs: 50 },
          { rate: 2, forMs: 500 },
        ],
        100,
      ),
    ).toBeCloseTo(100 / 3, 9);
    // 60 in the first 20, then two each.
    expect(
      toFullIn(
        [
          { rate: 1, forMs: 20 },
          { rate: 2, forMs: 500 },
        ],
        100,
      ),
    ).toBe(40);
    expect(
      toFullIn(
        [
          { rate: 1, forMs: 20 },
          { rate: 2, forMs: 30 },
        ],
        100,
      ),
    ).toBeNull();
    expect(toFullIn([{ rate: 1, forMs: 20 }], -5)).toBe(0);
    expect(toFullIn([{ rate: 0, forMs: Infinity }], 100)).toBeNull();
  });
});

describe('the report of the storage', () => {
  const report = (free: number, history: HistoryFile, sealed: { bytes: number; ms: number } | null = { bytes: GB, ms: 10 * day }) =>
    createStorageReport({
      store: {
        log: { first: 5, head: 900 } as never,
        clock: { at: () => 100 * day, up: () => 50 * day },
        behind: () => ({ ageMs: 10 * day, bytes: 1.1 * GB }),
        size: () => ({ bytes: 1.1 * GB, spare: 0 }),
        sealed: () => sealed,
      },
      space: { free: () => free },
      limits: { maxAgeMs: 35 * day, maxBytes: 8 * GB, floor: null },
      historyKeepMs: 183 * day,
      history: () => Promise.resolve(history),
    })();

  it('says how far back the log goes, and how much is added in a day', async () => {
    expect(await report(100 * GB, { bytes: 2 * GB, ageMs: 20 * day })).toEqual({
      since: 90 * day,
      logBytes: 1.1 * GB,
      historyBytes: 2 * GB,
      bytesPerDay: 0.2 * GB,
      keepMs: 35 * day,
      keepBytes: 8 * GB,
      freeBytes: 100 * GB,
      fullInMs: null,
    });
  });

  it('says when the disk is full: with both growing, or with the history alone once the log removes as much as it adds', async () => {
    const history = { bytes: 2 * GB, ageMs: 20 * day };
    expect((await report(spaceLimits.full + 2 * GB, history)).fullInMs).toBeCloseTo(10 * day, 0);
    expect((await report(spaceLimits.full + 6 * GB, history)).fullInMs).toBeCloseTo(35 * day, 0);
    expect((await report(spaceLimits.full - 1, history)).fullInMs).toBe(0);
  });

  it('does not guess from a few minutes, nor where nobody knows the disk', async () => {
    const unknown = { bytesPerDay: null, fullInMs: null };
    expect(await report(GB, { bytes: 10, ageMs: 60_000 })).toMatchObject(unknown);
    expect(await report(GB, { bytes: 10, ageMs: null })).toMatchObject(unknown);
    expect(await report(GB, { bytes: GB, ageMs: day }, null)).toMatchObject(unknown);
    expect(await report(Infinity, { bytes: GB, ageMs: day })).toMatchObject({ freeBytes: null, fullInMs: null });
  });
});
