import { describe, expect, it } from 'vitest';
import type { Entry } from '@phloem/protocol';
import type { SiteModel } from '../site-model.ts';
import { compileTexts, room } from './testing.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const site: SiteModel = {
  ...room,
  points: [
    ...room.points,
    { id: 'room/front/vpd', quantity: 'vapour_pressure_deficit', inputs: ['room/front/temperature', 'room/front/humidity'] },
    { id: 'room/front/dew_point', quantity: 'temperature', inputs: ['room/front/temperature', 'room/front/humidity'] },
  ],
  devices: [
    ...room.devices,
    {
      ...(room.devices[1] ?? room.devices[0]),
      id: 'room/lights',
      kind: 'percent',
      fallback: 0,
      merge: 'min',
    } as SiteModel['devices'][number],
  ],
};

const signals = `
apiVersion: phloem/v1
kind: Signals
metadata: { id: room/signals }
spec:
  inputs:
    t1: { point: room/front/temperature, maxAge: 15s }
    t2: { point: room/back/temperature, maxAge: 15s }
    rh: { point: room/front/humidity, maxAge: 15s }
  signals:
    temp: { aggregate: { of: [ t1, t2 ], fn: mean }, title: Air in the room }
    vpd: { expr: 'svp(temp) * (1.0 - rh / 100.0)', inputs: [ temp, rh ] }
    dewPoint: { expr: 'dew_point(temp, rh)' }
`;
const climate = (clock = 'clock: { mode: lights, on: "06:00", duration: 12h }') => `
apiVersion: phloem/v1
kind: Setpoints
metadata: { id: room/climate }
spec:
  ${clock}
  setpoints:
    temp:
      - { at: "06:00", value: "26 °C", ramp: 60min }
      - { at: "18:00", value: "20 °C" }
    vpd: "1.2 kPa"
    dewPoint: "14 °C"
  bands:
    temp: { target: "±1 K", alarm: "±3 K" }
`;
const heat = `
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/heat }
spec:
  use: { signals: room/signals, setpoints: room/climate }
  when: 'temp < sp.temp && vpd > sp.vpd'
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 1min, then: release }
`;
const lights = (when: string) => `
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/light }
spec:
  use: { setpoints: room/climate }
  when: ${when}
  then: [ { request: { device: room/lights, value: 80, level: schedule } } ]
  onUnknown: { hold: 1min, then: release }
`;
/** A day in winter: Berlin is an hour ahead. */
const midnight = Date.parse('2026-01-15T00:00:00+01:00');
const day = { location: 'room', from: midnight, to: midnight + 24 * HOUR, at: midnight + 6.5 * HOUR };
const standing = [
  {
    setpoint: 'room/climate/temp',
    delta: 1.5,
    by: { kind: 'user', id: 'anna' } as const,
    reason: 'cold seedlings',
    since: day.at - HOUR,
    until: day.at + HOUR,
    untilUp: HOUR,
    lsn: 7,
    isReleased: false,
  },
];

const drawnAt = (steps: readonly { readonly at: number; readonly value: number; readonly isRamp: boolean }[], at: number): number => {
  const i = steps.findLastIndex((step) => step.at <= at);
  const [here, next] = [steps[i], steps[i + 1]];
  if (here === undefined) return Number.NaN;
  return here.isRamp && next !== undefined ? here.value + ((next.value - here.value) * (at - here.at)) / (next.at - here.at) : here.value;
};

