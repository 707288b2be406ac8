import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRuns } from '../testing/cases.ts';
import { carryState, isUnknown, unknown, type Maybe } from './node.ts';
import { createPid, type PidInput, type PidParams, type PidState } from './pid.ts';
import { replay, type Recorded } from './replay.ts';

const plain: PidParams = {
  everyMs: 1000,
  kp: 2,
  tiMs: Infinity,
  tdMs: 0,
  derivativeFilter: 8,
  spWeight: 1,
  deadband: 0,
  min: -1e6,
  max: 1e6,
  slewPerS: Infinity,
  trackingMs: 10_000,
};
/** The temperature loop of the flower room. */
const room: PidParams = {
  everyMs: 5000,
  kp: 18,
  tiMs: 1_200_000,
  tdMs: 120_000,
  derivativeFilter: 8,
  spWeight: 0.4,
  deadband: 0.15,
  min: -100,
  max: 100,
  slewPerS: 0.5,
  trackingMs: 600_000,
};

const at = (seconds: number, input: Partial<PidInput>): Recorded<PidInput> => ({
  input: { pv: 0, sp: 0, applied: unknown, tracking: 'none', isLost: false, ...input },
  time: { at: 0, up: seconds * 1000 },
});
const every = (seconds: number, n: number, input: (seconds: number) => Partial<PidInput>) =>
  Array.from({ length: n }, (_, index) => at(index * seconds, input(index * seconds)));

/** Closes the loop over a process that answers the output of each step with its next measurement. */
const control = (
  params: PidParams,
  steps: number,
  sp: (step: number) => number,
  process: (output: number) => number,
): readonly number[] => {
  const node = createPid(params);
  let state = node.init(0);
  let pv = 0;
  return Array.from({ length: steps }, (_, step) => {
    const input = { pv, sp: sp(step), applied: unknown, tracking: 'none', isLost: false } as const;
    const [next, { value }] = node.step(state, input, { at: 0, up: step * params.everyMs });
    state = next;
    pv = process(isUnknown(value) ? Number.NaN : value);
    return pv;
  });
};

describe('pid against closed forms', () => {
  it('P: the output is kp times the error', () => {
    expect(replay(createPid(plain), [at(0, { sp: 3 }), at(1, { sp: 3, pv: 2.5 })]).map(({ value }) => value)).toEqual([6, 1]);
  });

  it('PI: a lasting error e gives kp e (1 + t/ti)', () => {
    const outs = replay(
      createPid({ ...plain, tiMs: 20_000 }),
      every(1, 101, () => ({ sp: 1 })),
    );
    for (const seconds of [0, 10, 20, 100]) expect(outs[seconds]?.value).toBeCloseTo(2 * (1 + seconds / 20), 9);
  });

  it('D: a measurement that rises by a in a second gives −kp td a (1 − e^(−N t/td)), and a step of the set-point nothing', () => {
    const fine = { ...plain, everyMs: 10, tdMs: 8000 };
    const outs = replay(
      createPid(fine),
      every(0.01, 3001, (t) => ({ pv: 0.5 * t, sp: t > 15 ? 5 : 0 })),
    );
    for (const seconds of [0.5, 1, 2, 30]) expect(outs[seconds * 100]?.d).toBeCloseTo(-2 * 8 * 0.5 * (1 - Math.exp(-seconds)), 1);
    expect(Math.abs((outs[1501]?.d ?? 0) - (outs[1499]?.d ?? 0))).toBeLessThan(1e-3);
  });

  it('PI on a first-order lag with ti = T closes to a first-order lag of T/(K kp)', () => {
    const [lagSeconds, gain, hold] = [100, 3, 0.01];
    let y = 0;
    const process = (u: number): number => (y += (gain * u - y) * -Math.expm1(-hold / lagSeconds));
    const params = { ...plain, everyMs: 10, kp: 2, tiMs: lagSeconds * 1000 };
    const response = control(params, 6001, (step) => (step === 0 ? 0 : 1), process);
    for (const seconds of [5, 16.667, 40]) {
      expect(Math.abs((response[Math.round(seconds * 100)] ?? 0) - (1 - Math.exp(-seconds * 0.06)))).toBeLessThan(0.002);
    }
  });

  it('PI with b = 0 on an integrating process is the second-order textbook response: ζ = ½ overshoots by 16.3 % at 3.63 s', () => {
    const hold = 0.002;
    let y = 0;
    const response = control(
      { ...plain, everyMs: 2, kp: 1, tiMs: 1000, spWeight: 0 },
      10_000,
      (step) => (step === 0 ? 0 : 1),
      (u) => (y += u * hold),
    );
    const peak = Math.max(...response);
    expect(peak).toBeCloseTo(1.163, 2);
    expect(response.indexOf(peak) * hold).toBeCloseTo(Math.PI / (1 * Math.sqrt(0.75)), 1);
    expect(response.at(-1)).toBeCloseTo(1, 2);
  });

  it('anti-windup: under a lasting error the request stands kp e Tt/ti past the limit, whether for an hour or a day', () => {
    const params = { ...plain, tiMs: 20_000, max: 10 };
    const wanted = (steps: number): number => {
      const node = createPid(params);
      let state = node.init();
      for (let s = 0; s < steps; s += 1)
        [state] = node.step(state, { pv: 0, sp: 1, applied: unknown, tracking: 'none', isLost: false }, { at: 0, up: s * 1000 });
      return state.wanted ?? Number.NaN;
    };
    expect(wanted(3600)).toBeCloseTo(10 + (2 * 1 * 10) / 20, 6);
    expect(wanted(86_400)).toBeCloseTo(wanted(3600), 9);
  });
});

