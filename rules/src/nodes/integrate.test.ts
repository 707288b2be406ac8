import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIntegrate, type IntegrateInput } from './integrate.ts';
import { unknown, type Maybe } from './node.ts';
import { replay, type Recorded } from './replay.ts';

/** A daily light integral, mol/m² from µmol m⁻² s⁻¹. */
const node = createIntegrate({ perSecond: 1e-6, maxGapMs: 60_000 });
const at = (seconds: number, value: Maybe<number>, period = 1): Recorded<IntegrateInput> => ({
  input: { value, period, reset: false },
  time: { at: 0, up: seconds * 1000 },
});
const every30s = (n: number, value: Maybe<number>, from = 0) => Array.from({ length: n + 1 }, (_, index) => at(from + index * 30, value));

describe('integrate', () => {
  it('twelve hours of 800 µmol m⁻² s⁻¹ are 34.56 mol/m²', () => {
    expect(replay(node, every30s(1440, 800)).at(-1)?.value).toBeCloseTo(34.56, 9);
  });

  it('starts from 0 at each reset, and remembers the period before', () => {
    const out = replay(node, [...every30s(1440, 800), at(43_230, 0, 2), at(43_260, 500, 2), at(43_290, 500, 2)]).at(-1);
    expect(out?.value).toBeCloseTo(0.015, 12);
    expect(out?.last?.total).toBeCloseTo(34.584, 9);
  });

  it('adds nothing while blind, and counts for how long', () => {
    const out = replay(node, [at(0, 1000), at(30, unknown), at(60, unknown), at(90, 1000), at(120, 1000)]).at(-1);
    expect(out?.value).toBeCloseTo(0.06, 12);
    expect(out?.unknownMs).toBe(60_000);
  });

  it('does not invent light for a gap', () => {
    const out = replay(node, [at(0, 1000), at(61, 1000), at(91, 1000)]).at(-1);
    expect(out?.value).toBeCloseTo(0.03, 12);
    expect(out?.unknownMs).toBe(61_000);
  });

  it('takes nothing away when running time begins again', () => {
    const out = replay(node, [at(100, 1000), at(130, 1000), at(0, 1000), at(30, 1000)]).at(-1);
    expect(out?.value).toBeCloseTo(0.06, 12);
  });

  it('is unknown while nothing was known yet, and never 0 instead', () => {
    expect(replay(node, [at(0, unknown), at(30, unknown), at(60, 100)]).map(({ value }) => value)).toEqual([unknown, unknown, 0]);
    expect(replay(node, [at(0, 5), at(30, unknown, 2), at(60, unknown, 2)]).at(-1)?.value).toBe(unknown);
    expect(replay(node, [at(0, Number.NaN)]).at(-1)?.value).toBe(unknown);
  });

  it('accounts for all of the time, never falls within a period, and is the same after a restart at any point', () => {
    const move = fc.tuple(fc.nat(80), fc.constantFrom<Maybe<number>>(unknown, 0, 100, 800), fc.constantFrom(0, 0, 0, 0, 1));
    fc.assert(
      fc.property(fc.array(move, { minLength: 1 }), fc.nat(4), (moves, nth) => {
        let [seconds, period] = [0, 0];
        const steps = moves.map(([wait, value, reset]) => at((seconds += wait), value, (period += reset)));
        let state = node.init();
        for (const { input, time } of steps) {
          const [next] = node.step(state, input, time);
          expect(next.period !== state.period || next.total >= state.total).toBe(true);
          state = next;
        }
        const sinceReset = steps.findIndex(({ input }) => input.period === period);
        expect(state.knownMs + state.unknownMs).toBe(seconds * 1000 - (steps[sinceReset]?.time.up ?? 0));
        expect(replay(node, steps, { isSaved: (index) => index % (nth + 1) === 0 })).toEqual(replay(node, steps));
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });
});
