import { renderReason, textReason, type PointHistory } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createRing, pushSample } from './ring.ts';
import { toBuckets } from './buckets.ts';
import { toColumns, toGrid } from './columns.ts';
import { toCommonGaps, toGaps, type GapFacts } from './gaps.ts';

const minute = 60_000;
const start = Date.UTC(2026, 10, 23, 12);

const toHistory = (values: readonly (number | null)[], part: Partial<PointHistory> = {}): PointHistory => ({
  id: 'flower_room/front/temperature',
  from: start,
  to: start + values.length * minute,
  bucketMs: minute,
  at: values.map((_, index) => start + index * minute),
  min: values.map((value) => (value === null ? null : value - 1)),
  mean: [...values],
  max: values.map((value) => (value === null ? null : value + 1)),
  values: values.map((value) => (value === null ? 0 : 60)),
  good: values.map((value) => (value === null ? 0 : 1)),
  isSimulated: values.map(() => false),
  gaps: [],
  ...part,
});

/** What was heard live, by a hub whose running time began an hour before `start`. */
const toLive = (samples: readonly (readonly [number, number])[]) => {
  const wallOffset = start - 3_600_000;
  const ring = createRing();
  for (const [at, value] of samples) pushSample(ring, at - wallOffset, value);
  return { ring, wallOffset };
};

const grid = { from: start, stepMs: minute, count: 10 };
const facts = (part: Partial<GapFacts> = {}): GapFacts => ({
  buckets: null,
  cuts: [],
  now: start + 10 * minute,
  gapMs: 5000,
  isPresent: true,
  nowWhy: '',
  say: (why) => renderReason(why, { time: String }),
  fault: null,
  ...part,
});

describe('grid', () => {
  it('has round columns that stay where they are while the window moves on', () => {
    const one = toGrid(start + 1234, start + 4 * 3_600_000 + 1234, 800);
    expect(one).toMatchObject({ from: start, stepMs: 20_000 });
    expect(toGrid(start + 5234, start + 4 * 3_600_000 + 5234, 800).from).toBe(one.from);
  });

  it('covers the stretch and never has more columns than asked for', () => {
    for (const most of [60, 300, 1000]) {
      for (const span of [minute, 3_600_000, 7 * 86_400_000]) {
        const made = toGrid(start + 777, start + 777 + span, most);
        expect(made.count).toBeLessThanOrEqual(most);
        expect(made.from + made.count * made.stepMs).toBeGreaterThanOrEqual(start + 777 + span);
      }
    }
  });
});

describe('columns', () => {
  it('holds what the history knows, and after that what was heard live', () => {
    const buckets = toBuckets(toHistory([20, 21, 22, null, null]));
    const live = toLive([
      [start + minute, 99], // before the end of what the history knows: the history counts
      [start + 3.5 * minute, 30],
      [start + 3.7 * minute, 34],
      [start + 7 * minute, 40],
    ]);
    const { min, mean, max } = toColumns(grid, buckets, live, 1000);
    expect([...mean]).toEqual([20, 21, 22, 32, Number.NaN, Number.NaN, Number.NaN, 40, Number.NaN, Number.NaN]);
    expect([min[3], max[3], max[1]]).toEqual([30, 34, 22]);
  });

  it('never loses a spike at the seam: a column that both know has the extremes of both', () => {
    const buckets = toBuckets(toHistory([20, 20], { to: start + 1.5 * minute }));
    const { min, mean, max } = toColumns(grid, buckets, toLive([[start + 1.8 * minute, 70]]), 1000);
    expect([min[1], max[1]]).toEqual([19, 70]);
    expect(mean[1]).toBeGreaterThan(20);
    expect(mean[1]).toBeLessThan(25);
  });

  it('buckets wider than the columns leave no holes', () => {
    const buckets = toBuckets(toHistory([20, 21]));
    const { mean } = toColumns({ from: start, stepMs: 20_000, count: 6 }, buckets, null, 1000);
    expect([...mean]).toEqual([20, 20, 20, 21, 21, 21]);
  });

  it('what was made up stays marked', () => {
    const buckets = toBuckets(toHistory([20, 21], { isSimulated: [true, false] }));
    expect([...toColumns(grid, buckets, null, 1000).isSimulated].slice(0, 2)).toEqual([1, 0]);
  });
});

