import { describe, expect, it } from 'vitest';
import { readDocuments } from '../documents/source.ts';
import { toTestSite } from './test-site.ts';
import { formatFailure } from './run-rule-tests.ts';
import { runAllRuleTests } from './rule-test-runs.ts';

const head = (kind: string, id: string): string => `apiVersion: phloem/v1\nkind: ${kind}\nmetadata: { id: ${id} }\n`;
const bundle = `${head('Signals', 'veg/s')}spec:
  inputs:
    t1: { point: veg/air/t1, quantity: temperature, maxAge: 60s }
    rain: { point: veg/air/rain, quantity: boolean, maxAge: 60s }
---
${head('Loop', 'veg/heat')}spec:
  use: { signals: veg/s }
  every: 5s
  pv: t1
  sp: 'degC(24.0)'
  pid: { kp: "20 %/K", ti: 10min, output: { min: 0, max: 100 }, antiWindup: { mode: back-calculation, tt: 5min } }
  split: [ { range: [ 0, 100 ], to: { device: veg/exhaust, as: percent, map: [ 0, 100 ] } } ]
  level: control
  onUnknown: { hold: 3min, then: release }
---
${head('Loop', 'veg/warm')}spec:
  use: { signals: veg/s }
  every: 5s
  pv: t1
  sp: 'degC(24.0)'
  pid: { kp: "20 %/K", ti: 10min, output: { min: 0, max: 100 }, antiWindup: { mode: back-calculation, tt: 5min } }
  split: [ { range: [ 0, 100 ], to: { device: veg/heater, as: time-proportion, map: [ 0, 100 ], period: 5min, minPulse: 30s } } ]
  level: control
  onUnknown: { hold: 3min, then: release }
---
${head('Rule', 'veg/rain')}spec:
  use: { signals: veg/s }
  when: rain
  then: [ { request: { device: veg/exhaust, value: 0, level: protect } } ]
  onUnknown: { hold: 3min, then: release }
`;
const site = (guard: string): string => `${head('Devices', 'veg/devices')}spec:
  devices:
    veg/exhaust:
      kind: percent
      write: { bus: line, unit: 50, register: { table: holding, address: 109, type: u16, scale: 0.1 } }
      readBack: { bus: line, unit: 50, register: { table: holding, address: 109, type: u16, scale: 0.1 } }
      failSafe: { after: 30s, value: 0 }
      merge: max
    veg/heater:
      kind: switch
      write: { bus: line, unit: 50, register: { table: coil, address: 2, type: bit } }
      readBack: { bus: line, unit: 50, register: { table: coil, address: 2, type: bit } }
      minOn: 2min
      minOff: 2min
      failSafe: { after: 30s, value: off }
      merge: exclusive
---
${head('Signals', 'veg/safety')}spec:
  inputs: { door: { point: veg/air/door, quantity: boolean, maxAge: 60s } }
---
${head('Interlocks', 'veg/locks')}spec:
  use: { signals: veg/safety }
  interlocks:
    - { id: door-open, when: door, ${guard}, onUnknown: ignore }
    - { id: heater-off, when: door, deny: { device: veg/heater, value: on }, onUnknown: ignore }
`;
const test = (extra: string, { door = '0x906', rain = '0x906' } = {}): string => `${head('RuleTest', 'veg/windup.test')}spec:
  tests:
    - name: two hours shut off, then at its set-point
      start: 2026-03-03T08:00:00+01:00
      step: 10s
      series: { veg/air/t1: "22x726 24.2x180", veg/air/door: "${door}", veg/air/rain: "${rain}" }
${extra}
      expect:
        - { at: 60min, device: veg/exhaust, is: 0 }
        - { at: 124min, expr: 'applied("veg/exhaust") < 45.0' }
        - { at: 135min, expr: 'applied("veg/exhaust") < 30.0' }
`;
const runTest = (guard: string, text: string): readonly string[] => {
  const siteSources = readDocuments([{ path: 'site.yaml', text: site(guard) }]);
  const sources = readDocuments([
    { path: 'bundle.yaml', text: bundle },
    { path: 'test.yaml', text },
  ]);
  const runs = runAllRuleTests(sources, toTestSite([...siteSources, ...sources]), siteSources);
  return runs.flatMap(({ results }) => results.flatMap(({ failures }) => failures.map(formatFailure)));
};
const noGuard = 'limit: { device: veg/exhaust, max: 100 }';
const open = '1x720 0x186';

describe('a loop that is shut off for two hours goes on from what was applied, after', () => {
  it.each([
    ['an interlock that limits', 'limit: { device: veg/exhaust, max: 0 }', test('', { door: open })],
    ['an interlock that forces', 'force: { device: veg/exhaust, value: 0 }', test('', { door: open })],
    ['an interlock that denies', 'deny: { device: veg/exhaust, value: on }', test('', { door: open })],
    ['a rule of a higher level', noGuard, test('', { rain: open })],
    ['an override', noGuard, test('      overrides: [ { at: 0s, device: veg/exhaust, value: 0, for: 2h } ]')],
    ['a device that is stuck', noGuard, test('      stuck: [ { at: 1s, device: veg/exhaust, for: 2h } ]')],
    ['a service that was away', noGuard, test('      outages: [ { at: 0s, for: 2h } ]')],
  ])('%s', (_, guard, text) => {
    // A stuck device has moved by its first request before it sticks.
    const isStuck = text.includes('stuck:');
    expect(runTest(guard, isStuck ? text.replace(/ {8}- \{ at: 60min.*\n/, '') : text)).toEqual([]);
  });

  it('a heater in pulses, denied by an interlock and with minimum times', () => {
    const text = test('', { door: open }).replace(
      /expect:[^]*/,
      `expect:
        - { at: 60min, device: veg/heater, is: off }
      limits: { switches: { veg/heater: 4 } }
`,
    );
    expect(runTest(noGuard, text)).toEqual([]);
  });

  it('counts requests, and names a device that got too many', () => {
    const text = test('      limits: { requests: { veg/exhaust: 3 } }', { door: open }).replace('22x726', '20+0.01x726');
    expect(runTest(noGuard, text).join()).toMatch(/expected at most 3 requests for veg\/exhaust, got \d{2,}/);
  });
});
