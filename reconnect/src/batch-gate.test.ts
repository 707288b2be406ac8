import type { Entry } from '@phloem/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeBatch } from './batch-gate.ts';

const pulse = (lsn: number): Entry => ({ lsn, at: 0, up: 0, kind: 'pulse' });
/** The batch (prev, last] of a log of which every third entry is filtered out. */
const cut = (prev: number, last: number) => ({
  prev,
  last,
  entries: Array.from({ length: last - prev }, (_, index) => pulse(prev + index + 1)).filter(({ lsn }) => lsn % 3 !== 0),
});
const lsns = (entries: readonly Entry[]): number[] => entries.map(({ lsn }) => lsn);

describe('the gate of a lossless subscription', () => {
  it.each([
    ['goes on exactly', 5, cut(5, 8), 'deliver', [7, 8]],
    ['begins before the cursor', 6, cut(4, 8), 'deliver', [7, 8]],
    ['ends at the cursor', 8, cut(4, 8), 'duplicate', []],
    ['ends before the cursor', 20, cut(4, 8), 'duplicate', []],
    ['begins after the cursor', 3, cut(4, 8), 'gap', []],
    ['is empty and moves the cursor', 5, { prev: 5, last: 9, entries: [] as Entry[] }, 'deliver', []],
    ['is empty and says nothing', 5, { prev: 5, last: 5, entries: [] as Entry[] }, 'duplicate', []],
  ] as const)('[EV1] a batch that %s', (_, cursor, batch, verdict, expected) => {
    const judged = judgeBatch(cursor, batch);
    expect(judged.verdict).toBe(verdict);
    expect(judged.verdict === 'deliver' ? lsns(judged.entries) : []).toEqual(expected);
  });

  it('[EV1] any order, overlap and repetition of batches delivers a prefix of the log, each entry once', () => {
    const range = fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 12 }))
      .map(([prev, length]) => cut(prev, prev + length));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 60 }), (batches) => {
        let cursor = 0;
        const delivered: number[] = [];
        for (const batch of batches) {
          const judged = judgeBatch(cursor, batch);
          if (judged.verdict !== 'deliver') continue;
          expect(judged.from).toBe(cursor);
          expect(judged.last).toBeGreaterThan(cursor);
          delivered.push(...lsns(judged.entries));
          cursor = judged.last;
        }
        expect(delivered).toEqual(lsns(cut(0, cursor).entries));
      }),
      { seed: 20_261_123, numRuns: 2000 },
    );
  });

  it('[EV1] batches that cover the log arrive whole in any order when each that came too early is sent again', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
        let cursor = 0;
        const delivered: number[] = [];
        for (let round = 0; round < 8; round += 1) {
          for (const index of order) {
            const judged = judgeBatch(cursor, cut(index * 5, index * 5 + 5));
            if (judged.verdict !== 'deliver') continue;
            delivered.push(...lsns(judged.entries));
            cursor = judged.last;
          }
        }
        expect(delivered).toEqual(lsns(cut(0, 40).entries));
      }),
      { seed: 20_261_123 },
    );
  });
});
