import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRuns } from '../testing/cases.ts';
import { isUnknown, unknown, type Maybe } from './node.ts';
import { createPace, type PaceState } from './pace.ts';

const run = (node: ReturnType<typeof createPace>, steps: readonly (readonly [up: number, value: Maybe<number>])[]) => {
  let state: PaceState = node.init();
  return steps.map(([up, value]) => {
    const [next, out] = node.step(state, value, { at: 0, up });
    state = JSON.parse(JSON.stringify(next)) as PaceState;
    return out.value;
  });
};
const changes = (values: readonly Maybe<number>[]): number => values.filter((value, i) => i > 0 && value !== values[i - 1]).length;

describe('a paced number', () => {
  it('of a ramp of half an hour is requested a hundred times, not 1,800', () => {
    const ramp = Array.from({ length: 1801 }, (_, s) => [s * 1000, (s / 1800) * 100] as const);
    const out = run(createPace({ resolution: 1, everyMs: 0 }), ramp);
    expect(changes(out)).toBe(100);
    expect(out.at(-1)).toBe(100);
    expect(changes(run(createPace({ resolution: 1, everyMs: 60_000 }), ramp))).toBeLessThanOrEqual(31);
    expect(changes(run(createPace({ resolution: 5, everyMs: 0 }), ramp))).toBe(20);
  });

  it('is not switched to and fro by noise between two steps', () => {
    const noise = Array.from({ length: 600 }, (_, s) => [s * 1000, 47.5 + (s % 2 === 0 ? 0.4 : -0.4)] as const);
    expect(changes(run(createPace({ resolution: 5, everyMs: 0 }), noise))).toBe(0);
  });

  it('begins, ends and stops at once, whatever its interval', () => {
    const out = run(createPace({ resolution: 1, everyMs: 600_000 }), [
      [0, unknown],
      [1000, 40],
      [2000, 50],
      [3000, 0],
      [4000, 60],
      [5000, unknown],
      [6000, 70],
    ]);
    expect(out).toEqual([unknown, 40, 40, 0, 60, unknown, 70]);
  });

  it('is always near what was meant, and a multiple of its step', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0.1, 0.5, 1, 5, 10),
        fc.array(fc.tuple(fc.nat(100_000), fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constant(unknown))), {
          maxLength: 30,
        }),
        (resolution, drawn) => {
          let up = 0;
          const steps = drawn.map(([wait, value]) => [(up += wait), value] as const);
          for (const [i, value] of run(createPace({ resolution, everyMs: 0 }), steps).entries()) {
            const meant = steps[i]?.[1] ?? unknown;
            expect(isUnknown(value)).toBe(isUnknown(meant));
            if (isUnknown(value) || isUnknown(meant)) continue;
            const isMultiple = Math.abs(value / resolution - Math.round(value / resolution)) < 1e-6;
            if (!isMultiple || Math.abs(value - meant) > 0.6 * resolution + 1e-9) throw new Error(`${meant} became ${value}`);
          }
        },
      ),
      toRuns('pace: steps', 12),
    );
  }, 600_000);
});
