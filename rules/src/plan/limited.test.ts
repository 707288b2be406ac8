import { expect, it } from 'vitest';
import { textReason, type Reading } from '@phloem/protocol';
import { compileTexts, createTestLog, head } from './testing.ts';

const signals = (quality = ''): string =>
  `${head('Signals', 'room/s')}spec:\n  inputs: { rh: { point: room/front/humidity, maxAge: 10s${quality} } }\n  signals: { shown: { expr: 'rh' } }\n`;
const rule = `${head('Rule', 'room/dry')}spec:
  use: { signals: room/s }
  when: { hysteresis: { on: 'rh > 85.0', off: 'rh < 80.0' } }
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 5s, then: release, alarm: { priority: P2, text: "blind" } }
`;
const readAs = (log: ReturnType<typeof createTestLog>, humidity: Reading): void =>
  void log.take({ kind: 'sensor', location: 'room', cluster: 'front', readings: { humidity } });
const limited = { v: 100, q: 'uncertain', why: textReason('100.3 % is limited to 100 %'), raw: 100.3, limited: true } as const;
const overdue = { v: 100, q: 'uncertain', why: textReason('its calibration is overdue') } as const;

it('[RE1] a dehumidifier keeps running in a saturated room', () => {
  const log = createTestLog(compileTexts([signals(), rule]));
  log.read('front/humidity', 95);
  log.pulse();
  expect(log.values.get('room/s/shown')).toBe(95);
  log.pass(60, () => readAs(log, limited));
  expect(log.values.get('room/s/shown')).toBe(100);
  expect(log.requests('room/heater')).toEqual([true]);
  expect(log.alarms.filter(({ state }) => state === 'active')).toEqual([]);
});

it('[RE1] a value that is uncertain for another reason is used only where the input allows it', () => {
  const strict = createTestLog(compileTexts([signals(), rule]));
  readAs(strict, overdue);
  expect(strict.values.get('room/s/shown') ?? null).toBeNull();
  const lax = createTestLog(compileTexts([signals(', quality: [ good, uncertain ]'), rule]));
  readAs(lax, overdue);
  expect(lax.values.get('room/s/shown')).toBe(100);
});
