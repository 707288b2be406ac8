import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Entry } from '@phloem/protocol';
import { toRuns } from '../testing/cases.ts';
import { compileTexts, device, head, room } from './testing.ts';

const one = <T>(...of: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...of);
const degrees = fc.integer({ min: 10, max: 35 });
const duration = one('1s', '5s', '90s', '5min', '1h', '1h30min');
const instant = one('"06:00"', '"23:30"', 'lights-on', 'lights-off', 'lights-on + 20min', 'lights-off - 1h', 'sunrise', 'sunset - 30min');
const days = one('', ', days: [ monday, sunday ]', ', every: 2d, startingOn: 2026-03-01');
const schedule = fc
  .tuple(one('"06:00"', 'lights-on', 'sunrise - 30min'), one('"21:45"', '"24:00"', 'lights-off', 'sunset + 1h'), days)
  .map(([from, to, only]) => `[ { from: ${from}, to: ${to}${only} } ]`);
const claim = fc.oneof(
  fc.tuple(one('t1', 't2', 'temp'), one('<', '<=', '>', '>='), degrees).map(([name, op, n]) => `${name} ${op} degC(${n}.0)`),
  fc.tuple(one('t1', 'temp'), one('<', '>'), one('sp.temp', 'sp.temp + K(1.0)')).map(([name, op, sp]) => `${name} ${op} ${sp}`),
  one(
    'door',
    '!door',
    'isDay || door',
    'has_value(rh)',
    'age(t1) > 4.0',
    'actual("room/heater") == true',
    'true',
    '[t1, t2].exists(t, t > degC(20.0))',
  ),
  one('temp > degC(20.0) && !door', 'rh > pct(60.0) ? door : isDay', 'abs(t1 - t2) > K(2.0)', 'min(t1, t2) < sp.temp'),
);

const cycle = (condition: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    duration.map((on) => `{ cycle: { on: ${on}, off: 8min } }`),
    fc.tuple(duration, condition).map(([off, text]) => `{ cycle: { on: 10s, off: ${off}, while: '${text}' } }`),
  );

const signal = fc.oneof(
  one('min(t1, t2)', 't1 + K(0.5)', 'has_value(t2) ? t2 : t1', 'dew_point(t1, rh)', 'svp(t1) * rh / 100.0', 'lerp(t1, t2, 0.5)').chain(
    (expr) => one('', ', filter: { ewma: 30s }', ', filter: { median: 5 }').map((filter) => `{ expr: '${expr}'${filter} }`),
  ),
  fc
    .tuple(one('median', 'mean', 'min', 'max'), one('', ', quorum: 2'), one('', ', rejectOutside: "3 K"'))
    .map(([fn, quorum, reject]) => `{ aggregate: { of: [ t1, t2 ], fn: ${fn}${quorum}${reject} } }`),
  duration.map((window) => `{ rate: { of: t1, window: ${window}, minSamples: 2, unit: K/h } }`),
  one('{ integrate: { of: ppfd, resetAt: lights-on, unit: mol/m2 } }', '{ integrate: { of: ppfd, resetAt: "00:00", unit: mol/m2 } }'),
  fc
    .tuple(one('isDay', 'door'), one('', ', resetAt: "06:00"', ', resetAt: lights-on, resetEvery: week'), claim, one('h', 'min', 's', 'd'))
    .map(([of, at, when, unit]) => `{ integrate: { of: ${of}${at}, resetWhen: '${when}', unit: ${unit} } }`),
  schedule.map((windows) => `{ schedule: ${windows} }`),
  cycle(claim),
  fc
    .tuple(claim, claim, one('set', 'reset'))
    .map(([set, reset, dominant]) => `{ latch: { set: '${set}', reset: '${reset}', dominant: ${dominant} } }`),
  fc.tuple(claim, one('rising', 'falling', 'both')).map(([of, on]) => `{ edge: { of: '${of}', on: ${on} } }`),
  claim.map((of) => `{ counter: { of: '${of}', reset: 'door' } }`),
  duration.map((by) => `{ delay: { of: t1, by: ${by} } }`),
);
const signals = fc.array(signal, { maxLength: 5 }).map(
  (own) => `${head('Signals', 'room/s')}spec:
  use: { setpoints: room/c }
  inputs:
    t1: { point: room/front/temperature, maxAge: 5s }
    t2: { point: room/middle/temperature, maxAge: 15s, valid: [ "-5 °C", "60 °C" ] }
    rh: { point: room/front/humidity, maxAge: 5s }
    ppfd: { point: room/front/ppfd, maxAge: 1min }
    door: { point: room/door/open, maxAge: 1min, quality: [ good, uncertain ] }
  signals:
    temp: { aggregate: { of: [ t1, t2 ], fn: mean } }
    isDay: { schedule: [ { from: lights-on, to: lights-off } ] }
${own.map((text, i) => `    s${i}: ${text}\n`).join('')}`,
);
const points = fc
  .uniqueArray(fc.tuple(instant, degrees, duration), { minLength: 1, maxLength: 5, selector: ([at]) => at })
  .map((all) => `[ ${all.map(([at, value, ramp]) => `{ at: ${at}, value: "${value} °C", ramp: ${ramp} }`).join(', ')} ]`);
