import { reasonOf, millis, type AlarmReport, type AutomationStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { checkAutomation, type AutomationFacts } from './automation-gone.ts';
import { toClockAlarm, toRestartAlarm } from './hub-events.ts';
import { limitReports, noReports, reportLimit } from './limit-reports.ts';
import { createReportGate } from './report-gate.ts';

const scope: AutomationStatus = {
  scope: 'room',
  holder: null,
  term: null,
  bundle: { hash: 'a'.repeat(64), revision: 1 },
  since: null,
};
const devices = Array.from({ length: 12 }, (_, i) => ({ id: `room/d${i}`, failSafe: { after: millis(10_000) } }));
const facts = (more: Partial<AutomationFacts>): AutomationFacts => ({
  up: 100_000,
  startUp: 0,
  automation: [scope],
  devices: [...devices, { id: 'other/d', failSafe: { after: millis(1) } }],
  renewedUp: () => 90_000,
  overridden: new Set(),
  alarm: () => null,
  ...more,
});

describe('automation that does not run', () => {
  it('[AL3] is P1 once devices are in their safe states, and says how many', () => {
    expect(checkAutomation(facts({}))).toEqual([
      {
        kind: 'alarm',
        alarm: 'automation/room',
        state: 'active',
        priority: 'P1',
        by: { kind: 'hub' },
        locations: ['room'],
        why: reasonOf('automation/not-running', { devices: 12 }),
      },
    ]);
  });

  it.each([
    ['before a device has gone to its safe state', { renewedUp: () => 90_001 }],
    ['while somebody holds the lease', { automation: [{ ...scope, holder: 'automation-1', term: 1 }] }],
    ['where there are no rules', { automation: [{ ...scope, bundle: null }] }],
    ['in the first half minute of the hub', { startUp: 70_001, renewedUp: () => null }],
    ['where there is no device', { devices: [] }],
  ] satisfies readonly (readonly [string, Partial<AutomationFacts>])[])('is no alarm %s', (_when, more) => {
    expect(checkAutomation(facts(more))).toEqual([]);
  });

  it('counts no device that an operator holds', () => {
    const [draft] = checkAutomation(facts({ overridden: new Set(['room/d0', ...devices.slice(2).map(({ id }) => id)]) }));
    expect(draft).toMatchObject({ why: reasonOf('automation/not-running', { devices: 1 }) });
  });

  it('is said again only with another number, and clears when it is back', () => {
    const alarm = () => ({ state: 'active' as const, why: reasonOf('automation/not-running', { devices: 12 }) });
    expect(checkAutomation(facts({ alarm }))).toEqual([]);
    const automation = [{ ...scope, holder: 'automation-1' }];
    expect(checkAutomation(facts({ alarm, automation, renewedUp: () => 99_000 }))).toMatchObject([{ state: 'cleared' }]);
  });

  it('goes on while a service takes the lease and does no work', () => {
    const alarm = () => ({ state: 'active' as const, why: reasonOf('automation/not-running', { devices: 12 }) });
    const automation = [{ ...scope, holder: 'automation-1' }];
    expect(checkAutomation(facts({ alarm, automation }))).toEqual([]);
    expect(checkAutomation(facts({ alarm, automation, renewedUp: () => null }))).toEqual([]);
  });
});

describe("the hub's own events", () => {
  it('[AL3] a restart is a notice, and more where the run before did not end in order', () => {
    expect(toRestartAlarm({ awayMs: 12_300, isInOrder: true })).toMatchObject([
      { alarm: 'hub/restarted', state: 'active', priority: 'P4', why: reasonOf('hub/was-away', { forMs: 12_300, isInOrder: true }) },
      { alarm: 'hub/restarted', state: 'cleared' },
    ]);
    expect(toRestartAlarm({ awayMs: 12_300, isInOrder: false })).toMatchObject([{ priority: 'P3' }, { priority: 'P3' }]);
  });

  it('[AL3] a clock that was set is reported, with how far and which way', () => {
    expect(toClockAlarm(0, 4999)).toEqual([]);
    expect(toClockAlarm(null, 1e9)).toEqual([]);
    expect(toClockAlarm(0, -3_600_000)).toMatchObject([
      { alarm: 'hub/clock-stepped', why: reasonOf('hub/clock-set', { byMs: -3_600_000 }) },
      { state: 'cleared' },
    ]);
  });
});

describe('what a service reports', () => {
  const report = (alarm: string, state: AlarmReport['state']): AlarmReport => ({ alarm, state, priority: 'P2' });

  it('[AL2] is let in only where its own rules raise it, and the rest is reported once a minute', () => {
    const notices: unknown[] = [];
    let up = 0;
    const gate = createReportGate({
      alarms: { mayReport: (alarm, of) => of === 'room' && alarm === 'room/heat/unknown' },
      view: { alarmState: (alarm) => (alarm.startsWith('bus/') ? 'active' : 'cleared') },
      clock: { up: () => up },
      notice: (notice) => void notices.push(notice),
    });
    const attack = [report('bus/line', 'cleared'), ...Array.from({ length: 500 }, (_, i) => report(`other/${i}`, 'active'))];
    expect(gate.accept([...attack, report('room/heat/unknown', 'active')], 'room', 'mallory')).toEqual([
      report('room/heat/unknown', 'active'),
    ]);
    expect(gate.accept(attack, 'room', 'mallory')).toEqual([]);
    expect(notices).toHaveLength(1);
    up = 60_000;
    gate.accept(attack, 'room', 'mallory');
    expect(notices).toHaveLength(2);
  });

  it('[AL2] is written so often a minute and no more: what chatters stays active, and its end comes late', () => {
    let history = noReports;
    let active = false;
    let written = 0;
    const take = (reports: readonly AlarmReport[], up: number): void => {
      const step = limitReports(history, reports, { up, isActive: () => active });
      ({ history } = step);
      written += step.accepted.length;
      for (const { state } of step.accepted) active = state === 'active';
    };
    for (let n = 0; n < 500; n += 1) take([report('room/heat/unknown', n % 2 === 0 ? 'active' : 'cleared')], n * 50);
    expect(written).toBeLessThanOrEqual(reportLimit.changes + 1);
    expect(active).toBe(true);
    take([], 90_000);
    expect(active).toBe(false);
  });
});
