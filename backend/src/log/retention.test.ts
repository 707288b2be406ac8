import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCut, rowsPerCut, toCheckpointsToDrop, type LogExtent } from './retention.ts';

const extent: LogExtent = { first: 11, head: 100, aged: 60, oversize: 10, checkpoints: [] };
const at = (...cursors: readonly (number | null)[]) => cursors.map((cursor, index) => ({ scope: `s${index}`, cursor }));

describe('what can go', () => {
  it.each([
    ['all that is old, when nobody needs it', extent, null, { to: 60, isForced: false, isMore: false }],
    ['nothing, when nothing is old', { ...extent, aged: 10 }, null, { to: 10, isForced: false, isMore: false }],
    ['only up to the lowest checkpoint', { ...extent, checkpoints: at(70, 40, 55) }, null, { to: 40, isForced: false, isMore: false }],
    [
      'nothing, while a scope has no checkpoint',
      { ...extent, checkpoints: at(70, null) },
      null,
      { to: 10, isForced: false, isMore: false },
    ],
    ['only up to where a reader stands', extent, 20, { to: 20, isForced: false, isMore: false }],
    ['past a checkpoint when too large', { ...extent, oversize: 50, checkpoints: at(40) }, null, { to: 50, isForced: true, isMore: false }],
    [
      'without force when the checkpoint allows it',
      { ...extent, oversize: 50, checkpoints: at(90) },
      null,
      { to: 60, isForced: false, isMore: false },
    ],
    ['never the newest entry', { ...extent, aged: 100, oversize: 100 }, null, { to: 99, isForced: false, isMore: false }],
    ['a slice at a time', { ...extent, head: 1e6, aged: 1e5 }, null, { to: 10 + rowsPerCut, isForced: false, isMore: true }],
  ] as const)('[IN10] %s', (_, given, floor, expected) => {
    expect(planCut(given, floor)).toEqual(expected);
  });

  it('[IN10] takes what a checkpoint needs only by force', () => {
    const plan = fc.record({
      aged: fc.nat(120),
      oversize: fc.nat(120),
      cursors: fc.array(fc.option(fc.nat(120)), { maxLength: 4 }),
      floor: fc.option(fc.nat(120)),
    });
    fc.assert(
      fc.property(plan, ({ aged, oversize, cursors, floor }) => {
        const { to, isForced } = planCut({ first: 11, head: 100, aged, oversize, checkpoints: at(...cursors) }, floor);
        const isNeeded = to >= 11 && [floor ?? 100, ...cursors.map((cursor) => cursor ?? 0)].some((cursor) => cursor < to);
        expect(to).toBeLessThan(100);
        expect(isForced).toBe(isNeeded);
        expect(!isForced || to <= oversize).toBe(true);
      }),
      { seed: 5 },
    );
  });
});

describe('which checkpoints are kept', () => {
  const day = 86_400_000;

  it('the last five, and the last of each day', () => {
    const checkpoints = Array.from({ length: 12 }, (_, index) => ({ cursor: index, at: index < 4 ? index : index < 6 ? day : 2 * day }));
    expect(toCheckpointsToDrop(checkpoints).map(({ cursor }) => cursor)).toEqual([0, 1, 2, 4, 6]);
  });

  it('all, while there are no more than five', () => {
    expect(
      toCheckpointsToDrop([
        { cursor: 1, at: 0 },
        { cursor: 2, at: 0 },
      ]),
    ).toEqual([]);
  });
});
