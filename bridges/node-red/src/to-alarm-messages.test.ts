import { reasonOf, type AlarmEntry, type AlarmStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toAlarmMessages, toStandingAlarms } from './to-alarm-messages.ts';

const epoch = 'AAAAAAAAAAAA';
const entry = (lsn: number, alarm: string, more: Partial<AlarmEntry> = {}): AlarmEntry => ({
  kind: 'alarm',
  lsn,
  at: 1_800_000_000_000,
  up: lsn,
  alarm,
  state: 'active',
  priority: 'P2',
  ...more,
});
const batch = (...entries: readonly AlarmEntry[]) => ({ kind: 'entries', sub: 'alarms', epoch, from: 0, last: 9, entries }) as const;
const all = { maxPriority: 'P4', locations: [] };
const topics = (
  choice: typeof all | { readonly maxPriority: string; readonly locations: readonly string[] },
  ...entries: readonly AlarmEntry[]
) => toAlarmMessages(batch(...entries), choice).map(({ topic }) => topic);

describe('alarms', () => {
  it('are emitted in order, each change with an id of its own', () => {
    const messages = toAlarmMessages(
      batch(
        entry(3, 'bus/field', { why: reasonOf('bus/silent', { bus: 'field', isPartial: false }) }),
        entry(4, 'bus/field', { state: 'cleared', isAcknowledged: true, reason: 'cable replaced' }),
      ),
      all,
    );
    const at = '2027-01-15T08:00:00.000Z';
    expect(messages).toEqual([
      {
        topic: 'bus/field',
        payload: 'active',
        priority: 'P2',
        reason: 'bus field does not answer',
        code: 'bus/silent',
        at,
        id: `${epoch}:3`,
      },
      { topic: 'bus/field', payload: 'cleared', priority: 'P2', reason: 'cable replaced', code: null, at, id: `${epoch}:4` },
    ]);
  });

  it('are chosen by priority', () => {
    expect(topics({ ...all, maxPriority: 'P2' }, entry(1, 'bus/a', { priority: 'P1' }), entry(2, 'bus/b', { priority: 'P3' }))).toEqual([
      'bus/a',
    ]);
  });

  it('are chosen by the location that their id or their entry names', () => {
    const choice = { ...all, locations: ['house'] };
    const entries = [
      entry(1, 'device/house/fan/discrepancy'),
      entry(2, 'device/store/fan/discrepancy'),
      entry(3, 'point/house/front/humidity/stale'),
      entry(4, 'automation/house+store'),
      entry(5, 'bus/field', { locations: ['house'] }),
      entry(6, 'climate/too-dry', { points: ['house/front/humidity'] }),
      entry(7, 'climate/too-wet'),
    ];
    expect(topics(choice, ...entries)).toEqual(entries.filter(({ lsn }) => [1, 3, 4, 5, 6].includes(lsn)).map(({ alarm }) => alarm));
  });

  it('that are over are not emitted at the start', () => {
    const status = (alarm: string, more: Partial<AlarmStatus>): AlarmStatus => ({
      alarm,
      state: 'active',
      priority: 'P2',
      why: null,
      since: 1_800_000_000_000,
      raised: 1_800_000_000_000,
      isAcknowledged: false,
      acknowledgedBy: null,
      count: 1,
      lsn: 5,
      ...more,
    });
    const alarms = [
      status('bus/a', {}),
      status('bus/b', { state: 'cleared', isAcknowledged: true }),
      status('bus/c', { state: 'cleared' }),
    ];
    expect(toStandingAlarms(alarms, epoch, all).map(({ topic }) => topic)).toEqual(['bus/a', 'bus/c']);
  });
});
