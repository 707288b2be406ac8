import { describe, expect, it } from 'vitest';
import { formatProblem } from '../documents/problem.ts';
import type { SiteModel } from '../site-model.ts';
import { compileTexts, createTestLog, device, head, problemsOf, room, told } from './testing.ts';

const modes = [
  { name: 'off', raw: 0 },
  { name: 'heat', raw: 1 },
  { name: 'cool', raw: 2 },
];
const site: SiteModel = {
  ...room,
  devices: [
    ...room.devices,
    device('room/ac', { kind: 'setpoint', quantity: 'temperature', range: { min: 16, max: 30 }, step: 0.5, fallback: 24 }),
    device('room/ac_mode', { kind: 'mode', modes, fallback: 'off' }),
    device('room/vent', { kind: 'three-point', fallback: 0 }),
    device('room/horn', { kind: 'momentary' }),
  ],
};

const signals = `${head('Signals', 'room/s')}spec:
  inputs:
    t: { point: room/front/temperature, maxAge: 60s }
    door: { point: room/door/open, maxAge: 60s }
`;
const rule = (request: string, onUnknown = 'release'): string => `${head('Rule', 'room/r')}spec:
  use: { signals: room/s }
  when: 't > degC(20)'
  then: [ { request: { device: ${request}, level: control } } ]
  onUnknown: { hold: 1min, then: ${onUnknown} }
`;
const play = (request: string, temperature = 25) => {
  const log = createTestLog(compileTexts([signals, rule(request)], site));
  log.read('front/temperature', temperature);
  log.read('door/open', true);
  log.pulse();
  return log;
};

describe('what a rule may ask of a device', () => {
  it.each([
    ['room/ac, value: "22.5 °C"', 22.5],
    ['room/ac, value: { expr: "t - K(2.2)" }', 23],
    ['room/ac, value: { expr: "t + K(50)" }', 30],
    ['room/ac_mode, value: heat', 'heat'],
    ['room/ac_mode, value: off', 'off'],
    [`room/ac_mode, value: { expr: 't > degC(24) ? "cool" : "heat"' }`, 'cool'],
    ['room/vent, value: 35', 35],
    ['room/vent, value: "35 %"', 35],
    [`room/heater, value: { expr: 'door' }`, true],
    [`room/heater, value: { expr: 't < degC(24)' }`, false],
    [`room/heater, value: { expr: 'actual("room/fan") < 50.0' }`, true],
  ])('[CO1] %s', (request, wanted) => {
    const log = createTestLog(compileTexts([signals, rule(request)], site));
    log.device('room/fan', 'confirmed', 20);
    log.read('door/open', true);
    log.read('front/temperature', 25);
    log.pulse();
    const id = request.slice(0, request.indexOf(','));
    const last = log.decisions.findLast((decision) => decision.device === id)?.value;
    const fallback = site.devices.find((one) => one.id === id)?.fallback;
    expect(last ?? fallback).toBe(wanted);
  });

  it.each([
    ['room/ac, value: "22.3 °C"', 'a quantity from "16 °C" to "30 °C" in steps of 0.5 °C: room/ac takes a set-point'],
    ['room/ac, value: 22', 'a quantity from "16 °C" to "30 °C" in steps of 0.5 °C: room/ac takes a set-point'],
    ['room/ac, value: { expr: "50.0" }', '°C'],
    ['room/ac_mode, value: dry', 'one of off, heat, cool: room/ac_mode takes a mode'],
    ['room/ac_mode, value: { expr: "t > degC(20)" }', 'the name of a mode: room/ac_mode takes a mode'],
    ['room/vent, value: 101', 'a number from 0 to 100: room/vent takes per cent'],
    ['room/heater, value: { expr: "50.0" }', 'true or false: room/heater is a switch'],
    ['room/horn, value: 3', 'on: room/horn takes a pulse'],
  ])('refuses %s', (request, expected) => {
    const problems = problemsOf([signals, rule(request)], site).map((problem) => formatProblem(problem));
    expect(problems.join('\n')).toContain(expected);
    expect(problems).toHaveLength(1);
  });

  it('[DE11] asks a momentary device once, when it begins to ask, and not again at a grant', () => {
    const log = play('room/horn, value: on');
    const asked = () => log.decisions.filter((decision) => decision.device === 'room/horn');
    expect(asked()).toMatchObject([{ value: true, op: 'momentary' }]);
    log.take({ kind: 'lease', scope: 'room', term: 2, holder: 'automation-1' });
    log.pass(5, () => log.read('front/temperature', 25));
    expect(asked()).toHaveLength(1);
    log.pass(5, () => log.read('front/temperature', 15));
    log.pass(5, () => log.read('front/temperature', 25));
    expect(asked()).toHaveLength(2);
  });

  it('[CO1] says what it asked in the words of the device', () => {
    const log = play('room/ac, value: "22.5 °C"');
    const why = log.decisions.find((decision) => decision.device === 'room/ac')?.why;
    expect(
      told(
        why,
        site.devices.find(({ id }) => id === 'room/ac'),
      ),
    ).toContain('asks for 22.5 °C');
  });

  it('[CO1] a loop moves a set-point within its map, in its steps', () => {
    const loop = (map: string): string => `${head('Loop', 'room/l')}spec:
  use: { signals: room/s }
  every: 5s
  pv: 't'
  sp: 'degC(22)'
  pid: { kp: "-10 %/K", output: { min: 0, max: 100 } }
  split: [ { range: [ 0, 100 ], to: { device: room/ac, as: setpoint, map: ${map} } } ]
  level: control
  onUnknown: { hold: 1min, then: release }
`;
    const log = createTestLog(compileTexts([signals, loop('[ "28 °C", "18 °C" ]')], site));
    log.pass(20, () => log.read('front/temperature', 28));
    const requests = log.requests('room/ac').map(Number);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.every((value) => value >= 18 && value <= 28 && Number.isInteger(value * 2))).toBe(true);
    expect(
      problemsOf([signals, loop('[ 28, 18 ]')], site)
        .map((problem) => formatProblem(problem))
        .join(),
    ).toContain('room/ac takes a set-point');
  });
});
