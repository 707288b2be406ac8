import { textReason, type AlarmStatus, type InterlockStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toActionOfAlarm, toDeviceActions } from './device-actions.ts';

const heater = 'room/heater';
const interlock = (part: Partial<InterlockStatus> = {}): InterlockStatus => ({
  id: 'room/safety/door',
  title: 'Door open',
  state: 'latched',
  devices: [heater],
  why: textReason('door'),
  since: 0,
  resetBy: 'operator',
  lsn: 1,
  ...part,
});
const alarm = (part: Partial<AlarmStatus> = {}): AlarmStatus => ({
  alarm: `device/${heater}/latched`,
  state: 'active',
  priority: 'P2',
  why: textReason('no automation for 10 s'),
  since: 0,
  raised: 0,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: 1,
  lsn: 1,
  ...part,
});
const known = (locks: readonly InterlockStatus[], alarms: readonly AlarmStatus[] = []) => ({
  site: null,
  time: { clock: String },
  interlocks: new Map(locks.map((one) => [one.id, one])),
  alarms: new Map(alarms.map((one) => [one.alarm, one])),
});

describe('what a person may do for a device that waits for him', () => {
  it('[DE3] a latched interlock can be reset, at its device and at its alarm', () => {
    const door = known([interlock()]);
    expect(toDeviceActions(heater, door)).toMatchObject([{ kind: 'reset', interlock: 'room/safety/door', what: 'interlock Door open' }]);
    expect(toDeviceActions('room/indicator', door)).toEqual([]);
    expect(toActionOfAlarm(alarm({ alarm: 'room/safety/door' }), door)).toMatchObject({ kind: 'reset' });
  });

  it.each([{ state: 'tripped' }, { state: 'clear' }, { resetBy: null }] as const)('[DE3] one with %j cannot', (part) => {
    const door = known([interlock(part)]);
    expect(toDeviceActions(heater, door)).toEqual([]);
    expect(toActionOfAlarm(alarm({ alarm: 'room/safety/door' }), door)).toBeNull();
  });

  it('[LE4] a device that came to its safe state and waits for an acknowledgement can be re-enabled, until that is over', () => {
    expect(toDeviceActions(heater, known([], [alarm()]))).toMatchObject([
      { kind: 'come-back', device: heater, why: 'no automation for 10 s' },
    ]);
    // Somebody has seen the alarm: the device still waits.
    expect(toDeviceActions(heater, known([], [alarm({ state: 'acknowledged', isAcknowledged: true })]))).toHaveLength(1);
    expect(toDeviceActions(heater, known([], [alarm({ state: 'cleared' })]))).toEqual([]);
    expect(toActionOfAlarm(alarm(), known([]))).toMatchObject({ kind: 'come-back', device: heater });
    expect(toActionOfAlarm(alarm({ alarm: `device/${heater}/discrepancy` }), known([]))).toBeNull();
  });
});
