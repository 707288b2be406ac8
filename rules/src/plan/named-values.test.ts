import { expect, it } from 'vitest';
import { toSiteModel } from '../site-model.ts';
import { compileTexts, createTestLog, head, room } from './testing.ts';

const names = { off: 0, cool: 3, heat: 4 };
const site = { ...room, points: [...room.points, { id: 'room/unit/mode', quantity: 'number', names } as const] };
const signals = `${head('Signals', 'room/s')}spec:\n  inputs: { mode: { point: room/unit/mode, maxAge: 10s } }\n  signals: {}\n`;
const rule = `${head('Rule', 'room/assist')}spec:
  use: { signals: room/s }
  when: { expr: 'mode == 4' }
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 5s, then: release, alarm: { priority: P2, text: "blind" } }
`;

it('a rule compares the number of a named value, and its reason reports the name with it', () => {
  const plan = compileTexts([signals, rule], site);
  const log = createTestLog(plan);
  log.read('unit/mode', 4);
  log.pulse();
  expect(log.requests('room/heater')).toEqual([true]);
  expect(plan.explain(log.state, 'room/heater')?.because).toContain('mode heat (4) == heat (4)');
  expect(plan.explain(log.state, 'room/heater')?.inputs).toMatchObject([{ name: 'mode', value: 4, named: 'heat (4)' }]);
  log.read('unit/mode', 3);
  log.pulse();
  expect(log.requests('room/heater')).toEqual([true, false]);
});

it('a site says what the values of its points are called', () => {
  const source = { kind: 'register', register: { names } };
  const model = toSiteModel({
    points: [{ id: 'room/unit/mode', quantity: 'number', source }],
    devices: [],
    timeZone: 'UTC',
    isDemonstration: false,
  });
  expect(model.points).toEqual([{ id: 'room/unit/mode', quantity: 'number', names }]);
});
