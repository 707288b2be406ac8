import { createMomentText, millis, textReason } from '@phloem/protocol';
import type { DeviceModel } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { toTypedValue, toInterlockLines, toKioskLines, toOverrideLines } from './operator-lines.ts';

const toMoment = createMomentText('Europe/Vienna');

describe('what an operator types and reads', () => {
  const shared = { fallback: 0, minOn: millis(0), minOff: millis(0), merge: 'exclusive' } as const;
  const models = {
    heater: { ...shared, id: 'room/heater', kind: 'switch' },
    lights: { ...shared, id: 'room/lights', kind: 'percent' },
    ac: { ...shared, id: 'room/ac', kind: 'setpoint', quantity: 'temperature', range: { min: 16, max: 30 }, step: 0.5 },
    mode: {
      ...shared,
      id: 'room/mode',
      kind: 'mode',
      modes: [
        { name: 'off', raw: 0 },
        { name: 'heat', raw: 1 },
      ],
    },
  } as const satisfies Record<string, DeviceModel>;

  it.each([
    ['heater', 'on', true],
    ['heater', 'off', false],
    ['lights', '40', 40],
    ['lights', '40%', 40],
    ['lights', '0', 0],
    ['ac', '22.5 °C', 22.5],
    ['ac', '71.6 °F', 22],
    ['ac', '22.5', 22.5],
    ['mode', 'heat', 'heat'],
    ['mode', 'off', 'off'],
  ] as const)('takes for %s %s', (device, text, value) => expect(toTypedValue(text, models[device])).toBe(value));

  it.each([
    ['heater', 'true', 'on or off'],
    ['heater', '40', 'on or off'],
    ['heater', '', 'on or off'],
    ['lights', 'forty', 'a number from 0 to 100'],
    ['ac', '22.3', 'in steps of 0.5 °C'],
    ['ac', '40 °C', 'a quantity from "16 °C" to "30 °C"'],
    ['mode', 'dry', 'one of off, heat'],
  ] as const)('refuses for %s "%s"', (device, text, expected) => expect(() => toTypedValue(text, models[device])).toThrow(expected));

  it('says who holds a device and until when', () => {
    const status = {
      device: 'room/heater',
      value: false,
      by: { kind: 'user', id: 'anna' } as const,
      reason: 'service',
      since: 0,
      until: 60_000,
      untilUp: 1,
      lsn: 1,
    };
    expect(toOverrideLines({ ...status, isReleased: false }, toMoment)).toEqual([
      'room/heater is overridden to off until 1970-01-01 01:01 CET, anna: service',
    ]);
    expect(toOverrideLines({ ...status, isReleased: true }, toMoment)).toEqual(['room/heater is released']);
  });

  it('[DE3] shows interlocks at work first, and which can be released', () => {
    const since = '1970-01-01T00:00:00.000Z';
    const lock = {
      id: 'room/safety/door',
      state: 'latched',
      why: { ...textReason('door'), message: 'door' },
      since,
      isResettable: true,
    } as const;
    expect(
      toInterlockLines(
        [{ ...lock, id: 'room/safety/hot', state: 'clear', isResettable: false }, lock, { ...lock, isResettable: false }],
        toMoment,
      ),
    ).toEqual([
      'latched  room/safety/door since 1970-01-01 01:00 CET: door – can be reset',
      'latched  room/safety/door since 1970-01-01 01:00 CET: door – its condition has not been clear for long enough',
      'clear    room/safety/hot',
    ]);
    expect(toInterlockLines([], toMoment)).toEqual(['the site has no interlocks']);
  });

  it('[SE5] lists the screens that are let in', () => {
    expect(toKioskLines([{ id: 'abcdefgh', name: 'lobby', createdAt: 0 }], toMoment)).toEqual([
      'abcdefgh  lobby  since 1970-01-01 01:00 CET',
    ]);
    expect(toKioskLines([], toMoment)).toEqual(['no wall screen has access']);
  });
});
