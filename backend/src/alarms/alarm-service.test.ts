import { textReason, type Author, isFault, type AlarmPriority, type EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { LogSnapshot } from '../hub/snapshot.ts';
import { catchUpView } from '../sessions/run-sessions.ts';
import { testSite } from '../sessions/testing/hub-fixture.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { HubView } from '../view/hub-view.ts';
import { createAlarmService } from './alarm-service.ts';

const hour = 3_600_000;
const draft = (alarm: string, more: Partial<Extract<EntryDraft, { kind: 'alarm' }>> = {}): EntryDraft => ({
  kind: 'alarm',
  alarm,
  state: 'active',
  priority: 'P2',
  by: { kind: 'hub' },
  why: textReason('hot'),
  ...more,
});

/** The log, the view over it and the service, with a clock that the test moves; `restart` keeps what a hub stores, and no more. */
const createWorld = () => {
  const time = { at: 1_800_000_000_000, up: 1000 };
  const clock = { at: () => time.at, up: () => time.up };
  const store = createMemoryStore({ clock, random: () => 0.5 });
  const open = (known: LogSnapshot) => {
    const view = new HubView({ site: testSite, revision: 1, clock, deviceStates: () => [] });
    view.applyAlarms(known.alarms());
    store.log.head$.subscribe(() => catchUpView(view, store.log));
    return { view, service: createAlarmService({ log: store.log, clock, view }) };
  };
  const world = { ...open(new LogSnapshot(null)), store, time };
  const entries = () => store.log.read(0, { entries: 1000, bytes: 1e6 }).filter((entry) => entry.kind === 'alarm');
  return Object.assign(world, {
    entries,
    say: (...drafts: readonly EntryDraft[]) => void store.log.append(drafts),
    pass: (ms: number) => {
      time.at += ms;
      time.up += ms;
      world.service.look();
    },
    restart: () => {
      const standing = new LogSnapshot(null);
      for (const entry of store.log.read(0, { entries: 1000, bytes: 1e6 })) standing.apply(entry);
      Object.assign(world, open(new LogSnapshot(JSON.parse(JSON.stringify(standing.toStored())))));
    },
  });
};
const by: Author = { kind: 'user', id: 'anna' };
const shelve = { by, forMs: hour, reason: 'defrost' };
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
  return 'none';
};

describe('acknowledging several alarms', () => {
  it('[AL5] writes one entry for each, with who and with what comment; one that somebody has acknowledged stays as it is', () => {
    const world = createWorld();
    world.say(draft('room/a'), draft('room/b'), draft('room/b', { state: 'cleared' }), draft('room/c'));
    world.service.acknowledge({ alarms: ['room/c'], by: { kind: 'user', id: 'ben' }, comment: null });
    world.service.acknowledge({ alarms: ['room/a', 'room/b', 'room/c', 'room/a'], by, comment: 'on my way' });
    expect(world.entries().slice(-2)).toMatchObject([
      { alarm: 'room/a', state: 'acknowledged', by, reason: 'on my way', isAcknowledged: true },
      { alarm: 'room/b', state: 'cleared', by, reason: 'on my way', isAcknowledged: true },
    ]);
    expect(world.view.alarm('room/c')).toMatchObject({ acknowledgedBy: { kind: 'user', id: 'ben' } });
    expect(world.view.alarm('room/a')).toMatchObject({ acknowledgedBy: by, comment: 'on my way' });
  });

  it('[AL5] leaves out one that is over by now, and does nothing where one was never raised', () => {
    const world = createWorld();
    world.say(draft('room/a'), draft('room/b'), draft('room/b', { state: 'acknowledged', by }), draft('room/b', { state: 'cleared' }));
    const head = world.store.log.head;
    expect(codeOf(() => world.service.acknowledge({ alarms: ['room/a', 'room/nothing'], by, comment: null }))).toBe('alarm/unknown');
    expect(codeOf(() => world.service.acknowledge({ alarms: ['room/b'], by, comment: null }))).toBe('alarm/unknown');
    expect(world.store.log.head).toBe(head);
    world.service.acknowledge({ alarms: ['room/a', 'room/b'], by, comment: null });
    expect(world.entries().slice(-1)).toMatchObject([{ alarm: 'room/a' }]);
  });
});

