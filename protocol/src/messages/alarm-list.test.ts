import { describe, expect, it } from 'vitest';
import { toAlarmList } from './alarm-list.ts';
import type { AlarmStatus } from './state.ts';

const shelved = { by: { kind: 'user', id: 'anna' } as const, reason: 'service', since: 0, until: 1, untilUp: 1 };
const alarm = (name: string, part: Partial<AlarmStatus> = {}): AlarmStatus => ({
  alarm: name,
  state: 'active',
  priority: 'P2',
  why: null,
  since: 0,
  raised: 0,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: 1,
  lsn: 1,
  ...part,
});
const list = (...alarms: readonly AlarmStatus[]) =>
  toAlarmList(alarms).map(({ status, phase, folded }) => [status.alarm, phase, folded.map((each) => each.alarm)]);

describe('the list of alarms', () => {
  it('[AL4] shows an alarm with its cause, and by itself where the cause is over', () => {
    const unit = alarm('unit', { parent: 'bus' });
    expect(list(alarm('bus'), unit)).toEqual([['bus', 'unacknowledged', ['unit']]]);
    expect(list(alarm('bus', { state: 'cleared', isAcknowledged: true }), unit)).toEqual([['unit', 'unacknowledged', []]]);
  });

  it('[AL7] keeps a shelved alarm, active or not, with what comes from it', () => {
    expect(list(alarm('bus', { shelved }), alarm('unit', { parent: 'bus' }))).toEqual([['bus', 'shelved', ['unit']]]);
    expect(list(alarm('bus', { shelved, state: 'cleared', isAcknowledged: true }))).toEqual([['bus', 'shelved', []]]);
  });

  it('[AL7] shows a shelved alarm by itself, though its cause makes a sign', () => {
    expect(list(alarm('bus'), alarm('unit', { parent: 'bus', shelved }))).toEqual([
      ['bus', 'unacknowledged', []],
      ['unit', 'shelved', []],
    ]);
  });

  it('[AL7] shows by itself what must not be shelved, though its cause is shelved', () => {
    expect(list(alarm('bus', { shelved }), alarm('unit', { parent: 'bus', isShelvable: false }))).toEqual([
      ['bus', 'shelved', []],
      ['unit', 'unacknowledged', []],
    ]);
  });
});
