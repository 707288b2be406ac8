import { describe, expect, it } from 'vitest';
import { createTestLog, compileTexts, head, problemsOf } from './testing.ts';

const signals = `${head('Signals', 'room/s')}spec:
  inputs: { temp: { point: room/front/temperature, maxAge: 15s }, rh: { point: room/front/humidity, maxAge: 15s } }
`;
const setpoints = (more = '') => `${head('Setpoints', 'room/climate')}spec:
  clock: { mode: lights, on: "06:00", duration: 12h }
  setpoints:
    temp: [ { at: "00:00", value: "24 °C", ramp: 24h }, { at: "12:00", value: "26 °C", ramp: 12h } ]
    rh: "60 %"
  bands:
    temp: { target: "±1 K", alarm: "±3 K" }
${more}`;
const heat = `${head('Rule', 'room/heat')}spec:
  use: { signals: room/s, setpoints: room/climate }
  when: 'temp < sp.temp'
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 1min, then: release }
`;
const dry = `${head('Rule', 'room/dry')}spec:
  use: { signals: room/s, setpoints: room/climate }
  when: 'rh > sp.rh'
  then: [ { request: { device: room/siren, value: on, level: control } } ]
  onUnknown: { hold: 1min, then: release }
`;
const bundle = [signals, setpoints(), heat, dry];
const temp = 'room/climate/temp';
const minute = 60_000;
const anna = (setpoint: string, delta: number, forMs = 30 * minute) =>
  ({ kind: 'offset', setpoint, delta, forMs, by: { kind: 'user', id: 'anna' }, reason: 'cold seedlings' }) as const;

const open = (texts: readonly string[] = bundle) => {
  const plan = compileTexts(texts);
  const log = createTestLog(plan);
  const live = (seconds: number) =>
    log.pass(seconds, () => {
      log.read('front/temperature', 26.5);
      log.read('front/humidity', 65);
    });
  live(2);
  return { ...log, log, plan, live };
};

