import { describe, expect, it } from 'vitest';
import { createHubFixture, everything } from './testing/hub-fixture.ts';
import { automation, lsns, bare } from './testing/session-messages.ts';

describe('every', () => {
  it('[EV1] each batch continues the one before it', () => {
    const hub = createHubFixture();
    const node = hub.connect({ subscriptions: [everything('all')] });
    for (let n = 0; n < 5; n += 1) hub.pulse(n + 1);
    const batches = node.got('entries');
    expect(batches.length).toBeGreaterThan(1);
    batches.slice(1).forEach((batch, index) => expect(batch.prev).toBe(batches[index]?.last));
  });

  it('[EV3, IN11] what is delivered and not committed stays within the window, and a commit opens it', () => {
    const hub = createHubFixture();
    const node = hub.connect({ subscriptions: [everything('all')] });
    hub.pulse(5000);
    expect(lsns(node.got('entries')).length).toBe(2048);
    const last = node.got('entries').at(-1)?.last ?? 0;
    node.receive('commit', { sub: 'all', seq: 1, epoch: hub.store.log.epoch, cursor: last, ...bare });
    expect(lsns(node.got('entries')).length).toBe(4096);
  });

  it('[EV3, IN11] in bytes, too: only one entry may pass what is left of the window', () => {
    const hub = createHubFixture();
    const node = hub.connect({ subscriptions: [everything('all')] });
    const sizes = (): number[] => node.got('entries').flatMap(({ entries }) => entries.map((entry) => JSON.stringify(entry).length));
    const total = (): number => sizes().reduce((sum, size) => sum + size, 0);
    hub.store.log.append(
      Array.from({ length: 1000 }, () => ({ kind: 'note', by: { kind: 'hub' }, about: 'x', text: 'y'.repeat(600) }) as const),
    );
    hub.pump();
    const windowBytes = node.got('welcome')[0]?.limits.windowBytes ?? 0;
    expect(total()).toBeGreaterThan(windowBytes - 1000);
    expect(total()).toBeLessThanOrEqual(windowBytes + Math.max(...sizes()));
    const [before, last] = [sizes().length, node.got('entries').at(-1)?.last ?? 0];
    node.receive('commit', { sub: 'all', seq: 1, epoch: hub.store.log.epoch, cursor: last, ...bare });
    expect(sizes().length).toBeGreaterThan(before);
    expect(node.got('entries').flatMap(({ entries }) => entries.map(({ lsn }) => lsn))).toEqual(sizes().map((_, index) => index + 1));
  });

  it('[EV3] a connection that takes nothing gets nothing', () => {
    const hub = createHubFixture();
    const node = hub.connect({ subscriptions: [everything('all')] });
    node.buffered = 1_000_000;
    hub.pulse(10);
    expect(node.got('entries')).toEqual([]);
    node.buffered = 0;
    hub.pump();
    expect(lsns(node.got('entries')).length).toBe(10);
  });

  it('[EV3] a service that takes nothing for a while gets all of it when it does, and holds up nobody', () => {
    const hub = createHubFixture();
    const stuck = hub.connect({ ...automation, subscriptions: [everything('all')] });
    const other = hub.connect({ ...automation, nodeId: 'automation-2', run: 'run-00000002', subscriptions: [everything('all')] });
    const before = stuck.got('entries').length;
    stuck.buffered = 100_000;
    hub.pulse(2);
    hub.pulse(1);
    expect(stuck.got('entries')).toHaveLength(before);
    stuck.buffered = 0;
    hub.pulse(1);
    expect(lsns(stuck.got('entries')).slice(-4)).toEqual(lsns(other.got('entries')).slice(-4));
  });

  it('[EV3] several that catch up take turns, message by message, and one that is live waits for none of them', () => {
    const hub = createHubFixture();
    for (let n = 0; n < 30; n += 1) hub.pulse(60);
    const from = { epoch: hub.store.log.epoch, lsn: 0 };
    const open = (nodeId: string, cursor: typeof from | null) =>
      hub.connect({ ...automation, nodeId, run: `run-of-${nodeId}`, subscriptions: [everything('all', cursor)] });
    const live = open('live', null);
    const nodes = ['a', 'b', 'c'].map((nodeId) => open(nodeId, from));
    const counts = () => nodes.map((node) => node.got('entries').length);
    expect(counts()).toEqual([4, 0, 0]);
    hub.sessions.serve(1);
    expect(counts()).toEqual([4, 1, 0]);
    hub.store.log.append([{ kind: 'pulse' }]);
    hub.sessions.pump();
    expect(lsns(live.got('entries')).at(-1)).toBe(hub.store.log.head);
    hub.sessions.serve(1);
    expect(counts().slice(1)).toEqual([1, 1]);
    while (hub.sessions.hasDue) hub.sessions.serve(1);
    for (const node of nodes) expect(lsns(node.got('entries'))).toEqual(Array.from({ length: hub.store.log.head }, (_, n) => n + 1));
  });

  it('[EV3] where a filter passes nothing an empty batch moves the cursor at heartbeat pace', () => {
    const hub = createHubFixture();
    const node = hub.connect({
      ...automation,
      subscriptions: [{ sub: 'doors', mode: 'every', filter: { kinds: ['sensor'] }, cursor: null }],
    });
    hub.pulse(3);
    expect(node.got('entries')).toEqual([]);
    hub.tickHeartbeat(500);
    expect(node.got('entries')).toMatchObject([{ last: hub.store.log.head, entries: [] }]);
  });

  it('[EV5] a cursor older than the log gets what is lost', () => {
    const hub = createHubFixture();
    hub.pulse(3);
    const node = hub.connect({ subscriptions: [everything('all', { epoch: 'ZZZZZZZZZZZZ', lsn: 7 })] });
    expect(node.got('welcome')[0]?.subscriptions).toMatchObject([{ sub: 'all', why: 'unknown-epoch', from: 0 }]);
  });
});

