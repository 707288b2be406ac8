import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMoment, type Moment } from './moment.ts';
import { replay, type Recorded } from './replay.ts';
import { createConstantSetpoint, createSetpoints, type SetpointsInput } from './setpoints.ts';
import { createSiteClock } from './site-clock.ts';
import { createTimeZone } from '@phloem/protocol';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const moment = (written: string): Moment => {
  const parsed = parseMoment(written);
  if (parsed === undefined) throw new Error(written);
  return parsed;
};
const clockIn = (zone: string, on = '06:00') =>
  createSiteClock({ zone: createTimeZone(zone), day: { mode: 'lights', on: moment(on), durationMs: 12 * HOUR }, dst: 'keep-duration' });
type Written = readonly [at: string, value: number, rampMinutes: number];
const setpoints = (points: readonly Written[], clock = clockIn('Europe/Amsterdam')) =>
  createSetpoints({ clock, points: points.map(([at, value, ramp]) => ({ at: moment(at), value, rampMs: ramp * MINUTE })) });

/** The temperatures of the flower room. */
const flower: readonly Written[] = [
  ['lights-on', 26, 45],
  ['lights-off - 60min', 24, 60],
  ['lights-off', 20.5, 90],
];
const ask = (node: ReturnType<typeof setpoints>, at: string | number) =>
  node.step(node.init(), {}, { at: typeof at === 'number' ? at : Date.parse(at), up: 0 })[1];

describe('setpoints', () => {
  it.each([
    ['06:00', 20.5],
    ['06:15', 20.5 + 5.5 / 3],
    ['06:45', 26],
    ['12:00', 26],
    ['17:30', 25],
    ['18:00', 24],
    ['18:45', 22.25],
    ['19:30', 20.5],
    ['05:59', 20.5],
  ] as const)('at %s the flower room wants %f °C', (time, value) => {
    expect(ask(setpoints(flower), `2026-03-02T${time}+01:00`).value).toBeCloseTo(value, 9);
  });

  it('ramps over midnight', () => {
    const node = setpoints([
      ['23:30', 10, 60],
      ['12:00', 20, 0],
    ]);
    expect(ask(node, '2026-03-03T00:00+01:00').value).toBeCloseTo(15, 9);
    expect(ask(node, '2026-03-03T00:15+01:00').value).toBeCloseTo(12.5, 9);
    expect(ask(node, '2026-03-03T11:59+01:00').value).toBe(10);
  });

  it('a ramp that is cut short leads on from where it had come', () => {
    const node = setpoints([
      ['08:00', 20, 120],
      ['09:00', 10, 60],
      ['20:00', 10, 0],
    ]);
    expect(ask(node, '2026-03-03T09:00+01:00').value).toBeCloseTo(15, 9);
    expect(ask(node, '2026-03-03T09:30+01:00').value).toBeCloseTo(12.5, 9);
  });

  it('one point holds all the time', () => {
    expect(ask(setpoints([['06:00', 1.25, 30]]), '2026-03-03T06:10+01:00').value).toBe(1.25);
  });

  it('of two points at the same moment the later one counts', () => {
    const node = setpoints([
      ['06:00', 1, 0],
      ['06:00', 2, 0],
    ]);
    expect(ask(node, '2026-03-03T06:00+01:00').value).toBe(2);
  });

  it('says where it leads, and when it turns next', () => {
    const out = ask(setpoints(flower), '2026-03-02T17:30+01:00');
    expect([out.target, out.nextAt]).toEqual([24, Date.parse('2026-03-02T18:00+01:00')]);
  });

  it('keeps ramps and hours of light on the days on which the clocks change, and is right at UTC+5:45', () => {
    const overnight = setpoints(flower, clockIn('Europe/Amsterdam', '20:00'));
    expect(ask(overnight, '2026-03-29T08:30+02:00').value).toBeCloseTo(25, 9);
    expect(ask(overnight, '2026-10-25T06:30+01:00').value).toBeCloseTo(25, 9);
    expect(ask(setpoints(flower, clockIn('Asia/Kathmandu')), '2026-03-02T17:30+05:45').value).toBeCloseTo(25, 9);
  });

  it('an operator may add to it for a while, counted in running time, and take it back', () => {
    const node = setpoints([['06:00', 20, 0]]);
    const at = (seconds: number, input: SetpointsInput = {}): Recorded<SetpointsInput> => ({ input, time: { at: 0, up: seconds * 1000 } });
    const plus2 = { offset: { delta: 2, forMs: 60_000, who: 'anna: cold seedlings' } };
    const outs = replay(node, [at(0), at(1, plus2), at(2), at(60), at(61), at(62, plus2), at(63, { offset: null }), at(64)], {
      isSaved: () => true,
    });
    expect(outs.map(({ value }) => value)).toEqual([20, 22, 22, 22, 20, 22, 20, 20]);
    expect(outs[2]).toMatchObject({ base: 20, offset: 2, offsetLeftMs: 59_000 });
    expect(replay(node, [at(0, { offset: { delta: Number.NaN, forMs: 1000, who: 'anna' } })])[0]?.value).toBe(20);
  });

  it('a value that is always the same may be moved too, and a newer offset takes the place of the older one', () => {
    const node = createConstantSetpoint(1.2);
    const at = (seconds: number, delta?: number): Recorded<SetpointsInput> => ({
      input: delta === undefined ? {} : { offset: { delta, forMs: 60_000, who: 'anna' } },
      time: { at: 0, up: seconds * 1000 },
    });
    const outs = replay(node, [at(0), at(1, 0.5), at(31, -0.2), at(62), at(91)], { isSaved: () => true });
    expect(outs.map(({ value }) => value)).toEqual([1.2, 1.7, 1, 1, 1.2]);
  });

  it('refuses no points, values that are none, and ramps that are too long', () => {
    expect(() => setpoints([])).toThrow(RangeError);
    expect(() => setpoints([['06:00', Number.NaN, 0]])).toThrow(RangeError);
    expect(() => setpoints([['06:00', 1, -1]])).toThrow(RangeError);
    expect(() => setpoints([['06:00', 1, 1441]])).toThrow(RangeError);
  });

  it('is never unknown, stays between its points, and never jumps where there is a ramp', () => {
    const written = fc.constantFrom('00:00', '02:30', '09:15', '23:50', 'lights-on', 'lights-off - 90min', 'lights-on + 24h');
    const point = fc.tuple(written, fc.double({ min: -10, max: 40, noNaN: true }), fc.integer({ min: 30, max: 300 }));
    const instant = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-12-31') });
    fc.assert(
      fc.property(
        fc.array(point, { minLength: 1, maxLength: 6 }),
        fc.oneof(instant, fc.constantFrom(Date.parse('2026-03-29T00:50Z'), Date.parse('2026-10-25T00:50Z'))),
        (points, at) => {
          const node = setpoints(points);
          const values = points.map(([, value]) => value);
          const [low, high] = [Math.min(...values), Math.max(...values)];
          const steepest = ((high - low) / (30 * MINUTE)) * 1000;
          let before = ask(node, at).base;
          for (let minute = 0; minute < 180; minute += 1) {
            const [earlier, now] = [ask(node, at + minute * MINUTE - 1000).base, ask(node, at + minute * MINUTE).base];
            expect(now >= low - 1e-9 && now <= high + 1e-9).toBe(true);
            expect(Math.abs(now - earlier)).toBeLessThanOrEqual(steepest + 1e-9);
            before = now;
          }
          expect(ask(setpoints(points), at + 179 * MINUTE).base).toBe(before);
        },
      ),
      { seed: 20261123, numRuns: 200 },
    );
  });
});
