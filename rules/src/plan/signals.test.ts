import { describe, expect, it } from 'vitest';
import { compileTexts, createTestLog, head, problemsOf } from './testing.ts';

const inputs = `  inputs:
    t1: { point: room/front/temperature, maxAge: 15s }
    t2: { point: room/middle/temperature, maxAge: 15s }
    t3: { point: room/back/temperature, maxAge: 15s }
    ppfd: { point: room/front/ppfd, maxAge: 30s }
    door: { point: room/door/open, maxAge: 60s }
`;
const signals = (body: string): string => `${head('Signals', 'room/s')}spec:\n${inputs}  signals:\n${body}\n`;
const day = `${head('Setpoints', 'room/day')}spec:
  clock: { mode: lights, on: "06:00", duration: 12h }
  setpoints: { temp: "25 °C" }
`;

describe('signals', () => {
  it('the middle of three probes, without the one that lies', () => {
    const log = createTestLog(
      compileTexts([signals('    t: { aggregate: { of: [ t1, t2, t3 ], fn: mean, quorum: 2, rejectOutside: "3 K" } }')]),
    );
    log.read('front/temperature', 20);
    expect(log.values.get('room/s/t') ?? null).toBeNull();
    log.read('middle/temperature', 21);
    expect(log.values.get('room/s/t')).toBe(20.5);
    log.read('back/temperature', 40);
    expect(log.values.get('room/s/t')).toBe(20.5);
    log.read('back/temperature', 22);
    expect(log.values.get('room/s/t')).toBe(21);
  });

  it('signals use one another in any order', () => {
    const log = createTestLog(compileTexts([signals("    b: { expr: 'a + K(1.0)' }\n    a: { expr: 't1 + K(1.0)' }")]));
    log.read('front/temperature', 20);
    expect(log.values.get('room/s/b')).toBe(22);
  });

  it.each([
    ['[ t1 ]', ['every name that the signal reads']],
    ['[ t1, t2, door ]', ['a name that the signal reads, each once']],
    ['[ t1, t2, t2 ]', ['a name that the signal reads, each once']],
    ['[ t1, tt2 ]', ['a name that the signal reads, each once', 'every name that the signal reads']],
  ])('refuses inputs %s of a signal that reads t1 and t2', (listed, expected) => {
    const list = (of: string): readonly string[] => [signals(`    t: { expr: 'max(t1, t2)', inputs: ${of} }`)];
    expect(() => compileTexts(list('[ t2, t1 ]'))).not.toThrow();
    const found = problemsOf(list(listed));
    expect(found.map((problem) => problem.expected)).toEqual(expected);
  });

  it('a filter follows a step by 63 % in its time', () => {
    const log = createTestLog(compileTexts([signals("    t: { expr: 't1', filter: { ewma: 30s } }")]));
    log.read('front/temperature', 20);
    log.pulse();
    log.pass(30, () => log.read('front/temperature', 30));
    expect(log.values.get('room/s/t')).toBeCloseTo(26.32, 1);
  });

  it('a slew limit follows no faster than it may', () => {
    const log = createTestLog(compileTexts([signals("    t: { expr: 't1', filter: { slew: 6 K/min } }")]));
    log.read('front/temperature', 20);
    log.pulse();
    log.pass(10, () => log.read('front/temperature', 30));
    expect(log.values.get('room/s/t')).toBeCloseTo(21, 6);
  });

  it('a rate is in the unit that it says', () => {
    const log = createTestLog(compileTexts([signals('    r: { rate: { of: t1, window: 5min, minSamples: 10, unit: K/h } }')]));
    log.pass(9, (up) => log.read('front/temperature', 20 + up / 360_000));
    expect(log.values.get('room/s/r') ?? null).toBeNull();
    log.pass(20, (up) => log.read('front/temperature', 20 + up / 360_000));
    expect(log.values.get('room/s/r')).toBeCloseTo(10, 2);
  });

  it('a daily light integral starts again with the lights', () => {
    const plan = compileTexts([day, signals('    dli: { integrate: { of: ppfd, resetAt: lights-on, unit: mol/m2 } }')]);
    // 03:00 UTC is 04:00 in Berlin; the lights go on two hours later.
    const log = createTestLog(plan, Date.UTC(2027, 0, 15, 3));
    log.pass(3600, () => log.read('front/ppfd', 1000), 10_000);
    expect(log.values.get('room/s/dli')).toBeCloseTo(3.6, 1);
    log.pass(3600, () => log.read('front/ppfd', 1000), 10_000);
    expect(log.values.get('room/s/dli')).toBeLessThan(0.1);
  });

  it('a schedule keeps site time', () => {
    const plan = compileTexts([day, signals('    lit: { schedule: [ { from: lights-on, to: lights-off - 1h } ] }')]);
    const log = createTestLog(plan, Date.UTC(2027, 0, 15, 4, 59, 50));
    log.pulse();
    expect(log.values.get('room/s/lit')).toBe(false);
    log.pass(15);
    expect(log.values.get('room/s/lit')).toBe(true);
  });

  it('a latch, a counter and an edge remember', () => {
    const body = [
      "    hot: { latch: { set: 't1 > degC(30.0)', reset: 'door' } }",
      "    opened: { counter: { of: 'door' } }",
      "    opening: { edge: { of: 'door' } }",
    ].join('\n');
    const log = createTestLog(compileTexts([signals(body)]));
    log.read('door/open', false);
    log.read('front/temperature', 31);
    log.read('front/temperature', 20);
    expect(log.values.get('room/s/hot')).toBe(true);
    log.read('door/open', true);
    expect(log.values.get('room/s/hot')).toBe(false);
    expect(log.values.get('room/s/opened')).toBe(1);
    expect(log.values.get('room/s/opening')).toBe(true);
    log.pulse();
    expect(log.values.get('room/s/opening')).toBe(false);
  });

  it('a delay breaks a circle, and shows what was', () => {
    const body = "    was: { delay: { of: higher, by: 10s, unit: °C } }\n    higher: { expr: 'has_value(was) ? max(was, t1) : t1' }";
    const log = createTestLog(compileTexts([signals(body)]));
    log.pass(30, () => log.read('front/temperature', 25));
    log.pass(30, () => log.read('front/temperature', 20));
    expect(log.values.get('room/s/higher')).toBe(25);
  });

  it('set-points are known to expressions by sp', () => {
    const text = signals("    off: { expr: 't1 - sp.temp' }").replace('spec:\n', 'spec:\n  use: { setpoints: room/day }\n');
    const log = createTestLog(compileTexts([day, text]));
    log.read('front/temperature', 27);
    expect(log.values.get('room/s/off')).toBe(2);
  });

  it.each([
    ['a rate in the wrong unit', 'r: { rate: { of: t1, window: 5min, unit: kPa/h } }', 'K/s, K/min, K/h or K/d'],
    ['a rate of what is no number', 'r: { rate: { of: door, window: 5min, unit: K/h } }', 'a number'],
    ['a sum in the wrong unit', 'r: { integrate: { of: t1, resetAt: "06:00", unit: mol/m2 } }', '°C·h'],
    ['lights that nobody lit', 'r: { schedule: [ { from: lights-on, to: lights-off } ] }', 'moments that the clock knows'],
    ['sunrise nowhere', 'r: { schedule: [ { from: sunrise, to: "12:00" } ] }', 'moments that the clock knows'],
    ['a filter on a claim', "r: { expr: 'door', filter: { ewma: 5s } }", 'a filter on a number'],
    ['a quorum that cannot be met', 'r: { aggregate: { of: [ t1, t2 ], fn: mean, quorum: 3 } }', 'at most 2, the number of members'],
    ['an aggregate of different things', 'r: { aggregate: { of: [ t1, ppfd ], fn: mean } }', '°C'],
    ['a delay that is not what it says', 'r: { delay: { of: t1, by: 5s, unit: kPa } }', '°C'],
    ['an operator that is not there', 'r: { agregate: { of: [ t1 ], fn: mean } }', ''],
    ['a moment that is none', 'r: { schedule: [ { from: "25:00", to: "12:00" } ] }', 'a moment'],
  ])('refuses %s', (_, body, expected) => {
    const [problem] = problemsOf([signals(`    ${body}`)]);
    expect(problem?.expected).toContain(expected);
    expect(problem?.excerpt).toContain('^');
  });

  it('finds many circles as one problem each', () => {
    const problems = problemsOf([signals("    a: { expr: 'b + K(1.0)' }\n    b: { expr: 'a + K(1.0)' }")]);
    expect(problems.map((problem) => problem.found)).toContain('a → b → a');
  });
});

