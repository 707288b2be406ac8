import { expect, it } from 'vitest';
import type { Entry } from '../entry.ts';
import { compileTexts, head } from './plan/testing.ts';
import { createShadow, type ShadowDifference } from './shadow.ts';

const signals = `${head('Signals', 'room/s')}spec:\n  inputs: { temp: { point: room/front/temperature, maxAge: 15s } }\n`;
const heat = (below: string): string => `${head('Rule', 'room/heat')}spec:
  use: { signals: room/s }
  when: { hysteresis: { on: 'temp < degC(${below})', off: 'temp > degC(23.0)' } }
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 30s, then: release }
`;

it('a candidate in shadow tells when it would do something else, and why', () => {
  const shadow = createShadow(compileTexts([signals, heat('20.0')]), compileTexts([signals, heat('21.0')]), ['room/heater', 'room/fan']);
  let state = shadow.start();
  const differences: ShadowDifference[] = [];
  for (const [i, v] of [22, 20.5, 20.4, 19, 24, 22].entries()) {
    const readings = { temperature: { v, q: 'good' as const } };
    const entry: Entry = { kind: 'sensor', lsn: i + 1, at: i * 1000, up: i * 1000, location: 'room', cluster: 'front', readings };
    const step = shadow.step(state, entry, { epoch: 'aaaaaaaaaaaa' });
    state = step.state;
    differences.push(...step.differences);
  }
  expect(differences).toEqual([
    {
      device: 'room/heater',
      lsn: 2,
      at: 1000,
      kind: 'apart',
      active: { value: false, because: 'fallback: room/heat does not ask: temp 20.50 °C >= 20.00 °C' },
      candidate: { value: true, because: 'room/heat wanted on: temp 20.50 °C < 21.00 °C' },
    },
    {
      device: 'room/heater',
      lsn: 4,
      at: 3000,
      kind: 'agreed',
      active: { value: true, because: 'room/heat wanted on: temp 19.00 °C < 20.00 °C' },
      candidate: { value: true, because: 'room/heat wanted on: temp 19.00 °C < 21.00 °C' },
    },
  ]);
});
