import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRuns } from '../testing/cases.ts';
import { createLeadLag, type LeadLagInput, type LeadLagParams, type LeadLagState } from './lead-lag.ts';
import { unknown, type Maybe } from './node.ts';

const minute = 60_000;
const base: LeadLagParams = {
  devices: ['a', 'b', 'c'],
  by: 'hours',
  swapAfterMs: Infinity,
  betweenMs: 0,
  withinMs: 30_000,
  retryMs: 15 * minute,
  maxGapMs: minute,
};
type World = {
  readonly broken?: readonly string[];
  readonly hand?: Readonly<Record<string, boolean>>;
  readonly barred?: readonly string[];
};

/** Devices that run as they are chosen, unless the world has it otherwise. */
const start = (params: Partial<LeadLagParams> = {}) => {
  const all = { ...base, ...params };
  const node = createLeadLag(all);
  let state: LeadLagState = node.init();
  let up = 0;
  let running = all.devices.map(() => false);
  let chosen: readonly boolean[] = running;
  const step = (needed: Maybe<number>, { broken = [], hand = {}, barred = [] }: World, stepMs: number): void => {
    up += stepMs;
    running = all.devices.map((id, i) => hand[id] ?? (chosen[i] === true && !broken.includes(id)));
    const input: LeadLagInput = {
      needed,
      devices: all.devices.map((id, i) => ({ isRunning: running[i] ?? false, hand: hand[id] ?? null, isBarred: barred.includes(id) })),
    };
    const [next, out] = node.step(state, input, { at: 0, up });
    state = JSON.parse(JSON.stringify(next)) as LeadLagState;
    chosen = out.chosen;
  };
  return {
    run: (minutes: number, needed: Maybe<number>, world: World = {}) => {
      for (let i = 0; i < minutes * 6; i++) step(needed, world, 10_000);
      return all.devices.filter((_, i) => chosen[i] === true).join('');
    },
    step,
    get chosen() {
      return chosen;
    },
    get units() {
      return state.units;
    },
  };
};

describe('devices that take turns', () => {
  it('start with the first, and next with the one that has run least', () => {
    const turns = start();
    expect(['0', '1', '0', '1', '0', '1', '0', '1'].map((needed) => turns.run(10, Number(needed)))).toEqual([
      '',
      'a',
      '',
      'b',
      '',
      'c',
      '',
      'a',
    ]);
  });

  it('by starts, take turns however long each ran', () => {
    const turns = start({ by: 'starts' });
    expect(turns.run(1, 1)).toBe('a');
    turns.run(1, 0);
    expect(turns.run(500, 1)).toBe('b');
    turns.run(1, 0);
    expect(turns.run(1, 1)).toBe('c');
    turns.run(1, 0);
    expect(turns.run(1, 1)).toBe('a');
  });

  it('who runs goes on when more are needed, and who ran most stops first', () => {
    const turns = start();
    expect(turns.run(60, 1)).toBe('a');
    expect(turns.run(60, 2)).toBe('ab');
    expect(turns.run(60, 3)).toBe('abc');
    expect(turns.run(10, 2)).toBe('bc');
    expect(turns.run(10, 1)).toBe('c');
  });

  it('share the hours evenly when one hands over after a while', () => {
    const turns = start({ swapAfterMs: 60 * minute });
    turns.run(9 * 60, 1);
    const hours = Object.values(turns.units).map(({ runMs }) => runMs / 3_600_000);
    expect(Math.max(...hours) - Math.min(...hours)).toBeLessThan(1.1);
    expect(hours.reduce((sum, each) => sum + each, 0)).toBeCloseTo(9, 0);
  });

  it('start one after the other where a pause is asked for', () => {
    const turns = start({ betweenMs: 2 * minute });
    expect([turns.run(1, 3), turns.run(2, 3), turns.run(2, 3)]).toEqual(['a', 'ab', 'abc']);
  });

  it('one that does not run is replaced, and tried again after a while', () => {
    const turns = start();
    expect(turns.run(0.5, 1, { broken: ['a'] })).toBe('a');
    expect(turns.run(2, 1, { broken: ['a'] })).toBe('b');
    turns.run(60, 1);
    expect(turns.run(1, 2)).toBe('ab');
  });

  it('one that stops by itself is replaced too', () => {
    const turns = start();
    expect(turns.run(10, 1)).toBe('a');
    expect(turns.run(2, 1, { broken: ['a'] })).toBe('b');
    expect(turns.run(60, 1)).toBe('b');
  });

  it('an override counts: on as one of those needed, off as one that cannot', () => {
    expect(start().run(5, 2, { hand: { c: true } })).toBe('a');
    expect(start().run(5, 1, { hand: { a: false } })).toBe('b');
  });

  it('one that is barred is passed over, and none are chosen where none can', () => {
    expect(start().run(5, 2, { barred: ['a'] })).toBe('bc');
    expect(start().run(5, 2, { barred: ['a', 'b', 'c'] })).toBe('');
  });

  it('while it is unknown how many are needed, it stays as it was, and a stand-in still stands in', () => {
    const turns = start();
    turns.run(5, 2);
    expect(turns.run(5, unknown)).toBe('ab');
    expect(turns.run(5, unknown, { broken: ['a'] })).toBe('bc');
  });

  it('what runs when the rule is new goes on', () => {
    const node = createLeadLag(base);
    const devices = ['a', 'b', 'c'].map((id) => ({ isRunning: id === 'c', hand: null, isBarred: false }));
    expect(node.step(node.init(), { needed: 1, devices }, { at: 0, up: 1000 })[1].chosen).toEqual([false, false, true]);
  });

  it('a half is one more, and less than none is none', () => {
    expect(start().run(1, 1.2)).toBe('ab');
    expect(start().run(1, 2.000_000_000_000_1)).toBe('ab');
    expect(start().run(1, -3)).toBe('');
  });

  it('whatever happens: never more than needed, never one that cannot, as many as there can be', () => {
    const world = fc.record({
      needed: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant(unknown)),
      broken: fc.subarray(['a', 'b', 'c']),
      barred: fc.subarray(['a', 'b', 'c']),
      hand: fc.constantFrom<Readonly<Record<string, boolean>>>({}, { a: true }, { b: false }, { a: false, c: true }),
      waitMs: fc.constantFrom(1000, 10_000, 31_000, 1_000_000),
    });
    fc.assert(
      fc.property(fc.array(world, { maxLength: 25 }), fc.constantFrom<'hours' | 'starts'>('hours', 'starts'), (worlds, by) => {
        const turns = start({ by, swapAfterMs: 20 * minute });
        let needed = 0;
        for (const { needed: now, broken, barred, hand, waitMs } of worlds) {
          if (now !== unknown) needed = now;
          turns.step(now, { broken, barred, hand }, waitMs);
          const byHand = Object.values(hand).filter(Boolean).length;
          const out = (id: string): boolean => barred.includes(id) || Object.hasOwn(hand, id) || turns.units[id]?.outUntilUp !== null;
          const able = base.devices.filter((id) => !out(id)).length;
          const count = turns.chosen.filter(Boolean).length;
          if (count !== Math.min(able, Math.max(0, needed - byHand))) throw new Error(`${count} of ${able} for ${needed} less ${byHand}`);
          if (base.devices.some((id, i) => turns.chosen[i] === true && out(id))) throw new Error('one that cannot');
        }
      }),
      toRuns('lead-lag: turns', 13),
    );
  }, 600_000);
});
