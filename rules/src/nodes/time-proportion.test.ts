import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unknown, type Maybe } from './node.ts';
import { replay, type Recorded } from './replay.ts';
import { createTimeProportion } from './time-proportion.ts';

/** The heater of the flower room: ten minutes, pulses of a minute or more. */
const heater = { periodMs: 600_000, minPulseMs: 60_000, phaseMs: 0, maxGapMs: 30_000 };
const node = createTimeProportion(heater);
const STEP = 5;

const at = (seconds: number, input: Maybe<number>): Recorded<Maybe<number>> => ({ input, time: { at: 0, up: seconds * 1000 } });
const during = (seconds: number, duty: (seconds: number) => Maybe<number>, from = 0) =>
  Array.from({ length: Math.ceil(seconds / STEP) }, (_, index) => at(from + index * STEP, duty(from + index * STEP)));

/** From when to when it was on, in seconds, and whether it ended. */
const pulses = (steps: readonly Recorded<Maybe<number>>[], actual = false, using = node) => {
  const found: { from: number; to: number; hasEnded: boolean }[] = [];
  for (const [index, { value }] of replay(using, steps, { actual }).entries()) {
    const seconds = (steps[index]?.time.up ?? 0) / 1000;
    const last = found.at(-1);
    if (last !== undefined && !last.hasEnded) {
      last.to = seconds;
      last.hasEnded = value !== true;
    } else if (value === true) found.push({ from: seconds, to: seconds, hasEnded: false });
  }
  return found;
};
const spans = (steps: readonly Recorded<Maybe<number>>[], actual = false) => pulses(steps, actual).map(({ from, to }) => [from, to]);

