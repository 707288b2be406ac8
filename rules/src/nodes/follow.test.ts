import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRuns } from '../testing/cases.ts';
import { createFollow, type FollowInput, type FollowState } from './follow.ts';
import { isUnknown, unknown } from './node.ts';

const run = (node: ReturnType<typeof createFollow>, steps: readonly (readonly [up: number, input: FollowInput])[]) => {
  let state: FollowState = node.init();
  return steps.map(([up, input]) => {
    const [next, out] = node.step(state, input, { at: 0, up });
    state = JSON.parse(JSON.stringify(next)) as FollowState;
    return out;
  });
};
const value = createFollow({ tolerance: 1, graceMs: 10_000, periodMs: null });
const pulses = createFollow({ tolerance: 10, graceMs: 0, periodMs: 300_000 });

describe('what a device makes of a request', () => {
  it('is the request, within what its registers resolve', () => {
    expect(run(value, [[0, { share: 40, asked: 40, got: 40.4 }]])).toEqual([{ value: 40.4, isAsAsked: true }]);
  });

  it('is the request while it is on its way, and then what the device has, whatever is asked meanwhile', () => {
    const out = run(
      value,
      [0, 4, 8, 12, 16].map((s) => [s * 1000, { share: 40 + s, asked: 40 + s, got: 0 }]),
    );
    expect(out.map(({ isAsAsked }) => isAsAsked)).toEqual([true, true, true, false, false]);
    expect(out.at(-1)?.value).toBe(0);
  });

  it('is unknown where nobody says, and where nothing is asked what it has', () => {
    expect(
      run(value, [
        [0, { share: 40, asked: 40, got: unknown }],
        [1000, { share: unknown, asked: unknown, got: 20 }],
      ]),
    ).toEqual([
      { value: unknown, isAsAsked: false },
      { value: 20, isAsAsked: false },
    ]);
  });

  it('of a pulsed switch: is the share that its pulses come to', () => {
    const steps = (got: (s: number) => boolean) =>
      Array.from({ length: 1800 }, (_, s) => [s * 1000, { share: 40, asked: s % 300 < 120, got: got(s) }] as const);
    const late = run(
      pulses,
      steps((s) => s >= 20 && (s - 20) % 300 < 120),
    );
    expect(late.slice(300).every(({ isAsAsked }) => isAsAsked)).toBe(true);
    const off = run(
      pulses,
      steps(() => false),
    ).at(-1);
    expect(off?.isAsAsked).toBe(false);
    expect(off?.value).toBeLessThan(25);
    const on = run(
      pulses,
      steps(() => true),
    ).at(-1);
    expect(on?.value).toBeGreaterThan(75);
  });

  it('is always a share, or unknown, and survives being saved', () => {
    const share = fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constant(unknown));
    const got = fc.oneof(share, fc.boolean());
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(400_000), share, got, got), { maxLength: 20 }),
        fc.constantFrom(value, pulses),
        (drawn, node) => {
          let up = 0;
          const steps = drawn.map(([wait, meant, asked, has]) => [(up += wait), { share: meant, asked, got: has }] as const);
          for (const out of run(node, steps)) {
            expect(isUnknown(out.value) ? !out.isAsAsked : out.value >= 0 && out.value <= 100).toBe(true);
          }
        },
      ),
      toRuns('follow: shares', 11),
    );
  }, 600_000);
});
