import { describe, expect, it } from 'vitest';
import { compileTexts, createTestLog, device, head, problemsOf, room, told } from './testing.ts';

const site = {
  ...room,
  points: [...room.points, { id: 'room/meter/power', quantity: 'power' as const }],
  devices: [device('room/pump'), device('room/lamps', { kind: 'percent', fallback: 0 })],
};
const signals = `${head('Signals', 'room/s')}spec:
  use: { setpoints: room/sp }
  inputs: { power: { point: room/meter/power, maxAge: 1h } }
  signals: { today: { integrate: { of: power, resetAt: "00:00", unit: kWh } } }
`;
const setpoints = `${head('Setpoints', 'room/sp')}spec:
  setpoints: { light: "50 %", budget: "2 kWh" }
`;
const rule = (caps: string, request = 'device: room/pump, value: on'): string => `${head('Rule', 'room/r')}spec:
  use: { signals: room/s, setpoints: room/sp }
  when: 'true'
  caps: [ ${caps} ]
  then: [ { request: { ${request}, level: control } } ]
  onUnknown: { hold: 10s, then: release }
`;
const start = (caps: string) => {
  // 2027-01-15T08:00:00Z is 09:00 in Berlin.
  const log = createTestLog(compileTexts([signals, setpoints, rule(caps)], site));
  log.read('meter/power', 0);
  return log;
};

describe('a cap', () => {
  it('on the time that a device is on stops the rule until its day starts again', () => {
    const log = start('{ onTime: 10min, resetAt: "10:00" }');
    log.pass(5);
    log.device('room/pump', 'confirmed', true);
    log.pass(590);
    expect(log.requests('room/pump').at(-1)).toBe(true);
    log.pass(20);
    expect(log.requests('room/pump').at(-1)).toBe(false);
    expect(told(log.decisions.at(-1)?.why)).toContain('room/r stopped: room/pump was on for 10 min since 10:00, all that its cap allows');
    log.device('room/pump', 'confirmed', false);
    log.pass(3600);
    expect(log.requests('room/pump').at(-1)).toBe(true);
  });

  it('counts what the device does, no matter who switched it', () => {
    const log = start('{ onTime: 10min, resetAt: "00:00" }');
    log.pass(5);
    log.device('room/pump', 'confirmed', false);
    log.pass(3000);
    expect(log.requests('room/pump').at(-1)).toBe(true);
  });

  it.each(['"2 kWh"', 'sp.budget'])('on an amount, up to %s', (max) => {
    const log = start(`{ of: today, max: ${max}, reason: the budget is spent }`);
    log.pass(1800, () => log.take({ kind: 'sensor', location: 'room', cluster: 'meter', readings: { power: { v: 3600, q: 'good' } } }));
    expect(log.requests('room/pump').at(-1)).toBe(true);
    log.pass(300, () => log.take({ kind: 'sensor', location: 'room', cluster: 'meter', readings: { power: { v: 3600, q: 'good' } } }));
    expect(log.requests('room/pump').at(-1)).toBe(false);
    expect(told(log.decisions.at(-1)?.why)).toContain('the budget is spent');
  });

  it('without a known time is not known, and the rule does as it says for that', () => {
    const log = createTestLog(compileTexts([signals, setpoints, rule('{ of: today, max: "2 kWh" }')], site));
    log.pass(60);
    expect(log.requests('room/pump')).not.toContain(true);
  });

  it.each([
    ['an amount in another unit', rule('{ of: today, max: "2 %" }'), 'a quantity in kWh', 'a quantity in %'],
    ['an expression in another unit', rule('{ of: today, max: sp.light }'), 'kWh', '%'],
    ['no time at all', rule('{ onTime: 0s, resetAt: "00:00" }'), 'a time above zero', '0s'],
    ['a device that is not there', rule('{ onTime: 1h, device: room/pomp, resetAt: "00:00" }'), 'a device of the site', 'room/pomp'],
    ['neither', rule('{ reason: none }'), 'onTime (a duration, such as 90s, 5min or 1h30min)', 'nothing'],
  ])('refuses %s', (_, text, expected, found) => {
    expect(problemsOf([signals, setpoints, text], site).map((problem) => [problem.expected, problem.found])).toContainEqual([
      expected,
      found,
    ]);
  });
});

describe('a request of a number', () => {
  const ramp = (rest: string): string => `${head('Setpoints', 'room/sp')}spec:
  timezone: Europe/Berlin
  setpoints: { light: [ { at: "09:00", value: "80 %", ramp: 30min }, { at: "20:00", value: "0 %" } ], budget: "2 kWh" }
---
${rule('', `device: room/lamps, value: { expr: sp.light }${rest}`)}`;
  const count = (rest: string): { readonly requests: number; readonly last: unknown } => {
    const log = createTestLog(compileTexts([signals, ...ramp(rest).split('---\n')], site));
    log.read('meter/power', 0);
    log.pass(2000);
    return { requests: log.requests('room/lamps').length, last: log.requests('room/lamps').at(-1) };
  };

  it.each([
    ['', 82],
    [', resolution: "5 %"', 18],
    [', resolution: "0.5 %"', 162],
    [', interval: 1min', 33],
  ])('with %j is requested at most %i times for a ramp of half an hour', (rest, most) => {
    const { requests, last } = count(rest);
    expect(requests).toBeLessThanOrEqual(most);
    expect(requests).toBeGreaterThan(most / 2);
    expect(last).toBe(80);
  });

  it.each([
    [
      'a resolution of a fixed value',
      rule('', 'device: room/lamps, value: 40, resolution: "5 %"'),
      'this key only where value is an expression',
      '5 %',
    ],
    [
      'an interval of a fixed value',
      rule('', 'device: room/pump, value: on, interval: 5s'),
      'no such key: room/pump takes no numbers',
      '5s',
    ],
    [
      'a resolution in K',
      rule('', 'device: room/lamps, value: { expr: sp.light }, resolution: "1 K"'),
      'a quantity in %',
      'a quantity in K',
    ],
    ['no resolution', rule('', 'device: room/lamps, value: { expr: sp.light }, resolution: "0 %"'), 'a step above 0 %', '0 %'],
  ])('refuses %s', (_, text, expected, found) => {
    expect(problemsOf([signals, setpoints, text], site).map((problem) => [problem.expected, problem.found])).toContainEqual([
      expected,
      found,
    ]);
  });
});