describe('pid', () => {
  it('leaves a limit as soon after a day of saturation as after an hour', () => {
    const recovery = (seconds: number): number => {
      const outs = replay(
        createPid({ ...room, slewPerS: Infinity }),
        every(5, seconds / 5 + 720, (t) => ({ sp: 26, pv: t < seconds ? 10 : 27 })),
      );
      return outs.slice(seconds / 5).findIndex(({ value }) => !isUnknown(value) && value < 100);
    };
    expect(recovery(3600)).toBeLessThan(60);
    expect(recovery(86_400)).toBe(recovery(3600));
  });

  it('an override, a minimum off-time or an interlock does not wind it up: it follows what was applied', () => {
    const outs = replay(
      createPid({ ...room, slewPerS: Infinity }),
      every(5, 17_280, () => ({ sp: 26, pv: 25, applied: 0 })),
    );
    const pushed = (18 * 0.85 * 600) / 1200;
    expect(outs.at(-1)?.value).toBeCloseTo(pushed, 6);
  });

  it('takes over without a bump from the hand that had the device', () => {
    const steps = [
      ...every(5, 100, () => ({ sp: 26, pv: 25 })),
      ...every(5, 100, () => ({ sp: 26, pv: 24.5, applied: 37, tracking: 'follow' })).map((s, i) => at(500 + i * 5, s.input)),
      at(1000, { sp: 26, pv: 24.5, applied: 37 }),
    ];
    const outs = replay(createPid(room), steps);
    expect(outs.at(-2)?.value).toBe(37);
    expect(outs.at(-1)?.value).toBeCloseTo(37, 0);
  });

  it('takes over without a bump from an override that held the device while it was blind', () => {
    const steps = [
      ...every(5, 100, () => ({ sp: 26, pv: 25 })),
      ...Array.from({ length: 20 }, (_, i) => at(500 + i * 5, { sp: 26, pv: unknown, applied: -40, tracking: 'follow' })),
      at(600, { sp: 26, pv: 25 }),
    ];
    const outs = replay(createPid({ ...room, slewPerS: Infinity }), steps);
    expect(outs[119]).toMatchObject({ value: unknown, output: -40, limit: 'tracking' });
    expect(outs.at(-1)?.value).toBeCloseTo(-40, 9);
  });

  it('while somebody else has the device and nobody says what it gets, it stands', () => {
    const steps = every(5, 200, (t) => ({ sp: 26, pv: 25.5, tracking: t > 100 ? 'follow' : 'none' }));
    const outs = replay(createPid(room), steps);
    expect(outs.at(-1)?.value).toBe(outs[20]?.value);
    expect(outs[20]?.value).not.toBe(outs[19]?.value);
  });

  it('starts from what the device does, with integral and filter at rest', () => {
    const out = replay(createPid(room), [at(0, { sp: 26, pv: 22 })], { actual: 22 })[0];
    expect(out?.value).toBe(22);
    expect(replay(createPid(room), [at(0, { sp: 26, pv: 22 })], { actual: 250 })[0]?.value).toBe(100);
  });

  it('new gains make no bump', () => {
    const before = createPid({ ...room, deadband: 0 });
    let state: PidState = before.init(30);
    for (let s = 0; s < 1000; s += 5)
      [state] = before.step(
        state,
        { pv: 25 + Math.sin(s), sp: 26, applied: unknown, tracking: 'none', isLost: false },
        { at: 0, up: s * 1000 },
      );
    const pv = state.pv ?? Number.NaN;
    const after = createPid({ ...room, deadband: 0, kp: 40, tiMs: 600_000, spWeight: 0.9, slewPerS: Infinity });
    const same = createPid({ ...room, deadband: 0, slewPerS: Infinity });
    const one = (node: typeof after) =>
      node.step(carryState(node, state), { pv, sp: 26, applied: unknown, tracking: 'none', isLost: false }, { at: 0, up: 1_000_000 })[1];
    expect(Math.abs((one(after).output ?? Infinity) - (one(same).output ?? Infinity))).toBeLessThan(0.5);
    expect(Math.abs(one(after).p - one(same).p)).toBeGreaterThan(100);
  });

  it('narrower limits hold from the first step on', () => {
    const narrow = createPid({ ...room, max: 50 });
    const steps = every(5, 3, () => ({ sp: 26, pv: 10 }));
    let state = createPid(room).init(100);
    for (const { input, time } of steps) [state] = createPid(room).step(state, input, time);
    for (const seconds of [11, 15, 20]) {
      const [next, { value }] = narrow.step(
        state,
        { sp: 26, pv: 10, applied: unknown, tracking: 'none', isLost: false },
        { at: 0, up: seconds * 1000 },
      );
      state = next;
      expect(value).toBe(50);
    }
  });

  it('the integral is not lost in a restart', () => {
    const steps = every(5, 400, (t) => ({ sp: 26, pv: 25 + Math.sin(t / 100) }));
    expect(replay(createPid(room), steps, { isSaved: (index) => index === 200 })).toEqual(replay(createPid(room), steps));
  });

  it('knows no answer while blind, stands, and comes back without a kick of the derivative', () => {
    const steps = [
      ...every(5, 60, () => ({ sp: 26, pv: 25 })),
      ...Array.from({ length: 60 }, (_, i) => at(300 + i * 5, { sp: 26, pv: unknown })),
      at(600, { sp: 26, pv: 22 }),
    ];
    const outs = replay(createPid(room), steps);
    const [seen, blind, back] = [outs[59], outs[119], outs[120]];
    expect(isUnknown(blind?.value)).toBe(true);
    expect([blind?.output, blind?.i]).toEqual([seen?.output, seen?.i]);
    expect(back?.d).toBeCloseTo(0, 1);
    expect(isUnknown(replay(createPid(room), [at(0, { pv: 25, sp: unknown })])[0]?.value)).toBe(true);
    expect(isUnknown(replay(createPid(room), [at(0, { pv: Number.NaN, sp: 26 })])[0]?.value)).toBe(true);
  });

  it('acts once in each slot, and between two acts is blind as soon as its input is', () => {
    const outs = replay(createPid(room), [
      at(0, { sp: 26, pv: 25 }),
      at(5, { sp: 26, pv: 25 }),
      at(7, { sp: 26, pv: 0 }),
      at(9, { sp: 26, pv: unknown }),
    ]);
    expect(outs[2]).toEqual(outs[1]);
    expect(isUnknown(outs[3]?.value)).toBe(true);
    expect(outs[3]?.output).toBe(outs[1]?.output);
  });

  it('a pause counts for three times its pace at most', () => {
    const pi = { ...plain, tiMs: 20_000 };
    const outs = replay(createPid(pi), [at(0, { sp: 1 }), at(1, { sp: 1 }), at(3600, { sp: 1 })]);
    expect(outs.at(-1)?.i).toBeCloseTo((2 * (1 + 3)) / 20, 12);
  });

  it('an error inside the deadband moves nothing', () => {
    const outs = replay(
      createPid({ ...room, tdMs: 0 }),
      every(5, 100, (t) => ({ sp: 26, pv: 26 + 0.15 * Math.sin(t) })),
      { actual: 20 },
    );
    expect(new Set(outs.map(({ value }) => value))).toEqual(new Set([20]));
  });

  it('refuses parameters that make no controller', () => {
    for (const wrong of [
      { everyMs: 0 },
      { kp: 0 },
      { kp: Number.NaN },
      { tiMs: 0 },
      { tdMs: -1 },
      { derivativeFilter: 0 },
      { spWeight: 1.1 },
      { tiMs: Infinity },
      { deadband: -1 },
      { min: 100 },
      { slewPerS: 0 },
      { trackingMs: 0 },
    ]) {
      expect(() => createPid({ ...room, ...wrong })).toThrow(RangeError);
    }
  });
});