describe('the forecast of a plan', () => {
  it('shows each set-point as lines and ramps, from one end of the window to the other', () => {
    const [temp] = compileTexts([signals, climate(), heat], site).forecast(day).setpoints;
    expect(temp).toMatchObject({ name: 'room/climate/temp', title: 'Air in the room', quantity: 'temperature', now: 23 });
    expect(temp).toMatchObject({ target: { low: 22, high: 24 }, alarm: { low: 20, high: 26 } });
    expect(temp?.steps).toEqual([
      { at: midnight, value: 20, isRamp: false },
      { at: midnight + 6 * HOUR, value: 20, isRamp: true },
      { at: midnight + 7 * HOUR, value: 26, isRamp: false },
      { at: midnight + 18 * HOUR, value: 20, isRamp: false },
      { at: midnight + 24 * HOUR, value: 20, isRamp: false },
    ]);
  });

  it('takes per cent that nothing measures for a command of a device, not for humidity', () => {
    const told = climate().replace('dewPoint: "14 °C"', 'glow: "80 %"');
    const rule = lights("'true'").replace('value: 80', "value: { expr: 'sp.glow' }");
    const { setpoints } = compileTexts([signals, told, heat, rule], site).forecast(day);
    expect(setpoints.find(({ name }) => name === 'room/climate/glow')).toMatchObject({
      quantity: 'percent',
      title: 'Glow',
      points: [],
      now: 80,
    });
  });

  it('begins and ends within a ramp where the window does', () => {
    const window = { ...day, from: midnight + 6.25 * HOUR, to: midnight + 6.75 * HOUR };
    expect(compileTexts([signals, climate(), heat], site).forecast(window).setpoints[0]?.steps).toEqual([
      { at: window.from, value: 21.5, isRamp: true },
      { at: window.to, value: 24.5, isRamp: false },
    ]);
  });

  it('says the same as the engine, minute by minute, over the day on which the clocks change', () => {
    const plan = compileTexts(
      [
        signals,
        climate('clock: { mode: lights, on: sunrise + 1h, duration: 12h }\n  place: { lat: 52.5, lon: 13.4 }').replace(
          '"18:00"',
          'lights-off',
        ),
        heat,
      ],
      site,
    );
    const from = Date.parse('2026-03-28T22:00:00Z');
    const ask = plan.query('sp.temp');
    let state = plan.start();
    const steps = plan.forecast({ location: 'room', from, to: from + 30 * HOUR, at: from }).setpoints[0]?.steps ?? [];
    for (let minute = 0; minute <= 30 * 60; minute++) {
      const at = from + minute * MINUTE;
      const pulse: Entry = { kind: 'pulse', lsn: minute + 1, at, up: minute * MINUTE };
      state = plan.step(state, pulse, { epoch: 'aaaaaaaaaaaa' }).state;
      expect(ask(state)).toBeCloseTo(drawnAt(steps, at), 6);
    }
  });

  it('with what operators added says the same as the engine, second by second, over ramps and lines', () => {
    const plan = compileTexts([signals, climate(), heat], site);
    const from = midnight + 6 * HOUR;
    const asks = ['temp', 'vpd'].map((name) => plan.query(`sp.${name}`));
    const said = [
      { setpoint: 'room/climate/temp', delta: 1.5, from: from + 10 * MINUTE, forMs: 20 * MINUTE },
      { setpoint: 'room/climate/vpd', delta: -0.2, from: from + 15 * MINUTE, forMs: 30 * MINUTE },
      // A newer one ends the one before it.
      { setpoint: 'room/climate/temp', delta: -2, from: from + 55 * MINUTE, forMs: HOUR },
      { setpoint: 'room/climate/temp', delta: 1, from: from + 70 * MINUTE, forMs: HOUR },
    ] as const;
    const past = said.map(({ setpoint, delta, from: begin, forMs }) => ({ setpoint, delta, from: begin, to: begin + forMs }));
    const { setpoints } = plan.forecast({
      location: 'room',
      from,
      to: from + 3 * HOUR,
      at: from + 3 * HOUR,
      offsets: { up: 0, standing: [], past },
    });
    let state = plan.start();
    let lsn = 0;
    const take = (entry: object, second: number): void => {
      lsn += 1;
      state = plan.step(state, { lsn, at: from + second * 1000, up: second * 1000, ...entry } as Entry, { epoch: 'aaaaaaaaaaaa' }).state;
    };
    for (let second = 0; second < 3 * 3600; second += 5) {
      const at = from + second * 1000;
      for (const { from: begin, ...rest } of said)
        if (begin === at) take({ kind: 'offset', by: { kind: 'user', id: 'anna' }, ...rest }, second);
      take({ kind: 'pulse' }, second);
      for (const [i, ask] of asks.entries()) expect(ask(state)).toBeCloseTo(drawnAt(setpoints[i]?.steps ?? [], at), 5);
    }
  });

  it('says what stands now, what the schedule alone would be, and how far it may be moved', () => {
    const { setpoints } = compileTexts([signals, climate(), heat], site).forecast({ ...day, offsets: { up: 0, standing, past: [] } });
    expect(setpoints[0]).toMatchObject({ now: 24.5, base: 23, offset: { by: { kind: 'user', id: 'anna' }, delta: 1.5 }, reach: 3 });
    expect(setpoints[0]?.target).toEqual({ low: 23.5, high: 25.5 });
    expect(setpoints[1]).toMatchObject({ now: 1.2, base: 1.2, offset: null, reach: null });
  });

  it.each([
    ['an hour and a half back', -1.5 * HOUR],
    ['two hours ahead', 2 * HOUR],
  ])('[SP1] what stands is counted in running time and drawn from now to its end, also with the wall clock set %s', (_what, set) => {
    const at = day.at + set;
    const offsets = { up: 0, standing, past: [] };
    const { setpoints } = compileTexts([signals, climate(), heat], site).forecast({ ...day, at, offsets });
    const temp = setpoints[0];
    const base = temp?.base ?? 0;
    expect(temp).toMatchObject({ now: base + 1.5, offset: { lsn: 7, until: at + HOUR } });
    const [first] = standing;
    expect(drawnAt(temp?.steps ?? [], at)).toBeCloseTo(base + 1.5, 6);
    expect(temp?.steps.filter((step) => step.at === at + HOUR)).toHaveLength(2);
    expect(temp?.offset?.since).toBe(Math.min(at, first?.since ?? 0));
  });

  it('[SP1] what is over in running time stands no more, whatever the wall clock says', () => {
    const offsets = { up: HOUR, standing, past: [{ setpoint: 'room/climate/temp', delta: 1, from: day.at - HOUR, to: day.at + HOUR }] };
    const { setpoints } = compileTexts([signals, climate(), heat], site).forecast({ ...day, offsets });
    expect(setpoints[0]).toMatchObject({ now: 23, base: 23, offset: null });
    expect(drawnAt(setpoints[0]?.steps ?? [], day.at)).toBeCloseTo(23, 6);
  });

  it('a set-point that is used by way of a signal alone steers whatever the readers of that signal steer', () => {
    const flags = `
apiVersion: phloem/v1
kind: Signals
metadata: { id: room/flags }
spec:
  use: { setpoints: room/climate }
  inputs: { t1: { point: room/front/temperature, maxAge: 15s } }
  signals: { isCold: { expr: 't1 < sp.temp' } }
`;
    const pump = `
apiVersion: phloem/v1
kind: Rule
metadata: { id: other/pump }
spec:
  use: { signals: room/flags }
  when: 'isCold'
  then: [ { request: { device: other/pump, value: on, level: control } } ]
  onUnknown: { hold: 1min, then: release }
`;
    const plan = compileTexts([climate().replace(', alarm: "±3 K"', ''), flags, pump], site);
    expect(plan.setpoints.find(({ name }) => name === 'room/climate/temp')?.locations).toEqual(new Set(['other']));
    expect(plan.forecast({ ...day, location: 'other' }).setpoints.map(({ name }) => name)).toContain('room/climate/temp');
  });

  it('names the points that a signal of the same name stands for: of its own kind, or what the hub derives from them', () => {
    const { setpoints } = compileTexts([signals, climate(), heat], site).forecast(day);
    expect(Object.fromEntries(setpoints.map(({ name, points }) => [name, points]))).toEqual({
      'room/climate/temp': ['room/front/temperature', 'room/back/temperature'],
      'room/climate/vpd': ['room/front/vpd'],
      'room/climate/dewPoint': ['room/front/dew_point'],
    });
    expect(setpoints.map(({ title }) => title)).toEqual(['Air in the room', 'VPD', 'dewPoint']);
  });

  it('is empty for a location that the bundle does not steer', () => {
    expect(compileTexts([signals, climate(), heat], site).forecast({ ...day, location: 'other' })).toEqual({ setpoints: [], dark: [] });
  });

  it('has it dark outside of the hours by which a rule switches lights', () => {
    const { dark } = compileTexts([signals, climate(), heat, lights('{ schedule: [ { from: "08:00", to: "20:00" } ] }')], site).forecast(
      day,
    );
    expect(dark).toEqual([
      { from: midnight, to: midnight + 8 * HOUR },
      { from: midnight + 20 * HOUR, to: midnight + 24 * HOUR },
    ]);
  });

  it('has it dark outside of the day of the set-points where no schedule switches lights', () => {
    const { dark } = compileTexts([signals, climate(), heat, lights("'true'")], site).forecast(day);
    expect(dark).toEqual([
      { from: midnight, to: midnight + 6 * HOUR },
      { from: midnight + 18 * HOUR, to: midnight + 24 * HOUR },
    ]);
  });

  it('says nothing of the dark where nothing says when it is day', () => {
    expect(compileTexts([signals, climate(''), heat, lights("'true'")], site).forecast(day).dark).toEqual([]);
  });

  it('gives a night of lights that burn for 12 hours its length on the days on which the clocks change', () => {
    const at = Date.parse('2026-03-29T00:00:00+01:00');
    const { dark } = compileTexts([signals, climate(), heat], site).forecast({ location: 'room', from: at, to: at + 24 * HOUR, at });
    expect(dark).toEqual([
      { from: at, to: at + 5 * HOUR },
      { from: at + 17 * HOUR, to: at + 24 * HOUR },
    ]);
  });
});
