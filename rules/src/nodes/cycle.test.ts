import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCycle } from './cycle.ts';
import { unknown, type Maybe } from './node.ts';
import { replay, type Recorded } from './replay.ts';

const SECOND = 1000;
const cycle = createCycle({ onMs: 10 * SECOND, offMs: 8 * 60 * SECOND });
const at = (seconds: number, input: Maybe<boolean> = true): Recorded<Maybe<boolean>> => ({ input, time: { at: 0, up: seconds * SECOND } });
const valuesOf = (recorded: readonly Recorded<Maybe<boolean>>[], isSaved = false) =>
  replay(cycle, recorded, { isSaved: () => isSaved }).map(({ value }) => value);

describe('cycle', () => {
  it('[SC8] is on for 10 s and off for 8 min, from the moment its condition holds', () => {
    const seconds = [100, 109, 110, 589, 590, 599, 600, 1080];
    expect(valuesOf(seconds.map((second) => at(second)))).toEqual([true, true, false, false, true, true, false, true]);
  });

  it('[SC8] ends at once with its condition, and starts again with being on', () => {
    expect(valuesOf([at(0), at(5, false), at(20), at(29), at(30)])).toEqual([true, false, true, true, false]);
  });

  it('is unknown while its condition is, and keeps its time', () => {
    expect(valuesOf([at(0), at(4, unknown), at(12), at(490)])).toEqual([true, unknown, false, true]);
  });

  it('[SC8] goes on where it was after its state was saved and restored', () => {
    const seconds = Array.from({ length: 1200 }, (_, second) => at(second));
    expect(valuesOf(seconds, true)).toEqual(valuesOf(seconds));
  });

  it('takes no notice of the wall clock', () => {
    const moved = [0, 9, 10].map((second) => ({ input: true, time: { at: 1e12 - second * 1e9, up: second * SECOND } }));
    expect(valuesOf(moved)).toEqual([true, true, false]);
  });

  it('[SC8] is on for its share of any number of whole cycles, whatever its lengths', () => {
    const length = fc.integer({ min: 1, max: 600 });
    fc.assert(
      fc.property(length, length, fc.integer({ min: 1, max: 5 }), fc.nat(1e6), (on, off, cycles, start) => {
        const node = createCycle({ onMs: on * SECOND, offMs: off * SECOND });
        let state = node.init();
        let onFor = 0;
        for (let second = 0; second < cycles * (on + off); second += 1) {
          const [next, { value }] = node.step(state, true, { at: 0, up: (start + second) * SECOND });
          state = next;
          if (value === true) onFor += 1;
        }
        return onFor === cycles * on;
      }),
      { seed: 20261130, numRuns: 300 },
    );
  });

  it('refuses lengths that are none', () => {
    expect(() => createCycle({ onMs: 0, offMs: 1 })).toThrow(RangeError);
    expect(() => createCycle({ onMs: 1, offMs: Number.NaN })).toThrow(RangeError);
  });
});
