import { describe, expect, it } from 'vitest';
import { createHubFixture, everything } from './testing/hub-fixture.ts';
import { automation, bare } from './testing/session-messages.ts';

describe('commit', () => {
  it('[EV4] under a live term the scope cursor moves with the frames', () => {
    const hub = createHubFixture();
    const node = hub.connect({ ...automation, subscriptions: [everything('all')], lease: { scope: 'flower_room' } });
    hub.pulse(2);
    const cursor = hub.store.log.head;
    const epoch = hub.store.log.epoch;
    const frame = {
      id: 'frame-0001',
      device: 'flower_room/heater',
      value: true,
      op: 'set',
      cause: { epoch, lsn: cursor },
      ttlMs: 5000,
      why: { code: 'text', params: { text: 'cold' } },
    };
    node.receive('commit', {
      sub: 'all',
      seq: 1,
      epoch,
      cursor,
      term: 1,
      commands: [frame],
      alarms: [],
      values: [{ name: 'vpd', v: 1.2, q: 'good' }],
    });
    expect(hub.accepted).toMatchObject([{ frames: [{ id: 'frame-0001' }], authority: { term: 1, scope: 'flower_room' } }]);
    expect(hub.store.cursors.get('flower_room')).toEqual({ epoch, lsn: cursor });
    expect(hub.store.log.read(cursor, { entries: 10, bytes: 1e6 })).toMatchObject([
      { kind: 'value', name: 'vpd', v: 1.2, by: { kind: 'node', id: 'automation-1' } },
    ]);
  });

  it('[EV4] what was shown before the rules were switched is not shown after', () => {
    const hub = createHubFixture();
    const node = hub.connect({ ...automation, subscriptions: [everything('all')], lease: { scope: 'flower_room' } });
    hub.pulse();
    const cursor = hub.store.log.head;
    hub.store.log.append([{ kind: 'bundle', scope: 'flower_room', hash: 'b'.repeat(64), revision: 2, mode: 'live' }]);
    hub.refresh();
    hub.sessions.pump();
    const { epoch } = hub.store.log;
    const commit = (seq: number, at: number, name: string): void =>
      node.receive('commit', { sub: 'all', seq, epoch, cursor: at, term: 1, ...bare, values: [{ name, v: 1, q: 'good' }] });
    commit(1, cursor, 'old');
    commit(2, hub.store.log.head, 'new');
    expect(hub.store.log.read(cursor + 1, { entries: 10, bytes: 1e6 })).toMatchObject([{ kind: 'value', name: 'new' }]);
    expect(hub.store.cursors.get('flower_room')?.lsn).toBeGreaterThan(cursor);
  });

  it('[EV4] under the live term of another session it changes nothing, though the number is right', () => {
    const hub = createHubFixture();
    hub.connect({ ...automation, subscriptions: [everything('all')], lease: { scope: 'flower_room' } });
    const other = hub.connect({
      ...automation,
      nodeId: 'automation-2',
      subscriptions: [everything('all')],
      lease: { scope: 'flower_room' },
    });
    hub.pulse();
    const { head, epoch } = hub.store.log;
    other.receive('commit', { sub: 'all', seq: 1, epoch, cursor: head, term: 1, ...bare });
    expect(hub.accepted).toEqual([]);
    expect(hub.store.cursors.get('flower_room')).toBeNull();
    expect(other.got('lease').at(-1)).toMatchObject({ term: null });
  });

  it('[EV4] under an old term it changes nothing, the scope cursor included', () => {
    const hub = createHubFixture();
    const node = hub.connect({ ...automation, subscriptions: [everything('all')], lease: { scope: 'flower_room' } });
    hub.pulse();
    const head = hub.store.log.head;
    node.receive('commit', {
      sub: 'all',
      seq: 1,
      epoch: hub.store.log.epoch,
      cursor: head,
      term: 99,
      ...bare,
      values: [{ name: 'vpd', v: 1, q: 'good' }],
    });
    expect(hub.store.cursors.get('flower_room')).toBeNull();
    expect(hub.store.log.head).toBe(head);
    expect(node.got('lease')).toMatchObject([{ term: null }]);
    expect(node.farewell).toBeNull();
  });

  it('[CO3] one value that is none, or one time that is too long, does not end the session of a service', () => {
    const hub = createHubFixture();
    const node = hub.connect({
      nodeId: 'automation-1',
      role: 'automation',
      lease: { scope: 'flower_room' },
      subscriptions: [everything('all')],
    });
    const cause = { epoch: hub.store.log.epoch, lsn: hub.store.log.head };
    const frame = {
      id: 'frame-0001',
      device: 'flower_room/heater',
      value: true,
      op: 'set',
      cause,
      ttlMs: 5000,
      why: { code: 'text', params: { text: 'cold' } },
    };
    const commands = [
      { ...frame, value: null },
      { ...frame, ttlMs: 7_200_000 },
      { ...frame, value: 1e9 },
    ];
    hub.pump();
    node.receive('commit', { sub: 'all', seq: 1, epoch: cause.epoch, cursor: cause.lsn, term: 1, ...bare, commands });
    expect(node.farewell).toBeNull();
    expect(hub.accepted.flatMap((batch) => batch.frames)).toHaveLength(3);
  });

  it('[EV7] a commit before which one is missing has no effect, and the node has to come again', () => {
    const hub = createHubFixture();
    const node = hub.connect({ ...automation, subscriptions: [everything('all')], lease: { scope: 'flower_room' } });
    const [term, epoch] = [node.got('welcome')[0]?.lease?.term, hub.store.log.epoch];
    const commit = (seq: number): void => node.receive('commit', { sub: 'all', seq, epoch, cursor: hub.store.log.head, term, ...bare });
    commit(1);
    const cursor = hub.store.cursors.get('flower_room');
    hub.pulse(2);
    commit(3);
    expect(hub.store.cursors.get('flower_room')).toEqual(cursor);
    expect(node.isTerminated).toBe(true);
    expect(node.farewell).toBeNull();
  });

  it('[EV7] each heartbeat says how far a subscription has been sent', () => {
    const hub = createHubFixture();
    const node = hub.connect({
      ...automation,
      subscriptions: [everything('all'), { ...everything('doors'), filter: { kinds: ['sensor'] } }],
    });
    hub.pulse(3);
    hub.tickHeartbeat(500);
    expect(node.got('heartbeat').at(-1)?.covered).toEqual({ all: hub.store.log.head, doors: hub.store.log.head });
  });

  it.each([
    ['a cursor that was never sent', { cursor: 10_000 }],
    ['frames without a term', { values: [{ name: 'x', v: 1, q: 'good' }] }],
    ['a subscription that is not there', { sub: 'other' }],
    ['another epoch', { epoch: 'ZZZZZZZZZZZZ' }],
  ])('[PI4] %s ends the session', (_name, part) => {
    const hub = createHubFixture();
    const node = hub.connect({ ...automation, subscriptions: [everything('all')] });
    hub.pulse();
    const head = hub.store.log.head;
    node.receive('commit', { sub: 'all', seq: 1, epoch: hub.store.log.epoch, cursor: head, ...bare, ...part });
    expect(node.farewell?.retry).toBe(false);
    expect(hub.store.log.read(head, { entries: 9, bytes: 1e6 }).filter(({ kind }) => kind !== 'node')).toEqual([]);
  });
});