describe('set-points', () => {
  const climate = `${head('Setpoints', 'room/climate')}spec:
  timezone: Europe/Amsterdam
  clock: { mode: lights, on: "06:00", duration: 12h }
  dst: keep-duration
  setpoints:
    temp:
      - { at: lights-on,           value: "26 °C", ramp: 45min }
      - { at: lights-off - 60min,  value: "24 °C", ramp: 60min }
      - { at: lights-off,          value: "20.5 °C", ramp: 90min }
    vpd: "1.2 kPa"
  bands:
    temp: { target: "±1.0 K", alarm: "±3.0 K" }
`;

  it('ramp over the day of the site', () => {
    const plan = compileTexts([climate.replace(', alarm: "±3.0 K"', '')]);
    const at = (hours: number) => {
      const log = createTestLog(plan, Date.UTC(2027, 0, 15) + (hours - 1) * 3_600_000);
      log.pulse();
      return log.values.get('room/climate/temp');
    };
    expect(at(12)).toBe(26);
    expect(at(6)).toBe(20.5);
    expect(at(6.375)).toBeCloseTo(23.25, 6);
    expect(at(17.5)).toBeCloseTo(25, 6);
    expect(at(18.75)).toBeCloseTo(22.25, 6);
    expect(at(23)).toBe(20.5);
  });

  it.each([
    ['a band in degrees', climate.replace('±1.0 K', '±1.0 °C'), 'a quantity in K'],
    ['a band of nothing', climate.replace('    temp: { target', '    temq: { target'), 'a set-point of this document'],
    ['an alarm inside the target', climate.replace('±3.0 K', '±0.5 K'), 'a band at least as wide as the target'],
    ['points in different units', climate.replace('24 °C', '24 %'), 'a quantity in °C'],
    ['a zone that is not there', climate.replace('Europe/Amsterdam', 'Europe/Amsterdan'), 'a time zone, such as Europe/Amsterdam'],
    ['a value without a number', climate.replace('1.2 kPa', 'much'), 'a quantity, such as "1.25 kPa"'],
  ])('refuse %s', (_, text, expected) => {
    expect(problemsOf([text])[0]?.expected).toBe(expected);
  });
});