const climate = fc
  .tuple(
    one(
      '{ mode: lights, on: "06:00", duration: 12h }',
      '{ mode: lights, on: sunrise + 1h, duration: 18h }',
      '{ mode: sun, lat: 52.5, lon: 13.4 }',
    ),
    fc.oneof(
      points,
      degrees.map((value) => `"${value} °C"`),
    ),
    one('Europe/Berlin', 'Asia/Kathmandu', 'America/New_York'),
    one('keep-duration', 'keep-clock'),
  )
  .map(
    ([clock, temp, zone, dst]) => `${head('Setpoints', 'room/c')}spec:
  timezone: ${zone}
  clock: ${clock}
  place: { lat: 52.5, lon: 13.4 }
  dst: ${dst}
  setpoints: { temp: ${temp} }
  bands: { temp: { target: "±1 K", alarm: "±3 K" } }
`,
  );
const when = fc.oneof(
  claim.map((expr) => `'${expr}'`),
  fc.tuple(claim, duration).map(([expr, on]) => `{ expr: '${expr}', for: { on: ${on} } }`),
  fc
    .tuple(degrees, fc.integer({ min: 0, max: 4 }), duration, duration)
    .map(
      ([on, band, a, b]) =>
        `{ hysteresis: { on: 'temp > degC(${on}.0)', off: 'temp < degC(${on - band}.0)' }, for: { on: ${a}, off: ${b} } }`,
    ),
  schedule.map((windows) => `{ schedule: ${windows} }`),
  cycle(claim),
);
const onUnknown = fc
  .tuple(duration, one('release', 'off'), one('', ', alarm: { priority: P3, text: "blind" }'))
  .map(([hold, then, alarm]) => `{ hold: ${hold}, then: ${then}${alarm} }`);
const request = fc.tuple(one('on', 'off'), one('protect', 'control', 'schedule'), one('', ', after: 20s')).chain(([value, level, after]) =>
  fc.oneof(
    fc.constant(`{ device: room/heater, value: ${value}, level: ${level}${after} }`),
    fc.integer({ min: 0, max: 100 }).map((share) => `{ device: room/fan, value: ${share}, level: ${level}${after} }`),
    fc.constant(`{ device: room/fan, value: { expr: 'lerp(20.0, 80.0, 0.5)' }, level: ${level} }`),
    one('', ', resolution: "5 %"', ', interval: 1min', ', resolution: "0.5 %", interval: 5s').map(
      (rest) => `{ device: room/fan, value: { expr: 'has_value(rh) ? rh : 40.0' }${rest}, level: ${level} }`,
    ),
  ),
);
const caps = one(
  '',
  '{ onTime: 5min, resetAt: "06:00" }',
  '{ onTime: 1h, device: room/fan, resetAt: lights-on, resetEvery: month }',
  '{ of: rh, max: "70 %" }',
);
const rules = fc
  .array(fc.tuple(when, fc.array(claim, { maxLength: 2 }), fc.array(request, { minLength: 1, maxLength: 3 }), onUnknown, caps), {
    maxLength: 4,
  })
  .map((all) =>
    all.map(
      ([condition, unless, then, unknown, cap], i) => `${head('Rule', `room/r${i}`)}spec:
  use: { signals: room/s, setpoints: room/c }
  when: ${condition}
  unless: [ ${unless.map((expr) => `{ expr: '${expr}', release: 5s }`).join(', ')} ]
  caps: [ ${cap} ]
  then: [ ${then.map((each) => `{ request: ${each} }`).join(', ')} ]
  onUnknown: ${unknown}
`,
    ),
  );
const loops = fc
  .array(fc.tuple(one('', '\n    ti: 20min', '\n    ti: 20min\n    td: 2min'), one('temp', 't1'), one('5s', '10s'), onUnknown), {
    maxLength: 1,
  })
  .map((all) =>
    all.map(
      ([terms, pv, every, unknown]) => `${head('Loop', 'room/loop')}spec:
  use: { signals: room/s, setpoints: room/c }
  every: ${every}
  pv: ${pv}
  sp: sp.temp
  pid:
    kp: "18 %/K"${terms}
    output: { min: -100, max: 100, slew: "30 %/min" }
  split:
    - { range: [ -100, -4 ], to: { device: room/valve, as: percent, map: [ 100, 0 ] } }
    - { range: [ 4, 100 ], to: { device: room/siren, as: time-proportion, map: [ 0, 100 ], period: 10min, minPulse: 60s } }
  level: control
  onUnknown: ${unknown}
`,
    ),
  );