describe('shelving', () => {
  it('[AL6] says who, why and until when, and a new end takes the place of the old one', () => {
    const world = createWorld();
    world.say(draft('room/a', { locations: ['flower_room'] }));
    world.service.shelve({ ...shelve, alarms: ['room/a'] });
    expect(world.entries().at(-1)).toMatchObject({
      alarm: 'room/a',
      state: 'active',
      by,
      reason: 'defrost',
      locations: ['flower_room'],
      shelving: { kind: 'shelve', forMs: hour, until: world.time.at + hour },
    });
    world.service.shelve({ alarms: ['room/a'], by: { kind: 'user', id: 'ben' }, forMs: 2 * hour, reason: 'longer' });
    expect(world.view.alarm('room/a')?.shelved).toMatchObject({
      by: { kind: 'user', id: 'ben' },
      reason: 'longer',
      until: world.time.at + 2 * hour,
    });
  });

  it.each([
    ['room/firm', 'P2', { isShelvable: false }],
    ['automation/flower_room', 'P1', {}],
    ['disk/full', 'P1', {}],
  ] as const)('[AL6] %s with %s is refused, and none of the others is shelved', (alarm: string, priority: AlarmPriority, more) => {
    const world = createWorld();
    world.say(draft('room/a'), draft(alarm, { priority, ...more }));
    const head = world.store.log.head;
    expect(codeOf(() => world.service.shelve({ ...shelve, alarms: ['room/a', alarm] }))).toBe('alarm/not-shelvable');
    expect(world.store.log.head).toBe(head);
  });

  it('[AL7] ends by itself: one that is still active must be acknowledged again', () => {
    const world = createWorld();
    world.say(draft('room/a'), draft('room/b'));
    world.service.acknowledge({ alarms: ['room/a'], by, comment: null });
    world.service.shelve({ ...shelve, alarms: ['room/a', 'room/b'] });
    world.say(draft('room/b', { state: 'cleared' }));
    world.pass(hour - 1);
    expect(world.view.alarm('room/a')?.shelved).toBeDefined();
    world.pass(1);
    expect(world.view.alarm('room/a')).toMatchObject({ state: 'active', isAcknowledged: false, acknowledgedBy: null });
    expect(world.view.alarm('room/a')).not.toHaveProperty('shelved');
    expect(world.view.alarm('room/b')).toMatchObject({ state: 'cleared', isAcknowledged: true });
    expect(world.entries().slice(-2)).toMatchObject([
      { alarm: 'room/a', by: { kind: 'hub' }, shelving: { kind: 'expire' } },
      { alarm: 'room/b', by: { kind: 'hub' }, shelving: { kind: 'expire' } },
    ]);
    const head = world.store.log.head;
    world.pass(hour);
    expect(world.store.log.head).toBe(head);
  });

  it('[AL7] ends in `up`, so that a clock that is set ends none, and goes on over a restart', () => {
    const world = createWorld();
    world.say(draft('room/a'), draft('room/b'));
    world.service.shelve({ ...shelve, alarms: ['room/a', 'room/b'] });
    world.say(draft('room/b', { state: 'cleared' }));
    world.time.at += 5 * hour;
    world.restart();
    world.service.look();
    expect(world.view.alarms().map(({ alarm, state, shelved }) => [alarm, state, shelved?.reason])).toEqual([
      ['room/a', 'active', 'defrost'],
      ['room/b', 'cleared', 'defrost'],
    ]);
    world.restart();
    world.pass(hour);
    expect(world.view.alarm('room/a')).toMatchObject({ state: 'active', isAcknowledged: false });
    expect(world.entries().at(-1)).toMatchObject({ shelving: { kind: 'expire' } });
  });

  it('[AL7] a person ends it before its time, and it is acknowledged as it was; twice is once', () => {
    const world = createWorld();
    world.say(draft('room/a'));
    world.service.acknowledge({ alarms: ['room/a'], by, comment: 'seen' });
    world.service.shelve({ ...shelve, alarms: ['room/a'] });
    world.service.unshelve({ alarms: ['room/a'], by: { kind: 'user', id: 'ben' }, reason: 'door is shut' });
    expect(world.entries().at(-1)).toMatchObject({
      by: { kind: 'user', id: 'ben' },
      reason: 'door is shut',
      shelving: { kind: 'unshelve' },
    });
    expect(world.view.alarm('room/a')).toMatchObject({ state: 'acknowledged', acknowledgedBy: by, comment: 'seen' });
    const head = world.store.log.head;
    world.service.unshelve({ alarms: ['room/a'], by, reason: null });
    expect(world.store.log.head).toBe(head);
  });
});
