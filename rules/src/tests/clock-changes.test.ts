import { describe, expect, it } from 'vitest';
import { readDocuments } from '../documents/source.ts';
import { runAllRuleTests } from './rule-test-runs.ts';
import { formatFailure } from './run-rule-tests.ts';
import { toTestSite } from './test-site.ts';

const devices = `apiVersion: phloem/v1
kind: Devices
metadata: { id: store/devices }
spec:
  devices:
    store/defrost:
      kind: switch
      write: { bus: line, unit: 50, register: { table: coil, address: 14, type: bit } }
      readBack: { bus: line, unit: 50, register: { table: coil, address: 14, type: bit } }
      failSafe: { after: 30s, value: off }
      merge: exclusive
    veg/lights:
      kind: percent
      write: { bus: line, unit: 50, register: { table: holding, address: 110, type: u16, scale: 0.1 } }
      readBack: { bus: line, unit: 50, register: { table: holding, address: 110, type: u16, scale: 0.1 } }
      failSafe: { after: 30s, value: 0 }
      merge: exclusive
`;
const bundle = `apiVersion: phloem/v1
kind: Rule
metadata: { id: store/defrost }
spec:
  when: { schedule: [ { from: "02:30", to: "03:00" } ] }
  then: [ { request: { device: store/defrost, value: on, level: schedule } } ]
  onUnknown: { hold: 10s, then: off }
---
apiVersion: phloem/v1
kind: Setpoints
metadata: { id: veg/night }
spec:
  setpoints:
    light:
      - { at: "02:30", value: "0 %" }
      - { at: "03:00", value: "60 %" }
      - { at: "22:00", value: "10 %" }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: veg/lights }
spec:
  use: { setpoints: veg/night }
  when: 'sp.light >= 0.0'
  then: [ { request: { device: veg/lights, value: { expr: 'sp.light' }, level: schedule } } ]
  onUnknown: { hold: 1h, then: release }
---
apiVersion: phloem/v1
kind: RuleTest
metadata: { id: store/clock-changes.test }
spec:
  tests:
    - name: an ordinary night
      start: 2026-03-28T02:00:00+01:00
      step: 1min
      series: { store/air/t1: "2x540" }
      expect:
        - { at: 29min, device: store/defrost, is: off }
        - { at: 31min, device: store/defrost, is: on }
        - { at: 61min, device: store/defrost, is: off }
        - { at: 61min, device: veg/lights, is: 60 }
        - { at: 8h, device: veg/lights, is: 60 }
      limits: { switches: { store/defrost: 2 } }
    - name: the night in which the clocks skip the hour in which the window begins
      start: 2026-03-29T01:00:00+01:00
      step: 1min
      series: { store/air/t1: "2x1440" }
      expect:
        - { at: 59min, device: store/defrost, is: off }
        - { at: 61min, device: store/defrost, is: on }
        - { at: 89min, device: store/defrost, is: on }
        - { at: 91min, device: store/defrost, is: off }
        - { at: 4h, device: store/defrost, is: off }
        - { at: 20h, device: store/defrost, is: off }
        - { at: 61min, device: veg/lights, is: 60 }
        - { at: 8h, device: veg/lights, is: 60 }
        - { at: 20h1min, device: veg/lights, is: 10 }
      limits: { switches: { store/defrost: 2 } }
    - name: the night in which the hour comes twice
      start: 2026-10-25T01:00:00+02:00
      step: 1min
      series: { store/air/t1: "2x1440" }
      expect:
        - { at: 95min, device: store/defrost, is: on }
        - { at: 121min, device: store/defrost, is: off }
        - { at: 155min, device: store/defrost, is: off }
        - { at: 121min, device: veg/lights, is: 0 }
        - { at: 181min, device: veg/lights, is: 60 }
      limits: { switches: { store/defrost: 2 } }
`;

describe('rules on the days on which the clocks change', () => {
  it('[SC2] a window that begins in skipped time lasts as long as on other days, and set-points keep their order', () => {
    const sources = [
      ...readDocuments([{ path: 'devices.yaml', text: devices }]),
      ...readDocuments([{ path: 'bundle.yaml', text: bundle }]),
    ];
    const runs = runAllRuleTests(sources, toTestSite(sources, 'Europe/Berlin'));
    const results = runs.flatMap((run) => run.results);
    expect(results).toHaveLength(3);
    expect(results.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${formatFailure(failure)}`))).toEqual([]);
  });
});
