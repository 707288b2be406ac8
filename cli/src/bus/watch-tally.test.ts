import { millis, type Watching } from '@phloem/protocol';
import { toFakeTransaction } from '@phloem/backend/testing';
import { describe, expect, it } from 'vitest';
import { WatchTally, type WatchLine } from './watch-tally.ts';

const watching: Watching = {
  watch: 'cli',
  state: 'on',
  why: null,
  bus: 'line',
  unit: null,
  forMs: millis(120_000),
  isFast: false,
  load: null,
};
const toNews = (items: Parameters<typeof toFakeTransaction>[1][], dropped = 0) => ({
  event: 'transactions' as const,
  payload: { watch: 'cli', items: items.map((change, n) => toFakeTransaction(n + 1, change)), dropped },
});
const toBefore = (lines: readonly WatchLine[]) => lines.map((line) => (line.kind === 'note' ? line.text : line.before));

describe('the tally of a bus watch', () => {
  it('shows a transaction beside the last answer to the same request', () => {
    const tally = new WatchTally(null);
    const lines = tally.take(toNews([{ received: 'AA' }, { received: 'BB', address: 12 }, { received: 'CC' }]));
    expect(toBefore(lines)).toEqual([undefined, undefined, 'AA']);
    expect(tally.shown).toBe(3);
  });

  it('remembers answers only', () => {
    const tally = new WatchTally(null);
    tally.take(toNews([{ received: 'AA' }, { outcome: 'timeout', received: '' }]));
    expect(toBefore(tally.take(toNews([{ received: 'BB' }])))).toEqual(['AA']);
  });

  it('ends after the given number', () => {
    const tally = new WatchTally(2);
    expect(tally.take(toNews([{}]))).toHaveLength(1);
    expect(tally.goesOn).toBe(true);
    expect(tally.take(toNews([{}, {}]))).toHaveLength(1);
    expect([tally.goesOn, tally.shown]).toEqual([false, 2]);
  });

  it('counts what the hub dropped', () => {
    const tally = new WatchTally(null);
    tally.take(toNews([], 3));
    expect(toBefore(tally.take(toNews([{}], 4)))).toEqual([
      '4 transactions were dropped: there is more traffic than can be shown',
      undefined,
    ]);
    expect(tally.dropped).toBe(7);
  });

  it('ends where the hub refuses the watch, and reports an end', () => {
    const tally = new WatchTally(null);
    const take = (change: Partial<Watching>) => tally.take({ event: 'watching', payload: { ...watching, ...change } });
    expect(take({})).toEqual([]);
    expect(toBefore(take({ load: 0.25 }))).toEqual(['read five times a second: 25.0 % of the bus line']);
    expect(toBefore(take({ state: 'ended', why: 'two minutes are over' }))).toEqual(['the watch has ended: two minutes are over']);
    expect(tally.goesOn).toBe(true);
    expect(take({ state: 'refused', why: 'no bus attic' })).toEqual([]);
    expect([tally.goesOn, tally.refused]).toEqual([false, 'no bus attic']);
  });
});
