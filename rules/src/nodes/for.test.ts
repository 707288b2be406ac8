import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRuns } from '../testing/cases.ts';
import { createFor } from './for.ts';
import { isUnknown, unknown, type Maybe } from './node.ts';
import { replay, type Recorded } from './replay.ts';

const params = { onMs: 90_000, offMs: 30_000, maxGapMs: 30_000 };
const node = createFor(params);

type Step = Recorded<Maybe<boolean>>;
const at = (seconds: number, input: Maybe<boolean>): Step => ({ input, time: { at: 1e12 + seconds * 1000, up: seconds * 1000 } });
/** One step every ten seconds. */
const every10s = (...inputs: readonly Maybe<boolean>[]): readonly Step[] => inputs.map((input, index) => at(index * 10, input));
const times = <T>(n: number, value: T): readonly T[] => Array.from({ length: n }, () => value);
const values = (steps: readonly Step[], actual?: boolean) =>
  replay(node, steps, actual === undefined ? {} : { actual }).map(({ value }) => value);

describe('for', () => {
  it('comes on when the input has lasted, and not a step before', () => {
    expect(values(every10s(...times(10, true)))).toEqual([...times(9, false), true]);
  });

  it('goes off when the input has been gone for its time', () => {
    expect(values(every10s(...times(10, true), ...times(4, false))).slice(9)).toEqual([true, true, true, true, false]);
  });

  it('starts again from nothing when the input goes back for one step', () => {
    const steps = every10s(...times(9, true), false, ...times(9, true));
    expect(values(steps).includes(true)).toBe(false);
    expect(replay(node, steps)[9]).toMatchObject({ elapsedMs: 0, needMs: 0 });
  });

  it('lets everything through at once when no time is asked for', () => {
    const at0 = createFor({ onMs: 0, offMs: 0, maxGapMs: 30_000 });
    expect(replay(at0, every10s(true, false, true)).map(({ value }) => value)).toEqual([true, false, true]);
  });

  it('says how far it has come', () => {
    const outs = replay(node, every10s(true, true, true));
    expect(outs.map(({ elapsedMs, needMs }) => [elapsedMs, needMs])).toEqual([
      [0, 90_000],
      [10_000, 90_000],
      [20_000, 90_000],
    ]);
  });

  it('starts from what the device does, and needs its full time to leave it', () => {
    expect(values(every10s(false, false, false, false), true)).toEqual([true, true, true, false]);
  });

  it('stands while blind, and goes on where it stood', () => {
    const outs = replay(node, every10s(...times(6, true), unknown, unknown, true, ...times(3, true)));
    expect(outs.map(({ elapsedMs }) => elapsedMs / 1000).slice(5)).toEqual([50, 60, 60, 60, 70, 80, 0]);
    expect(outs.map(({ value }) => value).slice(5)).toEqual([false, unknown, unknown, false, false, false, true]);
  });

  it('starts again when it was blind for longer than the gap', () => {
    const outs = replay(node, every10s(...times(6, true), ...times(4, unknown), true, true));
    expect(outs.slice(-2).map(({ elapsedMs }) => elapsedMs)).toEqual([0, 10_000]);
  });

  it('starts again when running time jumps by more than the gap, and not by as much as the gap', () => {
    expect(values([at(0, true), at(90, true), at(91, true)])).toEqual([false, false, false]);
    expect(values([at(0, true), at(30, true), at(60, true), at(90, true)])).toEqual([false, false, false, true]);
  });

  it('a timer of half an hour goes on through a restart', () => {
    const long = createFor({ onMs: 1_800_000, offMs: 0, maxGapMs: 30_000 });
    const steps = Array.from({ length: 181 }, (_, index) => at(index * 10, true));
    const outs = replay(long, steps, { isSaved: (index) => index === 90 }).map(({ value }) => value);
    expect(outs.indexOf(true)).toBe(180);
  });

  it('refuses a length of time below nothing', () => {
    expect(() => createFor({ ...params, onMs: -1 })).toThrow(RangeError);
    expect(() => createFor({ ...params, maxGapMs: Number.NaN })).toThrow(RangeError);
  });

  const input = fc.oneof(
    { weight: 5, arbitrary: fc.constant(true) },
    { weight: 2, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(unknown) },
  );
  const journey = fc
    .array(fc.tuple(fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 20 }) }, { weight: 1, arbitrary: fc.nat(60) }), input), {
      maxLength: 60,
    })
    .map((moves) => {
      let seconds = 0;
      return moves.map(([wait, value]) => at((seconds += wait), value));
    });

  /** Looks back from step `now` and adds up the time for which the input was known to be `wanted`, without a gap. */
  const lastedMs = (steps: readonly Step[], now: number, wanted: boolean, from: number): number => {
    let sum = 0;
    let seen = steps[now]?.time.up ?? 0;
    for (let i = now - 1; i >= from; i -= 1) {
      const [here, next] = [steps[i], steps[i + 1]];
      if (here === undefined || next === undefined || here.input === !wanted) break;
      if (isUnknown(here.input)) continue;
      if (seen - here.time.up > params.maxGapMs) break;
      sum += next.time.up - here.time.up;
      seen = here.time.up;
    }
    return sum;
  };

  it('never acts early and never late: it changes exactly when the input is known to have lasted', () => {
    fc.assert(
      fc.property(journey, (steps) => {
        let [isOn, since] = [false, 0];
        for (const [index, value] of values(steps).entries()) {
          const wanted = steps[index]?.input ?? unknown;
          const isDue =
            !isUnknown(wanted) && wanted !== isOn && lastedMs(steps, index, wanted, since) >= (wanted ? params.onMs : params.offMs);
          if (isDue) [isOn, since] = [wanted, index];
          expect(value).toBe(isUnknown(wanted) ? unknown : isOn);
        }
      }),
      toRuns('timer: never early, never late'),
    );
  });

  it('answers the same after a restart at any point', () => {
    fc.assert(
      fc.property(journey, fc.nat(5), (steps, nth) => {
        expect(replay(node, steps, { isSaved: (index) => index % (nth + 1) === 0 })).toEqual(replay(node, steps));
      }),
      toRuns('timer: restarts'),
    );
  });
});
