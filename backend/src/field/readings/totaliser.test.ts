import { saying } from '@phloem/protocol/testing';
import { millis } from '@phloem/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepTotal, toCounted, toCounterFacts, toGain, toTotalReading, type Counted } from './totaliser.ts';

const second = 1000;
const seed = 20_261_130;

describe('a counter that goes back', () => {
  const known = { wrapsAt: 65_536, maxWithin: (ms: number) => ms / 10 };
  const unknown = { wrapsAt: 65_536, maxWithin: null };

  it.each([
    ['goes on', 100, 150, 1000, known, 50],
    ['wraps', 65_530, 4, 1000, known, 10],
    ['wraps after a long time', 30_000, 29_999, 6_553_500, known, 65_535],
    ['restarts where a wrap would be too fast', 60_000, 4, 1000, known, 4],
    ['wraps by the share of its way where no rate is known', 60_000, 100, 1000, unknown, 5636],
    ['restarts where it had a long way to go', 30_000, 100, 1000, unknown, 100],
    ['restarts, where it never wraps', 30_000, 100, 1000, { wrapsAt: null, maxWithin: null }, 100],
  ])('[RE7] %s', (_what, from, to, passed, facts, gain) => {
    expect(toGain(from, to, passed, facts).gain).toBe(gain);
  });

  it('[RE7] is not counted where it leaps faster than it can, and says so', () => {
    expect(toGain(100, 5000, 1000, known)).toEqual({
      gain: 0,
      why: saying('the counter went from 100 to 5000, faster than maxRate: these counts are left out'),
    });
  });

  it('[RE7] says what it cannot know: counts before a restart, more than one wrap', () => {
    expect(toGain(60_000, 4, 1000, known)).toMatchObject({ why: saying('the counter restarted: 4 after 60000', 'part') });
    expect(toGain(10, 20, 700_000, known)).toMatchObject({ why: saying('may have wrapped more than once', 'part') });
    expect(toGain(65_530, 4, 1000, known).why).toBeNull();
  });
});

/** What may happen to a counter between two readings. */
type Happening =
  | { readonly kind: 'count'; readonly share: number }
  | { readonly kind: 'restart'; readonly share: number }
  | { readonly kind: 'unread'; readonly share: number }
  | { readonly kind: 'hub-restart'; readonly share: number; readonly awayShare: number };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('count' as const), share }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), share }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unread' as const), share }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hub-restart' as const), share, awayShare: share }) },
);

describe('a total', () => {
  it('[RE7] is what was counted, whatever increments, wraps, restarts and starts of the hub come', () => {
    const types = fc.constantFrom(
      { type: 'u16' as const, wrapsAt: 65_536, rate: 40 },
      { type: 'u32' as const, wrapsAt: 4_294_967_296, rate: 2_000_000 },
      { type: 'bcd16' as const, wrapsAt: 10_000, rate: 7 },
    );
    const scales = fc.constantFrom(1, 0.1, 0.01, 0.001, 10);
    const run = (
      { type, wrapsAt, rate }: { type: 'u16' | 'u32' | 'bcd16'; wrapsAt: number; rate: number },
      scale: number,
      start: number,
      days: readonly Happening[],
    ) => {
      const intervalMs = millis(second);
      const facts = toCounterFacts({ intervalMs, totalise: { wrapsAt, maxRate: { change: rate * scale, perMs: millis(second) } } }, scale);
      if (facts === null || facts.maxWithin === null) throw new Error('no facts');
      let counter = Math.floor(start * wrapsAt);
      let truth = counter;
      let now = 0;
      let wall = 1_700_000_000_000;
      let seenAt = 0;
      let seenWall = wall;
      let seenCounter = counter;
      let counted: Counted = stepTotal(null, counter, now, facts).counted;
      for (const day of days) {
        const awayMs = day.kind === 'hub-restart' ? Math.floor(day.awayShare * (wrapsAt / rate / 2) * second) : second;
        const gained = Math.floor(day.share * rate * (awayMs / second));
        now += awayMs;
        wall += awayMs;
        const most = facts.maxWithin(now - seenAt);
        // A restart can be recognised only where a wrap would have been too fast; nobody can know better.
        if (day.kind === 'restart' && wrapsAt - seenCounter + gained > most && gained < seenCounter && seenCounter === counter) {
          counter = gained;
        } else counter = (counter + gained) % wrapsAt;
        truth += gained;
        if (day.kind === 'unread') continue;
        if (day.kind === 'hub-restart') {
          const { v } = toTotalReading(counted, { scale }, { q: 'good' });
          now = 5;
          const stored = { v: Number(v), counter: counted.counter, at: seenWall };
          counted = toCounted(stored, { scale, type }, { now, at: wall });
        }
        counted = stepTotal(counted, counter, now, facts).counted;
        seenAt = now;
        seenWall = wall;
        seenCounter = counter;
      }
      // What nobody has read yet is not counted yet.
      counted = stepTotal(counted, counter, now, facts).counted;
      return { truth, counted, v: toTotalReading(counted, { scale }, { q: 'good' }).v, scale };
    };
    fc.assert(
      fc.property(types, scales, share, fc.array(happening, { maxLength: 12 }), (type, scale, start, days) => {
        const { truth, counted, v } = run(type, scale, Math.min(start, 0.999), days);
        if (counted.count !== truth || v !== Number((truth * scale).toPrecision(15))) throw new Error(`${counted.count} is not ${truth}`);
      }),
      { seed, numRuns: 100_000 },
    );
  });
});