describe('gaps', () => {
  it('says why, in the words of the hub', () => {
    const gaps = [{ from: start + 3 * minute, to: start + 6 * minute, why: textReason('unit 2 no answer') }];
    const buckets = toBuckets(toHistory([20, 21, 22, null, null, null, 26, 27, 28, 29], { gaps }));
    expect(toGaps(toColumns(grid, buckets, null, 1000), facts({ buckets }))).toEqual([
      { kind: 'missing' as const, from: start + 3 * minute, to: start + 6 * minute, why: 'unit 2 no answer' },
    ]);
  });

  it('what is not read yet is a gap with that reason', () => {
    const live = toLive([[start + 9.2 * minute, 20]]);
    const [gap] = toGaps(toColumns(grid, null, live, 1000), facts());
    expect(gap).toMatchObject({ from: start, to: start + 9 * minute, kind: 'unread' });
  });

  it('a cut of the link is a gap until it was filled from the history', () => {
    const before = toBuckets(toHistory([20, 20, 20]));
    const live = toLive([[start + 8.5 * minute, 20]]);
    const cuts = [{ from: start + 3 * minute, to: start + 8 * minute }];
    expect(toGaps(toColumns(grid, before, live, 1000), facts({ buckets: before, cuts }))[0]).toMatchObject({
      from: start + 3 * minute,
      to: start + 8 * minute,
      why: 'link was down, reading the history',
      kind: 'unheard',
    });
    const filled = toBuckets(toHistory([20, 20, 20, 20, 20, 20, 20, 20, 20]));
    expect(toGaps(toColumns(grid, filled, live, 1000), facts({ buckets: filled, cuts }))).toEqual([]);
  });

  it('while the link is down the gap grows up to now', () => {
    const buckets = toBuckets(toHistory([20, 20, 20]));
    const cuts = [{ from: start + 3 * minute, to: null }];
    expect(toGaps(toColumns(grid, buckets, null, 1000), facts({ buckets, cuts }))).toEqual([
      { kind: 'unheard', from: start + 3 * minute, to: start + 10 * minute, why: 'no link to the hub' },
    ]);
  });

  it('a history that a cut link kept from being read is shown as the cut', () => {
    const live = toLive([[start + 2.5 * minute, 20]]);
    const cuts = [{ from: start + 3 * minute, to: null }];
    const gaps = toGaps(toColumns(grid, null, live, 1000), facts({ cuts, fault: 'the hub does not answer' }));
    expect(gaps.map(({ kind, why }) => [kind, why])).toEqual([
      ['unread', 'the history could not be read: the hub does not answer'],
      ['unheard', 'no link to the hub'],
    ]);
  });

  it('a point that fell silent has the reason that the hub gives now', () => {
    const buckets = toBuckets(toHistory([20, 20, 20, null, null, null, null, null, null, null]));
    expect(toGaps(toColumns(grid, buckets, null, 1000), facts({ buckets, nowWhy: 'no answer' }))[0]?.why).toBe('no answer');
  });

  it('the usual pause between two reports is none', () => {
    const buckets = toBuckets(toHistory([20, null, 20, null, 20, null, 20, null, 20, null]));
    expect(toGaps(toColumns(grid, buckets, null, 120_000), facts({ buckets, gapMs: 360_000 }))).toEqual([]);
  });

  /** Ten minutes in seconds, with a sample every so many; `without` leaves some out. */
  const toSeconds = (every: number, without: (second: number) => boolean = () => false, part: Partial<PointHistory> = {}) => {
    const values = Array.from({ length: 600 }, (_, second) => (second % every === 0 && !without(second) ? 25 : null));
    const at = values.map((_, second) => start + second * 1000);
    return toBuckets(toHistory(values, { to: start + 600_000, bucketMs: 1000, at, ...part }));
  };
  const seconds = { from: start, stepMs: 1000, count: 600 };
  const gapsOf = (buckets: ReturnType<typeof toBuckets>, part: Partial<GapFacts> = {}) =>
    toGaps(toColumns(seconds, buckets, null, 1000), facts({ buckets, isPresent: false, ...part })).map(({ from, to }) => [
      (from - start) / 1000,
      (to - start) / 1000,
    ]);

  it('a stretch that was sampled every ten seconds has no gap every ten seconds', () => {
    expect(gapsOf(toSeconds(10))).toEqual([]);
    expect(gapsOf(toSeconds(7))).toEqual([]);
  });

  it('in such a stretch a longer pause is a gap, and so is what the hub reports', () => {
    const isOut = (second: number) => second > 200 && second < 260;
    expect(gapsOf(toSeconds(10, isOut))).toEqual([[201, 260]]);
    const gaps = [{ from: start + 401_000, to: start + 410_000, why: textReason('no answer') }];
    expect(gapsOf(toSeconds(10, undefined, { gaps }))).toEqual([[401, 410]]);
  });

  it('a stretch that was sampled every second keeps gaps of ten seconds', () => {
    expect(gapsOf(toSeconds(1, (second) => second > 300 && second < 311))).toEqual([[301, 311]]);
  });

  it('where the interval changes, the longer one counts for the pause between', () => {
    expect(gapsOf(toSeconds(1, (second) => second < 300 && second % 10 !== 0))).toEqual([]);
  });

  it('up to the present the interval of the point counts, whatever was usual before', () => {
    expect(gapsOf(toSeconds(10), { isPresent: true })).toEqual([[591, 600]]);
  });

  it('an outage shorter than a column is reported, as part of it', () => {
    const gaps = [{ from: start + 3.2 * minute, to: start + 3.6 * minute, why: textReason('the hub was not running') }];
    const buckets = toBuckets(toHistory([20, 21, 22, 23, 24, 25, 26, 27, 28, 29], { gaps }));
    expect(toGaps(toColumns(grid, buckets, null, 1000), facts({ buckets }))).toEqual([
      { kind: 'partial', ...gaps[0], why: 'the hub was not running' },
    ]);
  });

  it('what all have in common is a gap of the whole', () => {
    const one = [{ kind: 'missing' as const, from: 0, to: 10, why: 'a' }];
    const other = [
      { kind: 'missing' as const, from: 2, to: 4, why: 'b' },
      { kind: 'missing' as const, from: 8, to: 20, why: 'b' },
    ];
    expect(toCommonGaps([one, other]).map(({ from, to }) => [from, to])).toEqual([
      [2, 4],
      [8, 10],
    ]);
    expect(toCommonGaps([one, []])).toEqual([]);
    expect(toCommonGaps([])).toEqual([]);
  });
});
