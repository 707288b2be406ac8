import { describe, expect, it } from 'vitest';
import { compileTexts, createTestLog, head, problemsOf, told } from './testing.ts';

const signals = `${head('Signals', 'room/s')}spec:
  inputs: { temp: { point: room/front/temperature, maxAge: 15s } }
`;
const setpoints = `${head('Setpoints', 'room/sp')}spec:\n  setpoints: { temp: "25 °C" }\n`;
const loop = `${head('Loop', 'room/loop')}spec:
  use: { signals: room/s, setpoints: room/sp }
  every: 5s
  pv: temp
  sp: sp.temp
  pid:
    kp: "18 %/K"
    ti: 20min
    td: 2min
    derivativeFilter: 8
    spWeight: 0.4
    deadband: "0.15 K"
    output: { min: -100, max: 100, slew: "300 %/min" }
    antiWindup: { mode: back-calculation, tt: 10min }
  split:
    - { range: [ -100, -4 ], to: { device: room/valve, as: percent, map: [ 100, 0 ] } }
    - { range: [ 4, 100 ],   to: { device: room/heater, as: time-proportion, map: [ 0, 100 ], period: 1min, minPulse: 5s } }
  level: control
  onUnknown: { hold: 30s, then: release, alarm: { priority: P2, text: "Temperature loop blind" } }
`;

