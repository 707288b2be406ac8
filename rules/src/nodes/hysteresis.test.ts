import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRuns } from '../testing/cases.ts';
import { createHysteresis, type HysteresisInput } from './hysteresis.ts';
import { isUnknown, unknown, type Maybe } from './node.ts';
import { replay } from './replay.ts';

const node = createHysteresis();

/** Cooling: on above 26, off below 24. */
const band = (temperature: Maybe<number>): HysteresisInput =>
  isUnknown(temperature) ? { on: unknown, off: unknown } : { on: temperature > 26, off: temperature < 24 };
const steps = (temperatures: readonly Maybe<number>[]) => temperatures.map((t, up) => ({ input: band(t), time: { at: up, up } }));
const run = (temperatures: readonly Maybe<number>[], actual?: boolean | number) =>
  replay(node, steps(temperatures), actual === undefined ? {} : { actual }).map(({ value }) => value);

describe('hysteresis', () => {
  it('goes on above, stays on in between, goes off below, stays off in between', () => {
    expect(run([25, 26.1, 25, 24, 23.9, 25, 26])).toEqual([false, true, true, true, false, false, false]);
  });

  it('starts from what the device does', () => {
    expect(run([25], true)).toEqual([true]);
    expect(run([25], 40)).toEqual([true]);
    expect(run([25], 0)).toEqual([false]);
    expect(run([25])).toEqual([false]);
  });

  it('knows no answer while blind, and afterwards still what it was', () => {
    expect(run([27, unknown, 25, 23, unknown, 25])).toEqual([true, unknown, true, false, unknown, false]);
  });

  it('is blind when one of the two conditions is', () => {
    expect(isUnknown(node.step(node.init(true), { on: true, off: unknown }, { at: 0, up: 0 })[1].value)).toBe(true);
    expect(isUnknown(node.step(node.init(true), { on: unknown, off: false }, { at: 0, up: 0 })[1].value)).toBe(true);
  });

  it('changes nothing when on and off hold at once', () => {
    for (const isOn of [true, false]) {
      expect(node.step(node.init(isOn), { on: true, off: true }, { at: 0, up: 0 })[1].value).toBe(isOn);
    }
  });

  const temperature = fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: 20, max: 30, noNaN: true }) },
    { weight: 1, arbitrary: fc.constant(unknown) },
  );

  it('never switches inside its band, whatever the noise', () => {
    const noise = fc.array(fc.oneof(fc.double({ min: 24, max: 26, noNaN: true }), fc.constant(unknown)));
    fc.assert(
      fc.property(fc.boolean(), noise, (actual, temperatures) => {
        const known = run(temperatures, actual).filter((value) => !isUnknown(value));
        expect(known.every((value) => value === actual)).toBe(true);
      }),
      toRuns('hysteresis: noise'),
    );
  });

  it('is on above, off below, unknown exactly while blind, and the same after a restart at any point', () => {
    fc.assert(
      fc.property(fc.array(temperature), fc.nat(), (temperatures, cut) => {
        const outputs = run(temperatures);
        for (const [index, t] of temperatures.entries()) {
          const isRight = isUnknown(t)
            ? outputs[index] === unknown
            : t > 26
              ? outputs[index] === true
              : t < 24
                ? outputs[index] === false
                : true;
          expect(isRight).toBe(true);
        }
        expect(replay(node, steps(temperatures), { isSaved: (i) => i % (cut + 1) === 0 }).map(({ value }) => value)).toEqual(outputs);
      }),
      toRuns('hysteresis: switches'),
    );
  });
});
