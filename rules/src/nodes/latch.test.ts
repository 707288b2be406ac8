import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLatch, type LatchInput, type LatchParams } from './latch.ts';
import { isUnknown, unknown } from './node.ts';
import { replay } from './replay.ts';

const run = (dominant: LatchParams['dominant'], inputs: readonly LatchInput[], actual = false) =>
  replay(
    createLatch({ dominant }),
    inputs.map((input, up) => ({ input, time: { at: up, up } })),
    { actual },
  );
const one = (dominant: LatchParams['dominant'], actual: boolean, set: LatchInput['set'], reset: LatchInput['reset']) =>
  run(dominant, [{ set, reset }], actual)[0];

describe('latch', () => {
  it('holds what was set until it is reset', () => {
    const inputs = [
      { set: false, reset: false },
      { set: true, reset: false },
      { set: false, reset: false },
      { set: false, reset: true },
      { set: false, reset: false },
    ];
    expect(run('set', inputs).map(({ value }) => value)).toEqual([false, true, true, false, false]);
  });

  it('when both are true, the dominant one wins', () => {
    expect(one('set', false, true, true)?.value).toBe(true);
    expect(one('reset', true, true, true)?.value).toBe(false);
  });

  it.each([
    ['set', false, unknown, false, unknown],
    ['set', true, unknown, false, true],
    ['set', true, false, unknown, unknown],
    ['set', true, true, unknown, true],
    ['set', false, false, unknown, false],
    ['reset', true, unknown, true, false],
    ['reset', true, true, unknown, unknown],
    ['set', true, unknown, unknown, unknown],
  ] as const)('%s first, holding %s, told %s and %s, answers %s, and holds on to what it was', (dominant, actual, set, reset, value) => {
    const out = one(dominant, actual, set, reset);
    expect(out?.value).toBe(value);
    expect(out?.isSet).toBe(isUnknown(value) ? actual : value);
  });

  it('is never released but by a reset, and the same after a restart at any point', () => {
    const level = fc.constantFrom(false, true, unknown);
    fc.assert(
      fc.property(fc.array(fc.record({ set: level, reset: level })), fc.nat(4), (inputs, nth) => {
        const outs = run('set', inputs);
        const isReleased = outs.map(({ isSet }, index) => outs[index - 1]?.isSet === true && !isSet);
        expect(isReleased.every((released, index) => !released || inputs[index]?.reset === true)).toBe(true);
        const steps = inputs.map((input, up) => ({ input, time: { at: up, up } }));
        expect(replay(createLatch({ dominant: 'set' }), steps, { isSaved: (index) => index % (nth + 1) === 0 })).toEqual(outs);
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });
});
