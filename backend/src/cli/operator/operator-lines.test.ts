import type { AlarmStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createMomentText } from '../../devices/time-text.ts';
import { toAlarmLines, toDeviceValue, toInterlockLines, toKioskLines, toOverrideLines } from './operator-lines.ts';

const alarm: AlarmStatus = {
  alarm: 'room/hot',
  state: 'active',
  priority: 'P2',
  reason: 'too hot',
  since: 0,
  raised: 0,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: 2,
  lsn: 1,
};

const toMoment = createMomentText('Europe/Vienna');

describe('what an operator types and reads', () => {
  it.each([
    ['on', true],
    ['off', false],
    ['40', 40],
    ['40%', 40],
    ['0', 0],
  ] as const)('takes %s', (text, value) => expect(toDeviceValue(text)).toBe(value));

  it.each(['true', '', 'forty'])('refuses "%s"', (text) => expect(() => toDeviceValue(text)).toThrow('on, off or 40%'));

  it('shows the most urgent alarm first, one that cleared unseen too, and none that is over', () => {
    const lines = toAlarmLines(
      [
        alarm,
        { ...alarm, alarm: 'room/smoke', priority: 'P1', state: 'cleared', since: 120_000 },
        { ...alarm, alarm: 'room/old', state: 'cleared', isAcknowledged: true },
      ],
      toMoment,
    );
    expect(lines).toEqual([
      'P1  room/smoke  came 1970-01-01 01:00 CET, gone since 1970-01-01 01:02 CET, 2 times, NOT ACKNOWLEDGED: too hot',
      'P2  room/hot  active since 1970-01-01 01:00 CET, 2 times, NOT ACKNOWLEDGED: too hot',
    ]);
    expect(toAlarmLines([], toMoment)).toEqual(['no alarms']);
  });

  it('says who holds a device and until when', () => {
    const status = { device: 'room/heater', value: false, by: 'user:anna', reason: 'service', since: 0, until: 60_000, untilUp: 1, lsn: 1 };
    expect(toOverrideLines({ ...status, isReleased: false }, toMoment)).toEqual([
      'room/heater is kept off until 1970-01-01 01:01 CET, user:anna: service',
    ]);
    expect(toOverrideLines({ ...status, isReleased: true }, toMoment)).toEqual(['room/heater is let go']);
  });

  it('[DE3] shows interlocks at work first, and which can be let go', () => {
    const since = '1970-01-01T00:00:00.000Z';
    const lock = { id: 'room/safety/door', state: 'latched', why: 'door', since, isResettable: true } as const;
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
      'abcdefgh  lobby  let in 1970-01-01 01:00 CET',
    ]);
    expect(toKioskLines([], toMoment)).toEqual(['no wall screen is let in']);
  });
});
