import { textReason, type AlarmStatus, createMomentText } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toAlarmHistoryLines, toAlarmLines, toDoneLines } from './alarm-lines.ts';

const alarm: AlarmStatus = {
  alarm: 'room/hot',
  state: 'active',
  priority: 'P2',
  why: textReason('too hot'),
  since: 0,
  raised: 0,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: 2,
  lsn: 1,
};
const shelved = { by: { kind: 'user', id: 'anna' } as const, reason: 'defrost', since: 0, until: 3_600_000, untilUp: 1 };
const toMoment = createMomentText('Europe/Vienna');

describe('the alarms in a terminal', () => {
  it('shows the most urgent first, one that returned to normal unacknowledged too, and none that is over', () => {
    const lines = toAlarmLines(
      [
        alarm,
        { ...alarm, alarm: 'room/smoke', priority: 'P1', state: 'cleared', since: 120_000 },
        {
          ...alarm,
          alarm: 'room/dry',
          priority: 'P3',
          count: 1,
          state: 'acknowledged',
          isAcknowledged: true,
          acknowledgedBy: { kind: 'user', id: 'anna' },
          comment: 'on it',
        },
        { ...alarm, alarm: 'room/old', state: 'cleared', isAcknowledged: true },
      ],
      toMoment,
    );
    expect(lines).toEqual([
      'P1  room/smoke  came 1970-01-01 01:00 CET, returned to normal 1970-01-01 01:02 CET, 2 times, NOT ACKNOWLEDGED: too hot',
      'P2  room/hot  active since 1970-01-01 01:00 CET, 2 times, NOT ACKNOWLEDGED: too hot',
      'P3  room/dry  active since 1970-01-01 01:00 CET, acknowledged by anna (on it): too hot',
    ]);
    expect(toAlarmLines([], toMoment)).toEqual(['no alarms']);
  });

  it('[AL7] shows the shelved ones last, with who, why and until when, and what comes from them with them', () => {
    const unit = { ...alarm, alarm: 'bus/line/unit/1', parent: 'bus/line', count: 1 };
    const lines = toAlarmLines(
      [
        { ...alarm, alarm: 'bus/line', priority: 'P1', shelved, count: 1 },
        unit,
        { ...unit, alarm: 'firm', isShelvable: false, why: textReason('frost') },
        { ...alarm, priority: 'P4' },
      ],
      toMoment,
    );
    expect(lines).toEqual([
      'P2  firm  active since 1970-01-01 01:00 CET, NOT ACKNOWLEDGED: frost',
      'P4  room/hot  active since 1970-01-01 01:00 CET, 2 times, NOT ACKNOWLEDGED: too hot',
      'P1  bus/line  active since 1970-01-01 01:00 CET, shelved until 1970-01-01 02:00 CET by anna (defrost): too hot (and 1 from this cause)',
    ]);
  });

  it('names each alarm that something was done to', () => {
    expect(toDoneLines([alarm], 'is acknowledged')).toEqual(['room/hot is acknowledged']);
    expect(toDoneLines([], 'is acknowledged')).toEqual(['no alarms']);
  });
});

describe('the history of alarms', () => {
  it('reports what was raised and what people did, and what is not known', () => {
    const raised = { kind: 'alarm', at: 1, until: 9, text: 'too hot', lsn: 3, id: 'room/hot', priority: 'P1' } as const;
    const done = {
      kind: 'action',
      at: 2,
      until: null,
      text: '',
      lsn: 4,
      id: 'room/hot',
      action: 'acknowledge',
      by: { kind: 'user', id: 'anna' },
    } as const;
    const gaps = [{ from: 0, to: 1, why: textReason('the hub was off') }];
    const told = toAlarmHistoryLines({ from: 0, to: 10, alarms: [raised, done, { ...raised, until: null }], isCut: true, gaps }, String);
    expect(told).toEqual([
      'only the newest are shown; --csv has all of them',
      '0 to 1: not known (the hub was off)',
      '1  P1  room/hot  until 9: too hot',
      '2  room/hot  acknowledge by anna',
      '1  P1  room/hot  active: too hot',
    ]);
    expect(toAlarmHistoryLines({ from: 0, to: 10, alarms: [], isCut: false, gaps: [] }, String)).toEqual(['no alarms']);
  });
});