const turns = fc
  .array(fc.tuple(one('2.0', 'isDay ? 2.0 : 1.0', 'door'), one('hours', 'starts'), one('', ', after: 90s'), duration, onUnknown), {
    maxLength: 1,
  })
  .map((all) =>
    all.map(
      ([needed, by, after, between, unknown]) => `${head('LeadLag', 'room/turns')}spec:
  use: { signals: room/s }
  devices: [ room/a, { device: room/b, unless: door }, room/c ]
  needed: '${needed}'
  rotate: { by: ${by}${after} }
  between: ${between}
  level: control
  onUnknown: ${unknown}
`,
    ),
  );

const site = {
  ...room,
  devices: [
    device('room/heater', { merge: 'any-on' }),
    device('room/fan', { kind: 'percent', fallback: 20, merge: 'max' }),
    device('room/valve', { kind: 'percent', fallback: 0 }),
    device('room/siren'),
    ...['a', 'b', 'c'].map((name) => device(`room/${name}`)),
  ],
};
const move = fc.tuple(fc.nat(9), fc.integer({ min: -20, max: 60 }), one(0, 200, 1000, 61_000, 40_000_000));
const toEntry = ([kind, value, wait]: readonly [number, number, number], i: number, up: number): Entry => {
  const stamp = { lsn: i + 1, at: 1_774_700_000_000 + up + wait, up: up + wait };
  const sensor = (cluster: string, measurement: string, v: number | boolean | null): Entry => {
    const readings = { [measurement]: { v, q: v === null ? ('bad' as const) : ('good' as const) } };
    return { ...stamp, kind: 'sensor', location: 'room', cluster, readings };
  };
  switch (kind) {
    case 0:
      return sensor('front', 'temperature', value);
    case 1:
      return sensor('middle', 'temperature', value > 50 ? null : value);
    case 2:
      return sensor('front', 'humidity', Math.abs(value));
    case 3:
      return sensor('front', 'ppfd', Math.abs(value) * 20);
    case 4:
      return sensor('door', 'open', value > 0);
    case 5:
      return { ...stamp, kind: 'device', device: 'room/valve', value: Math.abs(value), phase: 'confirmed', by: { kind: 'hub' } };
    case 6:
      return {
        ...stamp,
        kind: 'device',
        device: 'room/a',
        value: value > 0,
        phase: value > 40 ? 'failed' : 'confirmed',
        by: { kind: 'hub' },
      };
    case 7:
      return {
        ...stamp,
        kind: 'override',
        device: 'room/b',
        value: value > 0,
        forMs: 90_000,
        by: { kind: 'user', id: 'anna' },
        reason: 'test',
      };
    default:
      return { ...stamp, kind: 'pulse' };
  }
};

it('takes documents that are valid, steps them through anything, and finds its state again', () => {
  fc.assert(
    fc.property(
      signals,
      climate,
      rules,
      fc.tuple(loops, turns),
      fc.array(move, { minLength: 1, maxLength: 12 }),
      (own, sp, acting, controllers, moves) => {
        const plan = compileTexts([own, sp, ...acting, ...controllers.flat()], site);
        let state = plan.start();
        let up = 0;
        for (const [i, drawn] of moves.entries()) {
          const entry = toEntry(drawn, i, up);
          up = entry.up;
          const saved = plan.save(state);
          const result = plan.step(state, entry, { epoch: 'aaaaaaaaaaaa' });
          // Split here, it goes on in the same way: what a node does may rest on nothing but its saved state.
          const again = plan.step(plan.restore(saved), entry, { epoch: 'aaaaaaaaaaaa' });
          if (plan.save(again.state) !== plan.save(result.state)) throw new Error(`split before entry ${i} it ends elsewhere`);
          state = result.state;
          for (const { value } of result.decisions)
            expect(typeof value === 'boolean' || (Number(value) >= 0 && Number(value) <= 100)).toBe(true);
        }
        const text = plan.save(state);
        expect(plan.save(plan.restore(text))).toBe(text);
        const { setpoints } = plan.forecast({ location: 'room', from: 1_774_700_000_000, to: 1_774_800_000_000, at: 1_774_700_000_000 });
        for (const { steps } of setpoints) expect(steps.every(({ value }) => Number.isFinite(value))).toBe(true);
      },
    ),
    toRuns('documents: valid'),
  );
}, 600_000);