describe('a loop', () => {
  it('heats when it is cold and cools when it is hot, and never both', () => {
    const log = createTestLog(compileTexts([signals, setpoints, loop]));
    log.pass(120, () => log.read('front/temperature', 20));
    expect(log.values.get('room/loop')).toBeGreaterThan(50);
    expect(log.requests('room/heater')).toContain(true);
    expect(log.requests('room/valve').every((value) => value === 0)).toBe(true);
    log.pass(600, () => log.read('front/temperature', 32));
    expect(log.requests('room/valve').at(-1)).toBeGreaterThan(50);
    expect(log.requests('room/heater').at(-1)).toBe(false);
  });

  it('says what it holds against what, and what comes of it', () => {
    const log = createTestLog(compileTexts([signals, setpoints, loop]));
    log.pass(120, () => log.read('front/temperature', 20));
    expect(told(log.decisions.find((decision) => decision.value === true)?.why)).toMatch(
      /^room\/loop controls: temp 20\.00 °C against 25\.00 °C, output \d+\.\d %$/,
    );
  });

  it('holds while it does not know, then releases it, with an alarm', () => {
    const log = createTestLog(compileTexts([signals, setpoints, loop]));
    log.pass(300, () => log.read('front/temperature', 30));
    const open = log.requests('room/valve').at(-1);
    expect(open).toBeGreaterThan(10);
    log.pass(28, () => log.read('front/temperature', null));
    expect(log.requests('room/valve').at(-1)).toBe(open);
    log.pass(10, () => log.read('front/temperature', null));
    expect(log.requests('room/valve').at(-1)).toBe(0);
    expect(log.alarms).toMatchObject([{ alarm: 'room/loop/unknown', state: 'active', priority: 'P2' }]);
  });

  const single = loop.replace('min: -100, max: 100', 'min: -100, max: 0').replace(/\n    - \{ range: \[ 4, 100 \].*/, '');

  it('an override does not wind it up: it takes over from what the operator left', () => {
    const log = createTestLog(compileTexts([signals, setpoints, single]));
    log.pass(60, () => log.read('front/temperature', 27));
    log.take({ kind: 'override', device: 'room/valve', by: { kind: 'user', id: 'anna' }, value: 30, forMs: 1_800_000, reason: 'test' });
    log.pass(1795, () => log.read('front/temperature', 27));
    // Half an hour of 2 K too warm would have driven a controller that does not track to its end.
    const output = Number(log.values.get('room/loop'));
    expect(output).toBeCloseTo(-4 - 0.3 * 96, 0);
    log.pass(10, () => log.read('front/temperature', 27));
    expect(Math.abs(Number(log.values.get('room/loop')) - output)).toBeLessThan(5);
  });

  it('follows what an interlock left of an override, and not what was asked for', () => {
    const log = createTestLog(compileTexts([signals, setpoints, single]));
    log.pass(60, () => log.read('front/temperature', 27));
    log.take({ kind: 'override', device: 'room/valve', by: { kind: 'user', id: 'anna' }, value: 90, forMs: 1_800_000, reason: 'test' });
    for (const phase of ['written', 'confirmed'] as const) log.device('room/valve', phase, 30);
    log.pass(1795, () => log.read('front/temperature', 27));
    expect(Number(log.values.get('room/loop'))).toBeCloseTo(-4 - 0.3 * 96, 0);
  });

  it('of two devices, the one that an operator holds does not stop the other', () => {
    const log = createTestLog(compileTexts([signals, setpoints, loop]));
    log.pass(120, () => log.read('front/temperature', 22));
    expect(log.values.get('room/loop')).toBeGreaterThan(4);
    log.take({ kind: 'override', device: 'room/heater', by: { kind: 'user', id: 'anna' }, value: true, forMs: 7_200_000, reason: 'test' });
    for (const phase of ['written', 'confirmed'] as const) log.device('room/heater', phase, true);
    log.pass(3600, () => log.read('front/temperature', 30));
    expect(log.requests('room/valve').at(-1)).toBeGreaterThan(50);
  });

  it('of two devices, the one that an operator gives back goes on from where it was', () => {
    const log = createTestLog(compileTexts([signals, setpoints, loop]));
    log.pass(60, () => log.read('front/temperature', 27));
    log.take({ kind: 'override', device: 'room/valve', by: { kind: 'user', id: 'anna' }, value: 30, forMs: 1_800_000, reason: 'test' });
    for (const phase of ['written', 'confirmed'] as const) log.device('room/valve', phase, 30);
    log.pass(1798, () => log.read('front/temperature', 27));
    log.pass(10, () => log.read('front/temperature', 27));
    expect(Number(log.values.get('room/loop'))).toBeCloseTo(-4 - 0.3 * 96, -1);
  });

  it('goes on from a saved state bit for bit', () => {
    const plan = compileTexts([signals, setpoints, loop]);
    const [whole, cut] = [createTestLog(plan), createTestLog(plan)];
    for (let i = 0; i < 60; i++) {
      for (const log of [whole, cut]) log.pass(7, (up) => log.read('front/temperature', 25 + 3 * Math.sin(up / 60_000)));
      cut.state = plan.restore(plan.save(cut.state));
    }
    expect(plan.hashState(cut.state)).toBe(plan.hashState(whole.state));
    expect(cut.decisions).toEqual(whole.decisions);
  });

  it.each([
    ['a gain in the wrong unit', loop.replace('18 %/K', '18 %/kPa'), 'a gain in %/K'],
    ['a set-point of another kind', loop.replace('sp: sp.temp', 'sp: kPa(1.0)'), '°C'],
    ['a deadband in degrees', loop.replace('0.15 K', '0.15 °C'), 'a quantity in K'],
    ['a switch driven by per cent', loop.replace('device: room/valve', 'device: room/siren'), 'time-proportion: it is a switch'],
    ['ranges that overlap', loop.replace('[ 4, 100 ]', '[ -10, 100 ]'), 'ranges apart, so that two devices never fight'],
    ['a range beyond the output', loop.replace('[ 4, 100 ]', '[ 4, 120 ]'), 'within the output, -100 to 100'],
    ['limits the wrong way round', loop.replace('min: -100, max: 100', 'min: 100, max: -100'), 'min below max'],
    ['a resolution of nothing', loop.replace('map: [ 100, 0 ]', 'map: [ 100, 0 ], resolution: "0 %"'), 'a step above 0 %'],
    ['a pulse longer than half a period', loop.replace('minPulse: 5s', 'minPulse: 50s'), 'at most half of the period'],
    ['a pace faster than the pulse', loop.replace('every: 5s', 'every: 100ms'), 'at least 1s, the pace of the pulse'],
  ])('refuses %s', (_, text, expected) => {
    expect(problemsOf([signals, setpoints, text]).map((problem) => problem.expected)).toContain(expected);
  });
});