describe('an offset on a set-point', () => {
  it('[SP1] moves a ramp at once, goes along with it, and ends by itself', () => {
    const { live, values, take, requests } = open();
    const before = Number(values.get(temp));
    expect(requests('room/heater')).not.toContain(true);
    take(anna(temp, 1.5));
    // The entry itself moves it, and the rule that reads it: no pulse is needed.
    expect(values.get(temp)).toBeCloseTo(before + 1.5, 2);
    expect(requests('room/heater').at(-1)).toBe(before + 1.5 > 26.5);
    live(29 * 60);
    expect(Number(values.get(temp)) - before).toBeGreaterThan(1.4);
    live(61);
    expect(Math.abs(Number(values.get(temp)) - before)).toBeLessThan(0.2);
  });

  it('moves one that is always the same, and the newer one counts', () => {
    const { values, take, requests, live } = open();
    expect(requests('room/siren')).toEqual([true]);
    take(anna('room/climate/rh', 10));
    expect([values.get('room/climate/rh'), requests('room/siren')]).toEqual([70, [true, false]]);
    take(anna('room/climate/rh', -5, minute));
    expect(values.get('room/climate/rh')).toBe(55);
    live(61);
    expect(values.get('room/climate/rh')).toBe(60);
  });

  it('is taken back by its entry', () => {
    const { values, take } = open();
    take(anna('room/climate/rh', 10));
    take({ kind: 'offset', setpoint: 'room/climate/rh', released: true, by: { kind: 'user', id: 'anna' } });
    expect(values.get('room/climate/rh')).toBe(60);
  });

  it.each([
    ['a set-point that nobody knows', anna('room/climate/tmep', 2)],
    ['another document', anna('other/climate/temp', 2)],
    ['no number', anna(temp, Number.NaN)],
    ['no time', anna(temp, 1, 0)],
    ['a name of JavaScript', anna('__proto__/constructor', 1)],
  ])('[SP2] with %s changes nothing', (_, entry) => {
    const { plan, log, take } = open();
    const { lsn: _lsn, ...before } = JSON.parse(plan.save(log.state)) as Record<string, unknown>;
    const { decisions, values, state } = take(entry);
    const { lsn: _then, ...after } = JSON.parse(plan.save(state)) as Record<string, unknown>;
    expect([decisions, values, after]).toEqual([[], [], before]);
  });

  it('[SP1] is of the state: saved and restored at any moment it ends when it would have', () => {
    const { plan, log, take } = open();
    const [whole, cut] = [createTestLog(plan), createTestLog(plan)];
    for (let i = 0; i < 40; i++) {
      for (const one of [whole, cut]) {
        one.pass(7, () => one.read('front/humidity', 58));
        if (i === 5) one.take(anna('room/climate/rh', -4, 2 * minute));
        if (i === 9) one.take(anna(temp, 2, minute));
      }
      cut.state = plan.restore(plan.save(cut.state));
    }
    expect(plan.hashState(cut.state)).toBe(plan.hashState(whole.state));
    expect(cut.decisions).toEqual(whole.decisions);
    expect(whole.requests('room/siren').slice(-2)).toEqual([true, false]);
    const before = plan.hashState(log.state);
    expect(plan.save(log.state)).not.toContain('cold seedlings');
    expect(plan.hashState(take(anna(temp, 1)).state)).not.toBe(before);
    expect(plan.save(log.state)).toContain('cold seedlings');
  });

  it('[SP3] stands through a switch to rules that still have the set-point, as a ramp or as one value', () => {
    const { plan, log, take, live } = open();
    take(anna(temp, 1.5));
    live(5 * 60);
    const plain = setpoints().replace(/temp: \[.*\]/, 'temp: "25 °C"');
    const next = compileTexts([signals, plain, heat, dry]);
    const { state, handOver } = next.takeOver(plan.save(log.state));
    expect(handOver.carried).toContain(`${temp}#setpoints`);
    const entry = (up: number) => ({ kind: 'pulse', lsn: 90_000, at: log.state.at + up, up: log.state.up + up }) as const;
    const first = next.step(state, entry(1000), { epoch: 'aaaaaaaaaaaa' });
    expect(first.values.find(({ name }) => name === temp)?.v).toBe(26.5);
    const last = next.step(first.state, entry(25 * minute), { epoch: 'aaaaaaaaaaaa' });
    expect(last.values.find(({ name }) => name === temp)?.v).toBe(25);
  });

  it('[SP3] does not stand where a set-point of the name is of another kind', () => {
    const { plan, log, take } = open();
    take(anna('room/climate/rh', 10));
    const next = compileTexts([signals, setpoints().replace('rh: "60 %"', 'rh: "18 °C"'), heat]);
    const { state } = next.takeOver(plan.save(log.state));
    const entry = { kind: 'pulse', lsn: 90_000, at: log.state.at, up: log.state.up } as const;
    expect(next.step(state, entry, { epoch: 'aaaaaaaaaaaa' }).values.find(({ name }) => name === 'room/climate/rh')?.v).toBe(18);
  });

  it('is named where it moved what a decision rests on, and nowhere else', () => {
    const { plan, take } = open();
    const { state } = take(anna('room/climate/rh', 10, 10 * minute));
    expect(plan.explain(state, 'room/siren')?.offsets).toEqual([
      { setpoint: 'room/climate/rh', delta: 10, unit: '%', value: 70, who: 'anna: cold seedlings', leftMs: 10 * minute },
    ]);
    expect(plan.explain(state, 'room/heater')?.offsets).toEqual([]);
    expect(plan.explain(take(anna(temp, 1)).state, 'room/heater')?.offsets).toMatchObject([{ setpoint: temp, delta: 1, unit: 'K' }]);
  });

  it('is a step of the set-point to a controller, weighted as its document says, and takes its integral nowhere', () => {
    const steady = `${head('Setpoints', 'room/climate')}spec:\n  setpoints: { temp: "25 °C", rh: "60 %" }\n`;
    const loop = `${head('Loop', 'room/loop')}spec:
  use: { signals: room/s, setpoints: room/climate }
  every: 5s
  pv: temp
  sp: sp.temp
  pid: { kp: "10 %/K", ti: 20min, spWeight: 0.4, output: { min: 0, max: 100 } }
  split: [ { range: [ 0, 100 ], to: { device: room/valve, as: percent, map: [ 0, 100 ] } } ]
  level: control
  onUnknown: { hold: 30s, then: release }
`;
    const log = createTestLog(compileTexts([signals, steady, loop]));
    log.pass(600, () => log.read('front/temperature', 24));
    const before = Number(log.values.get('room/loop'));
    log.take(anna(temp, 1.5, 10 * minute));
    log.pass(5, () => log.read('front/temperature', 24));
    // 10 %/K × 0.4 × 1.5 K, and a little of the integral.
    expect(Number(log.values.get('room/loop')) - before).toBeCloseTo(6, 0);
    log.pass(10 * 60 - 10, () => log.read('front/temperature', 24));
    const during = Number(log.values.get('room/loop'));
    log.pass(10, () => log.read('front/temperature', 24));
    expect(during - Number(log.values.get('room/loop'))).toBeCloseTo(6, 0);
  });
});

describe('how far a set-point may be moved', () => {
  const reachOf = (texts: readonly string[], name: string) =>
    compileTexts(texts)
      .forecast({ location: 'room', from: 0, to: minute, at: 0 })
      .setpoints.find((each) => each.name === name)?.reach;

  it('[SP2] is half of the alarm band, or what the document says; without either it may not be moved', () => {
    expect([reachOf(bundle, temp), reachOf(bundle, 'room/climate/rh')]).toEqual([3, null]);
    const said = [signals, setpoints('  offsets: { temp: "±2.0 K", rh: "±10 %" }\n'), heat, dry];
    expect([reachOf(said, temp), reachOf(said, 'room/climate/rh')]).toEqual([2, 10]);
    expect(reachOf([signals, setpoints('  offsets: { temp: "±0 K" }\n'), heat, dry], temp)).toBeNull();
  });

  it.each([
    ['±2 °C', 'a quantity in K', 'temp', 'a difference is written in K'],
    ['±2 kPa', 'a quantity in K', 'temp', ''],
    ['-2 K', 'how far it may be moved either way, such as "±2.0 K"', 'temp', ''],
    ['±2 K', 'a set-point of this document', 'tmep', 'did you mean temp?'],
  ])('refuses %s with what is to be written, and where', (written, expected, name, hint) => {
    const [problem] = problemsOf([signals, setpoints(`  offsets: { ${name}: "${written}" }\n`), heat, dry]);
    expect(problem).toMatchObject({ expected, line: 11 });
    expect(problem?.hint).toContain(hint);
  });
});
