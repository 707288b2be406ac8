import { describe, expect, it } from 'vitest';
import { createHubFixture, everything } from '../sessions/testing/hub-fixture.ts';

type Hub = ReturnType<typeof createHubFixture>;

const join = (hub: Hub, more: object = {}) => hub.connect({ role: 'relay', nodeId: 'bridge', ...more });
const named = (cursor: { epoch: string; lsn: number } | null = null, more: object = {}) => ({
  ...everything('log', cursor),
  name: 'history',
  ...more,
});
const commit = (hub: Hub, cursor: number, seq = 1) => ({
  sub: 'log',
  seq,
  epoch: hub.store.log.epoch,
  cursor,
  commands: [],
  alarms: [],
  values: [],
});
const numbers = (node: ReturnType<typeof join>) => node.got('entries').flatMap(({ entries }) => entries.map(({ lsn }) => lsn));

describe('a named cursor', () => {
  it('[CU1] begins at the end of the log, and then goes on where it was committed last', () => {
    const hub = createHubFixture();
    hub.pulse(5);
    const first = join(hub);
    const head = hub.store.log.head;
    first.receive('subscribe', named());
    expect(first.got('subscribed')).toEqual([{ sub: 'log', from: head, why: 'new' }]);
    hub.pulse(3);
    first.receive('commit', commit(hub, head + 2));
    first.closed();
    hub.pulse(1);
    const again = join(hub, { run: 'run-00000002' });
    again.receive('subscribe', named());
    expect(again.got('subscribed')).toEqual([{ sub: 'log', from: head + 2 }]);
    expect(numbers(again)[0]).toBe(head + 3);
  });

  it('[CU1] begins where the node says, for a target that knows what it has', () => {
    const hub = createHubFixture();
    hub.pulse(9);
    const node = join(hub);
    node.receive('subscribe', named({ epoch: hub.store.log.epoch, lsn: 4 }));
    expect(node.got('subscribed')).toEqual([{ sub: 'log', from: 4 }]);
    expect(hub.store.namedCursors.get('history')).toMatchObject({ node: 'bridge', lsn: 4 });
  });

  it('[CU2] is stored before anything follows the commit, and survives the hub', () => {
    const hub = createHubFixture();
    hub.pulse(5);
    const node = join(hub);
    node.receive('subscribe', named({ epoch: hub.store.log.epoch, lsn: 0 }));
    node.receive('commit', commit(hub, 3));
    node.receive('commit', { ...commit(hub, 4, 2) });
    expect(hub.store.namedCursors.list()).toEqual([
      { name: 'history', node: 'bridge', epoch: hub.store.log.epoch, lsn: 4, committedAt: hub.time.at },
    ]);
  });

  it('[CU3] belongs to the node that made it, and is for services', () => {
    const hub = createHubFixture();
    join(hub).receive('subscribe', named());
    const other = join(hub, { nodeId: 'other' });
    other.receive('subscribe', named());
    expect(other.farewell).toMatchObject({ code: 'protocol', message: 'the cursor history belongs to the node bridge' });
    const panel = hub.connect({ role: 'viewer', nodeId: 'panel-1' });
    panel.receive('subscribe', { ...named(), name: 'own' });
    expect(panel.farewell?.code).toBe('unauthorised');
    const twice = join(hub, { run: 'run-00000002' });
    twice.receive('subscribe', named());
    twice.receive('subscribe', named(null, { sub: 'more' }));
    expect(twice.farewell?.code).toBe('protocol');
    expect(hub.store.namedCursors.list().map(({ name }) => name)).toEqual(['history']);
  });

  it('[CU3] is named on an open connection, never in a greeting', () => {
    const hub = createHubFixture();
    expect(join(hub, { subscriptions: [named()] }).farewell?.code).toBe('protocol');
    const node = join(hub);
    node.receive('subscribe', { ...named(), mode: 'latest' });
    expect(node.farewell?.code).toBe('protocol');
  });

  it('[CU5] reports what retention has removed until the node has committed past it', () => {
    const hub = createHubFixture();
    hub.pulse(9);
    const node = join(hub);
    node.receive('subscribe', named({ epoch: hub.store.log.epoch, lsn: 2 }));
    node.closed();
    hub.time.up += 1e9;
    hub.pulse(1);
    hub.store.retain({ maxAgeMs: 1000, maxBytes: 1e9, floor: null });
    const { first } = hub.store.log;
    expect(first).toBeGreaterThan(4);
    for (const run of ['run-00000002', 'run-00000003']) {
      const again = join(hub, { run });
      again.receive('subscribe', named());
      expect(again.got('subscribed')).toEqual([{ sub: 'log', from: first - 1, lost: [3, first - 1], why: 'expired' }]);
      again.closed();
    }
    const last = join(hub, { run: 'run-00000004' });
    last.receive('subscribe', named());
    last.receive('commit', commit(hub, first));
    expect(hub.store.namedCursors.get('history')?.lsn).toBe(first);
  });
});

describe('a subscription up to what is on disk', () => {
  it('[CU6] gets nothing that a power cut could take back, and all of it once it is on disk', async () => {
    const hub = createHubFixture();
    hub.store.durable$.subscribe(() => {
      hub.sessions.pumpDurable();
      hub.sessions.serve(Number.POSITIVE_INFINITY);
    });
    const node = join(hub);
    await hub.store.sync();
    const from = hub.store.durable;
    node.receive('subscribe', { ...everything('log', { epoch: hub.store.log.epoch, lsn: from }), upTo: 'durable' });
    const eager = hub.connect({ role: 'relay', nodeId: 'eager' });
    eager.receive('subscribe', everything('log', { epoch: hub.store.log.epoch, lsn: from }));
    hub.pulse(3);
    hub.tickHeartbeat(500);
    expect([numbers(node), node.got('heartbeat').at(-1)?.covered]).toEqual([[], { log: from }]);
    expect(numbers(eager).length).toBeGreaterThan(0);
    await hub.store.sync();
    expect(numbers(node)).toEqual(numbers(eager));
    hub.pulse(1);
    expect(numbers(node)).toEqual(numbers(eager).slice(0, -1));
  });

  it('[CU6] moves its cursor over what the filter leaves out, no farther than the disk', async () => {
    const hub = createHubFixture();
    hub.store.durable$.subscribe(() => hub.sessions.pumpDurable());
    const node = join(hub);
    await hub.store.sync();
    const from = hub.store.durable;
    const request = { ...everything('log', { epoch: hub.store.log.epoch, lsn: from }), filter: { kinds: ['note'] }, upTo: 'durable' };
    node.receive('subscribe', request);
    hub.pulse(5);
    hub.tickHeartbeat(500);
    expect(node.got('heartbeat').at(-1)?.covered).toEqual({ log: from });
    await hub.store.sync();
    hub.pulse(2);
    hub.tickHeartbeat(500);
    expect(node.got('heartbeat').at(-1)?.covered).toEqual({ log: hub.store.durable });
    expect(hub.store.durable).toBeLessThan(hub.store.log.head);
  });
});
