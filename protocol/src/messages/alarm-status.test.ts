import { describe, expect, it } from 'vitest';
import { isAlarmShelvable, isAlarmSilenced, stepAlarmStatus, toAlarmPhase, type AlarmPhase } from './alarm-status.ts';
import type { AlarmEntry } from '../entries/entry.ts';
import { textReason } from '../reasons/index.ts';
import type { AlarmStatus } from './state.ts';

type Said = Omit<AlarmEntry, 'lsn' | 'at' | 'up' | 'kind' | 'alarm' | 'priority'> & Partial<Pick<AlarmEntry, 'priority'>>;

const hour = 3_600_000;
const events = {
  raise: { state: 'active', by: { kind: 'hub' }, why: textReason('hot') },
  'raise as P1': { state: 'active', by: { kind: 'hub' }, why: textReason('hotter'), priority: 'P1' },
  acknowledge: { state: 'acknowledged', by: { kind: 'user', id: 'anna' }, isAcknowledged: true, reason: 'on my way' },
  'acknowledge what cleared': { state: 'cleared', by: { kind: 'user', id: 'anna' }, isAcknowledged: true },
  clear: { state: 'cleared', by: { kind: 'hub' } },
  shelve: { state: 'active', by: { kind: 'user', id: 'anna' }, reason: 'defrost', shelving: { kind: 'shelve', forMs: hour, until: 0 } },
  unshelve: { state: 'active', by: { kind: 'user', id: 'ben' }, shelving: { kind: 'unshelve' } },
  expire: { state: 'active', by: { kind: 'hub' }, shelving: { kind: 'expire' } },
} as const satisfies Record<string, Said>;
type Event = keyof typeof events;

/** How each phase comes to be. */
const ways = {
  none: [],
  normal: ['raise', 'acknowledge', 'clear'],
  unacknowledged: ['raise'],
  acknowledged: ['raise', 'acknowledge'],
  returned: ['raise', 'clear'],
  'shelved, active': ['raise', 'acknowledge', 'shelve'],
  'shelved, cleared': ['raise', 'shelve', 'clear'],
} as const satisfies Record<string, readonly Event[]>;

const play = (sequence: readonly Event[]): AlarmStatus | null =>
  sequence.reduce<AlarmStatus | null>((status, event, n) => {
    const stamp = { lsn: n + 1, at: n + 1, up: 1000 * (n + 1) };
    return stepAlarmStatus(status, { kind: 'alarm', alarm: 'room/hot', priority: 'P3', ...stamp, ...events[event] });
  }, null);
const phaseOf = (status: AlarmStatus | null): AlarmPhase | 'none' => (status === null ? 'none' : toAlarmPhase(status));