describe('the gate for events', () => {
  const deep = JSON.parse('['.repeat(5000) + ']'.repeat(5000)) as unknown;
  it.each([
    ['heartbeat', deep],
    ['heartbeat', { n: 1, t: deep }],
    ['subscribe', { sub: 'x', mode: 'every', filter: deep, cursor: null }],
    ['subscribe', { sub: 'x', mode: 'every', filter: { kinds: deep }, cursor: null }],
    ['commit', { sub: 'all', seq: 1, epoch: 'AAAAAAAAAAAA', cursor: 0, commands: [{ value: deep }], alarms: [], values: [deep] }],
  ])('[PI4] a %s that is nested 5,000 deep ends its session and nobody else', (event, payload) => {
    const hub = createHubFixture();
    const other = hub.connect({ nodeId: 'panel-2' });
    const node = hub.connect({ ...automation, subscriptions: [everything('all')] });
    node.receive(event, payload);
    expect(node.farewell).toMatchObject({ code: 'protocol', retry: false });
    expect(other.farewell).toBeNull();
    expect(hub.connect({ nodeId: 'panel-3', subscriptions: deep }).farewell?.code).toBe('protocol');
  });

  it.each(['__proto__', 'constructor', 'connection', 'toString', ''])('[PI4] the event %j is unknown and ends the session', (event) => {
    const hub = createHubFixture();
    const node = hub.connect({});
    node.receive(event, {});
    expect(node.farewell?.code).toBe('protocol');
  });

  it.each([null, undefined, 1, 'text', [], [[[[[]]]]], { n: 'x' }, { n: 1, t: 1, more: true }])(
    '[PI4] a heartbeat that is %j ends the session and nobody else',
    (payload) => {
      const hub = createHubFixture();
      const other = hub.connect({ nodeId: 'panel-2' });
      const node = hub.connect({});
      node.receive('heartbeat', payload);
      expect(node.farewell?.code).toBe('protocol');
      expect(other.farewell).toBeNull();
    },
  );

  it('[SE7] a panel that sends more than its rate is ended', () => {
    const hub = createHubFixture();
    const node = hub.connect({});
    for (let n = 1; n <= 100; n += 1) node.receive('heartbeat', { n, t: n });
    expect(node.farewell).toBeNull();
    node.receive('heartbeat', { n: 101, t: 101 });
    expect(node.farewell).toMatchObject({ code: 'busy', retry: true, afterMs: 2000 });
  });
});

describe('heartbeat', () => {
  it('[HB2] a node that does not echo is dropped without a word', () => {
    const hub = createHubFixture();
    const node = hub.connect(automation);
    for (let n = 0; n < 6; n += 1) {
      hub.tickHeartbeat(500);
      hub.time.up += 500;
      node.receive('heartbeat', { n, t: n });
    }
    expect(node.isTerminated).toBe(true);
    expect(node.farewell).toBeNull();
    expect(hub.sessions.counts().size).toBe(0);
  });

  it('[HB2] a node that echoes lives', () => {
    const hub = createHubFixture();
    const node = hub.connect(automation);
    for (let n = 0; n < 20; n += 1) {
      hub.tickHeartbeat(500);
      const beat = node.got('heartbeat').at(-1);
      hub.time.up += 500;
      node.receive('heartbeat', { n, t: n, echo: { n: beat?.n ?? 0, t: beat?.t ?? 0, heldMs: 1 } });
    }
    expect(node.isTerminated).toBe(false);
  });

  it('[HB2] silence after a pause of our own is no evidence', () => {
    const hub = createHubFixture();
    const node = hub.connect(automation);
    hub.tickHeartbeat(500);
    hub.time.up += 60_000;
    hub.tickHeartbeat(500);
    expect(node.isTerminated).toBe(false);
  });

  it('[LE2] a heartbeat under a term renews with the committed cursor', () => {
    const hub = createHubFixture();
    const node = hub.connect({ ...automation, subscriptions: [everything('all')], lease: { scope: 'flower_room' } });
    hub.pulse();
    const cursor = hub.store.log.head;
    node.receive('commit', { sub: 'all', seq: 1, epoch: hub.store.log.epoch, cursor, term: 1, ...bare });
    node.receive('heartbeat', { n: 1, t: 1, term: 1 });
    expect(hub.renewals).toEqual([{ term: 1, committed: cursor }]);
  });
});