describe('timeProportion', () => {
  it('is on for its share of each window, from the start of the window', () => {
    expect(spans(during(1800, () => 30))).toEqual([
      [0, 180],
      [600, 780],
      [1200, 1380],
    ]);
    expect(spans(during(1800, () => 0))).toEqual([]);
    expect(spans(during(1800, () => 100))).toEqual([[0, 1795]]);
  });

  it('anchors its windows in running time, shifted by the phase', () => {
    const shifted = createTimeProportion({ ...heater, phaseMs: 200_000 });
    const found = pulses(
      during(2400, () => 50),
      false,
      shifted,
    ).map(({ from, to }) => [from, to]);
    expect(found.slice(1)).toEqual([
      [200, 500],
      [800, 1100],
      [1400, 1700],
      [2000, 2300],
    ]);
  });

  it('carries what is too short for a pulse: 5 % is a minute in every second window, and no heat is lost', () => {
    const found = spans(during(60_000, () => 5));
    expect(found.length).toBe(50);
    expect(found.slice(0, 2)).toEqual([
      [600, 660],
      [1800, 1860],
    ]);
  });

  it('leaves no pause that is too short either', () => {
    const found = pulses(during(60_000, () => 95));
    const gaps = found.slice(1).map(({ from }, index) => from - (found[index]?.to ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(60);
    expect(gaps.length).toBeGreaterThan(30);
  });

  it('a duty that changes inside a window makes the pulse longer or shorter, and never starts another', () => {
    expect(spans(during(600, (s) => (s < 100 ? 30 : 50)))).toEqual([[0, 280]]);
    expect(spans(during(600, (s) => (s < 100 ? 50 : 20)))).toEqual([[0, 150]]);
    expect(spans(during(600, (s) => (s < 100 ? 50 : 0)))).toEqual([[0, 100]]);
    expect(spans(during(600, (s) => (s < 300 ? 20 : 100)))).toEqual([[0, 120]]);
  });

  it('gives in the next window what came too late for this one', () => {
    expect(spans(during(1800, (s) => (s >= 300 && s < 600 ? 40 : 20)))).toEqual([
      [0, 120],
      [600, 780],
      [1200, 1320],
    ]);
  });

  it('keeps a pulse for its shortest time even when the duty is gone', () => {
    expect(spans(during(1200, (s) => (s < 10 ? 50 : 0)))).toEqual([[0, 60]]);
  });

  it('owes nothing to a window that asks for nothing: no heat while it cools', () => {
    expect(spans(during(3600, (s) => (s < 590 ? 9 : 0)))).toEqual([]);
    expect(spans(during(3600, (s) => (s < 590 ? 9 : s < 1800 ? 0 : 9)))).toEqual([[2400, 2510]]);
  });

  it('continues with the last duty while it is blind, reports that, and knows nothing before there was one', () => {
    const steps = during(1800, (s) => (s < 100 ? 30 : unknown));
    expect(spans(steps)).toEqual([
      [0, 180],
      [600, 780],
      [1200, 1380],
    ]);
    expect(replay(node, steps).map(({ isHeld }) => isHeld)[20]).toBe(true);
    expect(replay(node, [at(0, unknown), at(5, Number.NaN)]).map(({ value }) => value)).toEqual([unknown, unknown]);
  });

  it('takes over a heater that is on without switching it off and on', () => {
    expect(
      spans(
        during(600, () => 50, 300),
        true,
      )[0],
    ).toEqual([300, 450]);
  });

  it('carries nothing over a gap', () => {
    const steps = [...during(590, () => 9), at(1200, 9), ...during(595, () => 9, 1205)];
    expect(spans(steps)).toEqual([]);
  });

  it('does not switch on for nothing where any pulse is long enough', () => {
    const quick = createTimeProportion({ ...heater, minPulseMs: 0 });
    expect(
      pulses(
        during(1800, () => 0),
        false,
        quick,
      ),
    ).toEqual([]);
    expect(
      pulses(
        during(1800, () => 1),
        false,
        quick,
      ).length,
    ).toBe(3);
  });

  it('owes a whole window at most', () => {
    const fast = createTimeProportion({ periodMs: 60_000, minPulseMs: 10_000, phaseMs: 0, maxGapMs: 600_000 });
    expect(replay(fast, [at(0, 0), at(1, 100), at(500, 100)]).at(-1)).toMatchObject({ value: true, owedMs: 60_000 });
  });

  it('refuses parameters that mean nothing', () => {
    for (const wrong of [{ periodMs: 0 }, { minPulseMs: 300_001 }, { minPulseMs: -1 }, { phaseMs: Number.NaN }, { maxGapMs: 0 }]) {
      expect(() => createTimeProportion({ ...heater, ...wrong })).toThrow(RangeError);
    }
  });
});

describe('timeProportion, whatever the duty does', () => {
  const duties = (least: number) =>
    fc.array(
      fc.tuple(fc.integer({ min: 1, max: 240 }), fc.oneof(fc.double({ min: least, max: 100, noNaN: true }), fc.constantFrom(least, 100))),
      {
        minLength: 1,
        maxLength: 40,
      },
    );
  const unfold = (moves: readonly (readonly [number, Maybe<number>])[]) => {
    let seconds = 0;
    return moves.flatMap(([steps, duty]) => Array.from({ length: steps }, () => at((seconds += STEP), duty)));
  };

  it('starts at most once in a window, at its start; no pulse and, while heat is asked for, no pause is too short', () => {
    fc.assert(
      fc.property(duties(0.1), (moves) => {
        const found = pulses(unfold(moves)).filter(({ from }) => from > 600);
        expect(found.every(({ from }) => from % 600 === 0)).toBe(true);
        expect(found.every(({ from, to, hasEnded }) => !hasEnded || to - from >= 60)).toBe(true);
        expect(found.every(({ from }, index) => index === 0 || from - (found[index - 1]?.to ?? 0) >= 60)).toBe(true);
      }),
      { seed: 20261123, numRuns: 300 },
    );
  });

  it('never loses or invents heat: on-time is what was asked for, within one window', () => {
    fc.assert(
      fc.property(duties(0.1), (moves) => {
        const steps = unfold(moves);
        const on = pulses(steps).reduce((sum, { from, to }) => sum + to - from, 0);
        const asked = steps.slice(0, -1).reduce((sum, { input }) => sum + (typeof input === 'number' ? (input / 100) * STEP : 0), 0);
        expect(Math.abs(on - asked)).toBeLessThanOrEqual(600 + 60);
      }),
      { seed: 20261123, numRuns: 300 },
    );
  });

  it('answers the same after a restart at any point', () => {
    const move = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom<Maybe<number>>(unknown, 0, 3, 9, 50, 95, 100));
    fc.assert(
      fc.property(fc.array(move, { maxLength: 20 }), fc.integer({ min: 1, max: 99 }), (moves, nth) => {
        const steps = unfold(moves);
        expect(replay(node, steps, { isSaved: (index) => index % nth === 0 })).toEqual(replay(node, steps));
      }),
      { seed: 20261123, numRuns: 200 },
    );
  });
});
