import type { AlarmEntry } from '@phloem/protocol';
import { expect, it } from 'vitest';
import { gatherFacts, noFacts } from './gather-facts.ts';

it('shows the reason and onset of an alarm, not the comment of an acknowledgement or a shelving', () => {
  const alarm = 'device/room/fan/silent';
  const raised: AlarmEntry = {
    lsn: 1,
    at: 1,
    up: 1,
    kind: 'alarm',
    alarm,
    state: 'active',
    priority: 'P2',
    by: { kind: 'hub' },
    reason: 'no answer',
  };
  const people = [
    { ...raised, lsn: 2, at: 2, state: 'acknowledged', isAcknowledged: true, by: { kind: 'user', id: 'anna' }, reason: 'on my way' },
    { ...raised, lsn: 3, at: 3, by: { kind: 'user', id: 'anna' }, reason: 'service', shelving: { kind: 'shelve', forMs: 1000, until: 5 } },
  ] satisfies readonly AlarmEntry[];
  const facts = [raised, ...people].reduce((known, entry) => gatherFacts(known, entry, 'room/fan'), noFacts);
  expect(facts.alarms.get(alarm)).toEqual(raised);
  const over: AlarmEntry = { ...raised, lsn: 4, at: 4, state: 'cleared' };
  expect(gatherFacts(facts, over, 'room/fan').alarms.get(alarm)).toEqual(over);
});