describe('the phases of an alarm', () => {
  it.each([
    ['none', 'raise', 'unacknowledged'],
    ['none', 'raise as P1', 'unacknowledged'],
    ['none', 'acknowledge', 'acknowledged'],
    ['none', 'clear', 'none'],
    ['none', 'shelve', 'none'],
    ['none', 'unshelve', 'none'],
    ['none', 'expire', 'none'],
    ['normal', 'raise', 'unacknowledged'],
    ['normal', 'raise as P1', 'unacknowledged'],
    ['normal', 'acknowledge what cleared', 'normal'],
    ['normal', 'clear', 'normal'],
    ['normal', 'unshelve', 'normal'],
    ['normal', 'expire', 'normal'],
    ['unacknowledged', 'raise', 'unacknowledged'],
    ['unacknowledged', 'raise as P1', 'unacknowledged'],
    ['unacknowledged', 'acknowledge', 'acknowledged'],
    ['unacknowledged', 'clear', 'returned'],
    ['unacknowledged', 'shelve', 'shelved'],
    ['unacknowledged', 'unshelve', 'unacknowledged'],
    ['unacknowledged', 'expire', 'unacknowledged'],
    ['acknowledged', 'raise', 'acknowledged'],
    ['acknowledged', 'raise as P1', 'unacknowledged'],
    ['acknowledged', 'acknowledge', 'acknowledged'],
    ['acknowledged', 'clear', 'normal'],
    ['acknowledged', 'shelve', 'shelved'],
    ['acknowledged', 'unshelve', 'acknowledged'],
    ['acknowledged', 'expire', 'acknowledged'],
    ['returned', 'raise', 'unacknowledged'],
    ['returned', 'raise as P1', 'unacknowledged'],
    ['returned', 'acknowledge what cleared', 'normal'],
    ['returned', 'clear', 'returned'],
    ['returned', 'shelve', 'shelved'],
    ['returned', 'unshelve', 'returned'],
    ['returned', 'expire', 'returned'],
    ['shelved, active', 'raise', 'shelved'],
    ['shelved, active', 'raise as P1', 'unacknowledged'],
    ['shelved, active', 'acknowledge', 'shelved'],
    ['shelved, active', 'clear', 'shelved'],
    ['shelved, active', 'shelve', 'shelved'],
    ['shelved, active', 'unshelve', 'acknowledged'],
    ['shelved, active', 'expire', 'unacknowledged'],
    ['shelved, cleared', 'raise', 'shelved'],
    ['shelved, cleared', 'raise as P1', 'unacknowledged'],
    ['shelved, cleared', 'acknowledge what cleared', 'shelved'],
    ['shelved, cleared', 'clear', 'shelved'],
    ['shelved, cleared', 'shelve', 'shelved'],
    ['shelved, cleared', 'unshelve', 'normal'],
    ['shelved, cleared', 'expire', 'normal'],
  ] as const)('[AL7] %s, then %s: %s', (from, event, to) => {
    const before = play(ways[from]);
    expect(phaseOf(before)).toBe(from.split(',')[0]);
    expect(phaseOf(play([...ways[from], event]))).toBe(to);
  });

  it('[AL6] shelving keeps the onset and what the alarm says, and names the person, the reason and the end in `up`', () => {
    expect(play(['raise', 'shelve'])).toMatchObject({
      state: 'active',
      why: textReason('hot'),
      raised: 1,
      since: 1,
      shelved: { by: { kind: 'user', id: 'anna' }, reason: 'defrost', since: 2, untilUp: 2000 + hour },
    });
  });

  it('[AL7] an alarm that comes and goes while it is shelved is counted', () => {
    expect(play(['raise', 'shelve', 'clear', 'raise', 'clear', 'raise', 'expire'])).toMatchObject({
      count: 3,
      raised: 6,
      isAcknowledged: false,
    });
  });

  it('[AL5] an acknowledgement keeps its comment until the alarm is raised again', () => {
    expect(play(['raise', 'acknowledge'])).toMatchObject({ acknowledgedBy: { kind: 'user', id: 'anna' }, comment: 'on my way' });
    expect(play(['raise', 'acknowledge', 'clear', 'raise'])).not.toHaveProperty('comment');
  });

  it('an entry that has been folded in changes nothing', () => {
    const status = play(['raise', 'shelve']);
    expect(stepAlarmStatus(status, { kind: 'alarm', alarm: 'room/hot', lsn: 2, at: 9, up: 9, priority: 'P3', ...events.unshelve })).toBe(
      status,
    );
  });
});

describe('what may be shelved', () => {
  it.each([
    ['room/hot', 'P1', undefined, true],
    ['room/hot', 'P2', false, false],
    ['device/room/heater/silent', 'P2', undefined, true],
    ['automation/room', 'P1', undefined, false],
    ['disk/full', 'P1', undefined, false],
    ['disk/low', 'P2', undefined, true],
  ] as const)('[AL6] %s as %s with isShelvable %s: %s', (alarm, priority, isShelvable, may) => {
    expect(isAlarmShelvable({ alarm, priority, ...(isShelvable !== undefined && { isShelvable }) })).toBe(may);
  });

  it('[AL7] what comes from a shelved alarm makes no sign, unless it must not be shelved', () => {
    const bus = play(['raise', 'shelve']);
    const unit = { ...(play(['raise']) as AlarmStatus), alarm: 'bus/line/unit/1', parent: 'bus/line' };
    const find = () => bus;
    expect(isAlarmSilenced(unit, find)).toBe(true);
    expect(isAlarmSilenced({ ...unit, isShelvable: false }, find)).toBe(false);
    expect(isAlarmSilenced(unit, () => play(['raise']))).toBe(false);
    expect(isAlarmSilenced(unit, () => null)).toBe(false);
  });
});