describe('pid, whatever happens', () => {
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const orUnknown = (value: fc.Arbitrary<number>) =>
    fc.oneof(
      { weight: 6, arbitrary: value },
      { weight: 1, arbitrary: fc.constantFrom<Maybe<number>>(unknown, Number.NaN, Infinity, 1e308) },
    );
  const move = fc.record({
    waitMs: fc.integer({ min: 0, max: 30_000 }),
    pv: orUnknown(number(-1e4, 1e4)),
    sp: orUnknown(number(15, 30)),
    applied: orUnknown(number(-500, 500)),
    tracking: fc.constantFrom('none', 'follow', 'side'),
    isLost: fc.boolean(),
  });
  const journey = fc.array(move, { minLength: 1, maxLength: 60 }).map((moves) => {
    let up = 0;
    return moves.map(({ waitMs, ...input }): Recorded<PidInput> => ({ input, time: { at: 0, up: (up += waitMs) } }));
  });
  const isUsable = (value: Maybe<number>): boolean => typeof value === 'number' && Number.isFinite(value);

  it('stays inside its limits and its slew, and answers with a number only when it knows pv and sp', () => {
    fc.assert(
      fc.property(journey, fc.constantFrom(room, { ...room, kp: -18 }, { ...room, tdMs: 0, deadband: 0 }), (steps, params) => {
        let before: number | null = null;
        for (const [index, { value, output, limit }] of replay(createPid(params), steps).entries()) {
          const step = steps[index];
          const isKnown = step !== undefined && isUsable(step.input.pv) && isUsable(step.input.sp);
          expect(isUnknown(value) || (isKnown && value >= -100 && value <= 100)).toBe(true);
          const mayMove = before === null || limit === 'tracking' ? Infinity : 0.5 * 15 + 1e-9;
          expect(output === null || Math.abs(output - (before ?? output)) <= mayMove).toBe(true);
          before = output;
        }
      }),
      toRuns('pid: limits'),
    );
  });

  it('answers the same after a restart at any point', () => {
    fc.assert(
      fc.property(journey, fc.nat(4), (steps, nth) => {
        expect(replay(createPid(room), steps, { isSaved: (index) => index % (nth + 1) === 0 })).toEqual(replay(createPid(room), steps));
      }),
      toRuns('pid: restarts'),
    );
  });
});
