import { textReason, stepAlarmStatus, type AlarmEntry, type AlarmStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toSpec } from '../devices/testing/gate-fixture.ts';
import { testSite } from '../sessions/testing/hub-fixture.ts';
import type { Site } from '../site/site.ts';
import { HubView } from '../view/hub-view.ts';
import { createAlarmService } from './alarm-service.ts';

const heater = toSpec();
const { bus, unit } = heater.readBack;
const clock = { at: () => 0, up: () => 0 };

/** A view that takes alarms in as the log shows them; a second passes with each entry. */
const createWorld = (points: Site['points'] = testSite.points) => {
  const view = new HubView({ site: { ...testSite, points, devices: [heater] }, revision: 1, clock, deviceStates: () => [] });
  let lsn = 0;
  const take = (entry: Readonly<Record<string, unknown>>): void => {
    lsn += 1;
    // A test writes what matters of an entry.
    view.apply({ lsn, at: lsn * 1000, up: lsn * 1000, ...entry } as unknown as AlarmEntry);
  };
  const say = (alarm: string, state: AlarmEntry['state'] = 'active', points?: AlarmEntry['points']): void =>
    take({ kind: 'alarm', alarm, state, priority: 'P2', by: { kind: 'hub' }, ...(points !== undefined && { points }) });
  const parentOf = (alarm: string): string | undefined => view.alarm(alarm)?.parent;
  return { view, take, say, parentOf, pulses: (count: number) => Array.from({ length: count }, () => take({ kind: 'pulse' })) };
};

const line = `bus/${bus}`;
const silent = `device/${heater.id}/silent`;

describe('one cause, one alarm', () => {
  it('[AL4] what a bus that is down leads to is folded under it, whichever was raised first', () => {
    const { say, parentOf } = createWorld();
    say(`${line}/unit/${unit}`);
    say(silent);
    expect([parentOf(`${line}/unit/${unit}`), parentOf(silent)]).toEqual([undefined, `${line}/unit/${unit}`]);
    say(line);
    expect([parentOf(`${line}/unit/${unit}`), parentOf(silent), parentOf(line)]).toEqual([line, line, undefined]);
  });

  it('[AL4] shows a panel the alarms whose cause came later', () => {
    const { view, say } = createWorld();
    say(silent);
    const { version } = view;
    say(line);
    expect(view.changesSince('all', version).alarms.map(({ alarm, parent }) => [alarm, parent])).toEqual([
      [silent, line],
      [line, undefined],
    ]);
  });

  it('[AL4] an alarm that outlasts its cause stands for itself', () => {
    const { say, parentOf, pulses } = createWorld();
    say(line);
    say(silent);
    say(line, 'cleared');
    pulses(50);
    expect(parentOf(silent)).toBe(line);
    pulses(20);
    expect(parentOf(silent)).toBeUndefined();
  });

  it('[AL4] what cannot be evaluated is folded under the bus of the points that it reads, and under no other of the room', () => {
    const at = (name: string, bus: string) => ({
      id: `room/${name}/temperature`,
      quantity: 'temperature',
      source: { kind: 'register', bus, unit: 1, register: {} },
    });
    const air = at('air', 'one');
    const leaf = at('leaf', 'two');
    const mean = { id: 'room/mean/temperature', quantity: 'temperature', source: { kind: 'derived', inputs: [leaf.id, air.id] } };
    // A test writes what matters of a point.
    const { say, parentOf } = createWorld([air, leaf, mean] as unknown as Site['points']);
    say('room/too-cold/unknown', 'active', [air.id]);
    say('room/too-warm/unknown', 'active', [leaf.id]);
    say('room/dew/unknown', 'active', [mean.id]);
    say('room/other/unknown');
    say('bus/two');
    const all = ['room/too-cold/unknown', 'room/too-warm/unknown', 'room/dew/unknown', 'room/other/unknown'];
    expect(all.map(parentOf)).toEqual([undefined, 'bus/two', 'bus/two', undefined]);
    say('bus/one');
    expect(parentOf('room/too-cold/unknown')).toBe('bus/one');
  });

  it('[AL4] a device that does not follow its command is a cause of its own', () => {
    const { say, parentOf } = createWorld();
    say(line);
    say(`device/${heater.id}/discrepancy`);
    expect(parentOf(`device/${heater.id}/discrepancy`)).toBeUndefined();
  });

  it('[AL4] one acknowledgement covers the cause and what comes from it', () => {
    const { view, say } = createWorld();
    say(line);
    say(silent);
    say('bus/other');
    const seen: string[] = [];
    const log = { append: (drafts: readonly object[]) => (seen.push(...drafts.map((draft) => (draft as AlarmStatus).alarm)), []) };
    createAlarmService({ log, clock, view }).acknowledge({ alarms: [line], by: { kind: 'user', id: 'anna' }, comment: null });
    expect(seen).toEqual([line, silent]);
  });
});

describe('an alarm that is raised again', () => {
  it('keeps its onset and who has seen it; one that becomes more urgent is to be seen again', () => {
    const entry = { lsn: 1, at: 1, up: 1, kind: 'alarm', alarm: 'a', state: 'active', priority: 'P2', why: textReason('one') } as const;
    const seen = stepAlarmStatus(stepAlarmStatus(null, entry), {
      ...entry,
      lsn: 2,
      at: 2,
      state: 'acknowledged',
      by: { kind: 'user', id: 'anna' },
    });
    expect(stepAlarmStatus(seen, { ...entry, lsn: 3, at: 3, why: textReason('two') })).toMatchObject({
      raised: 1,
      isAcknowledged: true,
      why: textReason('two'),
    });
    expect(stepAlarmStatus(seen, { ...entry, lsn: 3, at: 3, priority: 'P1' })).toMatchObject({ raised: 3, isAcknowledged: false });
  });
});
