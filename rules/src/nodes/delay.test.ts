import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDelay } from './delay.ts';
import { unknown, type Maybe } from './node.ts';
import { replay, type Recorded } from './replay.ts';

const at = (seconds: number, input: Maybe<boolean | number>): Recorded<Maybe<boolean | number>> => ({
  input,
  time: { at: 0, up: seconds * 1000 },
});
const values = (byMs: number, steps: readonly Recorded<Maybe<boolean | number>>[], actual?: number) =>
  replay(createDelay({ byMs }), steps, actual === undefined ? {} : { actual }).map(({ value }) => value);

describe('delay', () => {
  it('answers what was, once that is known', () => {
    const steps = [10, 20, 30, 40, 50].map((value, index) => at(index, value));
    expect(values(2000, steps)).toEqual([unknown, unknown, 10, 20, 30]);
    expect(values(2000, steps, 7)).toEqual([7, 7, 10, 20, 30]);
  });

  it('of nothing is the answer of the step before, as feedback needs it', () => {
    expect(values(0, [at(0, 1), at(0, 2), at(1, 3), at(2, 3)])).toEqual([unknown, 1, 2, 3]);
  });

  it('delays not knowing too, and never answers with a value from before', () => {
    expect(values(1000, [at(0, 1), at(1, unknown), at(2, 2), at(3, Number.NaN), at(4, 2)])).toEqual([unknown, 1, unknown, 2, unknown]);
  });

  it('keeps its line short, however fast the input changes, and is late by a 256th at most', () => {
    const node = createDelay({ byMs: 600_000 });
    let state = node.init();
    let late = 0;
    for (let ms = 0; ms <= 1_200_000; ms += 100) {
      const [next, { value }] = node.step(state, ms, { at: 0, up: ms });
      state = next;
      if (typeof value === 'number') late = Math.max(late, ms - value - 600_000);
    }
    expect(state.line.length).toBeLessThan(260);
    expect(late).toBeLessThanOrEqual(600_000 / 256 + 100);
    expect(late).toBeGreaterThan(0);
  });

  it('refuses a delay that is none', () => {
    for (const byMs of [-1, Number.NaN, Infinity]) expect(() => createDelay({ byMs })).toThrow(RangeError);
  });

  it('is never early: it answers what held that long ago or longer, and the same after a restart at any point', () => {
    const move = fc.tuple(fc.nat(4), fc.constantFrom<Maybe<number>>(unknown, 0, 1, 2, 3));
    fc.assert(
      fc.property(fc.array(move), fc.integer({ min: 1, max: 9 }), fc.nat(4), (moves, bySeconds, nth) => {
        let seconds = 0;
        const steps = moves.map(([wait, value]) => at((seconds += wait + 1), value));
        const outs = values(bySeconds * 1000, steps);
        const slotMs = (bySeconds * 1000) / 256;
        for (const [index, step] of steps.entries()) {
          const before = steps.filter(({ time }) => Math.ceil(time.up / slotMs) * slotMs <= step.time.up - bySeconds * 1000);
          expect(outs[index]).toBe(before.at(-1)?.input ?? unknown);
        }
        const restarted = replay(createDelay({ byMs: bySeconds * 1000 }), steps, { isSaved: (index) => index % (nth + 1) === 0 });
        expect(restarted.map(({ value }) => value)).toEqual(outs);
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });
});
