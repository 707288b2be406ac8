import { describe, expect, it } from 'vitest';
import { toStrikes, toToll } from './storm.ts';

describe('the storm of the links', () => {
  it('is the same for the same seed, and strikes each part at least once', () => {
    expect(toStrikes(7, 12)).toEqual(toStrikes(7, 12));
    expect(toStrikes(7, 12)).not.toEqual(toStrikes(8, 12));
    expect(new Set(toStrikes(7, 4).map(({ part }) => part)).size).toBe(4);
  });

  it('counts what was lost, duplicated and late by the ledger of the actuator', () => {
    const handed = new Map([
      [0, 1000],
      [1, 2000],
      [2, 3000],
      [3, 4000],
    ]);
    const written = [
      { n: -1, at: 990 },
      { n: 0, at: 1001 },
      { n: 2, at: 3001 },
      { n: 2, at: 3005 },
      { n: 1, at: 3010 },
    ];
    expect(toToll(handed, written)).toEqual({ frames: 4, lost: 1, duplicated: 1, late: 1 });
    expect(toToll(new Map([[0, 1000]]), [{ n: 0, at: 6001 }])).toEqual({ frames: 1, lost: 0, duplicated: 0, late: 1 });
  });
});
