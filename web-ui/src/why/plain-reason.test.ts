import { reasonOf, textReason, type Reason, type SiteLayout } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toPlainReason, toTitles } from './plain-reason.ts';

const site = {
  locations: [{ id: 'flower_room', title: 'Flower room 1' }],
  points: [{ id: 'flower_room/front/temperature', title: 'Front temperature' }],
  devices: [{ id: 'flower_room/heater', title: 'Heater' }],
} as unknown as SiteLayout;
const titles = toTitles(site, new Map([['flower_room/heat', 'Heat when it is too cool']]));

describe('a reason in plain words', () => {
  const told = (reason: Reason): string => toPlainReason(reason, { titles, time: { clock: () => '14:00:00' } });
  const rule = 'flower_room/heat';

  it.each([
    [
      reasonOf('rule/requests', { rule, value: true, forMs: 4000, because: 'temp 22.50 °C < 23.60 °C' }),
      'Heat when it is too cool asks for on: temp 22.50 °C is below 23.60 °C for 4 s',
    ],
    [
      reasonOf('rule/requests', { rule, value: 40, forMs: 0, because: 'temp 22.50 °C <= 23.60 °C' }),
      'Heat when it is too cool asks for 40 %: temp 22.50 °C is at most 23.60 °C',
    ],
    [
      reasonOf('rule/still-requests', { rule, value: true, because: 'temp 22.50 °C <= sp.temp 24.00 °C' }),
      'Heat when it is too cool still asks for on: temp 22.50 °C is at most set-point temp 24.00 °C',
    ],
    [
      reasonOf('device/no-request', {
        value: false,
        rules: [{ code: 'rule/no-longer-requests', params: { rule, because: 'temp 24.10 °C > 24.00 °C' } }],
      }),
      'Heat when it is too cool no longer asks: temp 24.10 °C is above 24.00 °C; off: no rule asks for it',
    ],
    [reasonOf('rule/stopped', { rule: 'flower_room/dry_out', because: 'door open' }), 'dry out stopped: door open'],
    [
      reasonOf('rule/remembers', { rule, isRequesting: false, because: 'flower_room/front/temperature is stale' }),
      'Heat when it is too cool makes no request, from memory: Front temperature is stale',
    ],
    [
      reasonOf('rule/stopped', { rule, because: 'light 400 µmol/m²/s >= 300 µmol/m²/s, flow 3 l/min' }),
      'Heat when it is too cool stopped: light 400 µmol/m²/s is at least 300 µmol/m²/s, flow 3 l/min',
    ],
    [reasonOf('limit/waiting', { limit: 'min-off', until: 0 }), 'waits for min-off until 14:00:00'],
    [textReason('dry enough'), 'dry enough'],
  ])('%o', (reason, plain) => {
    expect(told(reason)).toBe(plain);
  });

  it('shows the code of a reason that only a newer hub knows', () => {
    expect(told({ code: 'moon/full', params: {} } as unknown as Reason)).toBe('moon/full');
  });
});
