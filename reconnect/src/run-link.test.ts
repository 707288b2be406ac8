import type { Commit, DeviceStateFrame, Entry, EntryBatch, Heartbeat, NodeMessages, SubscriptionRequest } from '@phloem/protocol';
import { VirtualTimeScheduler, type SchedulerLike } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch, LeaseStatus, LinkOptions, LinkStatus, View } from './link.ts';
import { openLink } from './run-link.ts';
import { createFakeNetwork, epochA, epochB, toWelcome, type FakeConnection } from './testing/fake-network.ts';

const pulse = (lsn: number): Entry => ({ lsn, at: 1_800_000_000_000 + lsn, up: lsn * 1000, kind: 'pulse' });
const batch = (prev: number, last: number, sub = 'log'): EntryBatch => ({
  sub,
  epoch: epochA,
  prev,
  last,
  entries: Array.from({ length: last - prev }, (_, index) => pulse(prev + index + 1)),
});
const every: SubscriptionRequest = { sub: 'log', mode: 'every', filter: {}, cursor: { epoch: epochA, lsn: 0 } };
const view: SubscriptionRequest = { sub: 'view', mode: 'latest', filter: {}, cursor: null };
const frame = (id: string, device = 'flower_room/heater', value = true): DeviceStateFrame => ({
  id,
  device,
  value,
  op: 'set',
  cause: { epoch: epochA, lsn: 1 },
  ttlMs: 5000,
  why: { code: 'text', params: { text: 'cold' } },
});
const eventsOf = <E extends keyof NodeMessages>(connection: FakeConnection, event: E): NodeMessages[E][] =>
  connection.received.flatMap((message) => (message.event === event ? [message.payload as NodeMessages[E]] : []));
const commitsOf = (connection: FakeConnection): Commit[] => eventsOf(connection, 'commit');

/** A link on a fake network under virtual time. */
const setUp = (options: Partial<LinkOptions> = {}) => {
  const timers = new VirtualTimeScheduler();
  let skew = 0;
  const clock: SchedulerLike = { now: () => timers.now() + skew, schedule: timers.schedule.bind(timers) };
  const network = createFakeNetwork();
  const link = openLink({
    transport: network.transport,
    clock,
    random: () => 0.5,
    nodeId: 'automation-1',
    run: 'run-00000001',
    role: 'automation',
    software: 'test/1',
    subscriptions: [every],
    ...options,
  });
  const statuses: LinkStatus[] = [];
  link.status$.subscribe((status) => statuses.push(status));
  const leases: LeaseStatus[] = [];
  link.lease$.subscribe((lease) => leases.push(lease));
  /** Lets time pass, and what falls due in it happen. */
  const pass = (ms: number): void => {
    const until = timers.frame + ms;
    timers.maxFrames = until;
    timers.flush();
    timers.frame = until;
  };
  /** A stopped process: time passes, and nothing happens. */
  const freeze = (ms: number): void => {
    skew += ms;
  };
  let beat = 0;
  const hubBeat = (echoOf?: Heartbeat, more: Partial<Heartbeat> = {}): void => {
    beat += 1;
    const echo = echoOf === undefined ? {} : { echo: { n: echoOf.n, t: echoOf.t, heldMs: 0 } };
    network.newest().say({ event: 'heartbeat', payload: { n: beat, t: clock.now(), ...echo, ...more } });
  };
  const welcome = (parts: Parameters<typeof toWelcome>[0] = {}): FakeConnection => {
    const connection = network.newest();
    connection.accept();
    connection.say({ event: 'welcome', payload: toWelcome({ subscriptions: [{ sub: 'log', from: 0 }], ...parts }) });
    return connection;
  };
  const status = (): LinkStatus => {
    const newest = statuses.at(-1);
    if (newest === undefined) throw new Error('no status yet');
    return newest;
  };
  return { clock, network, link, statuses, leases, pass, freeze, hubBeat, welcome, status };
};

const readAll = (link: ReturnType<typeof setUp>['link'], sub = 'log'): Batch[] => {
  const batches: Batch[] = [];
  link.batches$(sub).subscribe((item) => batches.push(item));
  return batches;
};
const lsnsOf = (batches: readonly Batch[]): number[] =>
  batches.flatMap((item) => (item.type === 'entries' ? item.entries.map(({ lsn }) => lsn) : []));
const nothing = { term: null, commands: [], alarms: [], values: [] };

describe('the greeting', () => {
  it('[GR1] says in the CONNECT who dials, how often it has, and where each subscription goes on', () => {
    const { network, welcome, link, pass } = setUp({ lease: { scope: 'flower_room' }, token: 'secret' });
    expect(network.newest().hello).toMatchObject({
      protocol: { major: 1, minor: 1 },
      nodeId: 'automation-1',
      run: 'run-00000001',
      attempt: 1,
      role: 'automation',
      token: 'secret',
      subscriptions: [every],
      lease: { scope: 'flower_room' },
    });
    const first = welcome();
    readAll(link);
    first.say({ event: 'entries', payload: batch(0, 7) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 5, ...nothing });
    first.cut();
    pass(0);
    expect(network.newest().hello).toMatchObject({ attempt: 2, subscriptions: [{ cursor: { epoch: epochA, lsn: 5 } }] });
  });

  it('[GR2] a farewell that says not to come back closes the link and is shown', () => {
    const { network, welcome, status, pass } = setUp();
    welcome().say({ event: 'bye', payload: { code: 'superseded', retry: false, message: 'a newer run' } });
    pass(60_000);
    expect(status()).toMatchObject({ phase: 'closed', bye: { code: 'superseded' } });
    expect(network.connections).toHaveLength(1);
    expect(network.openCount()).toBe(0);
  });

  it('[HB4] a farewell with a time overrides the back-off', () => {
    const { network, welcome, status, pass } = setUp();
    welcome().say({ event: 'bye', payload: { code: 'draining', retry: true, afterMs: 700, message: 'restart' } });
    expect(status()).toMatchObject({ phase: 'resting', retryAt: 700 });
    pass(699);
    expect(network.connections).toHaveLength(1);
    pass(1);
    expect(network.connections).toHaveLength(2);
  });

  it('[GR4] subscribes and unsubscribes while connected, and what was added travels in the next greeting', () => {
    const { network, welcome, link } = setUp();
    const connection = welcome();
    link.subscribe({ ...every, sub: 'alarms', cursor: null });
    expect(eventsOf(connection, 'subscribe')).toMatchObject([{ sub: 'alarms' }]);
    connection.say({ event: 'subscribed', payload: { sub: 'alarms', from: 40 } });
    const alarms = readAll(link, 'alarms');
    connection.say({ event: 'entries', payload: batch(40, 42, 'alarms') });
    expect(lsnsOf(alarms)).toEqual([41, 42]);
    link.unsubscribe('log');
    expect(eventsOf(connection, 'unsubscribe')).toEqual([{ sub: 'log' }]);
    connection.cut();
    expect(network.newest().hello.subscriptions).toMatchObject([{ sub: 'alarms', cursor: { epoch: epochA, lsn: 40 } }]);
  });

  it('[GR4] what is added between greeting and welcome is asked for as soon as the link is ready', () => {
    const { welcome, link } = setUp();
    link.subscribe({ ...every, sub: 'late' });
    expect(eventsOf(welcome(), 'subscribe')).toMatchObject([{ sub: 'late' }]);
  });
});

describe('attempts', () => {
  it('[PI2] an attempt that does not open within 500 ms is given up on a control link, the next begins at once', () => {
    const { network, pass } = setUp();
    pass(499);
    expect(network.connections).toHaveLength(1);
    pass(1);
    expect(network.connections.map(({ isEnded }) => isEnded)).toEqual([true, false]);
  });

  it('[PI2] on other links an attempt has 1.5 s, and a hub that opens and says nothing is given up as well', () => {
    const { network, pass } = setUp({ role: 'viewer' });
    network.newest().accept();
    pass(1499);
    expect(network.connections).toHaveLength(1);
    pass(1);
    expect(network.connections).toHaveLength(2);
  });

  it('[PI2] on other links an attempt after several failures has up to 6 s: a hub that everybody comes back to is busy', () => {
    const { network, pass } = setUp({ role: 'viewer' });
    for (const ms of [1500, 1500, 3000, 6000, 6000]) {
      const attempts = network.connections.length;
      pass(ms - 1);
      expect([ms, network.newest().isEnded]).toEqual([ms, false]);
      pass(1);
      expect([ms, network.connections[attempts - 1]?.isEnded]).toEqual([ms, true]);
      while (network.newest().isEnded) pass(1);
    }
  });

  it('[HB4] attempts go on without limit, the first at once, later ones after a pause', () => {
    const { network, pass, status } = setUp();
    for (let attempt = 1; attempt <= 40; attempt += 1) {
      network.newest().cut('refused');
      expect(status().phase).toBe(attempt === 1 ? 'dialing' : 'resting');
      pass(250);
    }
    expect(network.connections).toHaveLength(41);
    expect(network.openCount()).toBe(1);
  });

  it('[HB4] five seconds of health make the next attempt immediate again', () => {
    const { network, pass, welcome, status, hubBeat } = setUp();
    network.newest().cut();
    network.newest().cut();
    expect(status().phase).toBe('resting');
    pass(100);
    const connection = welcome();
    for (let n = 0; n < 11; n += 1) {
      pass(500);
      hubBeat(eventsOf(connection, 'heartbeat').at(-1));
    }
    connection.cut();
    expect(status().phase).toBe('dialing');
  });

  it('a retired connection never speaks again', () => {
    const { network, welcome, link, pass } = setUp();
    const first = welcome();
    const batches = readAll(link);
    first.send('entries', batch(0, 1));
    pass(499);
    link.requestLease('flower_room');
    expect(first.isEnded).toBe(true);
    first.deliver();
    expect(batches).toEqual([]);
    expect(network.newest().hello.lease).toEqual({ scope: 'flower_room' });
  });

  it('[PI3] nothing is sent before the welcome', () => {
    const { network, link, pass, welcome } = setUp();
    link.commit({ sub: 'log', epoch: epochA, cursor: 0, ...nothing, values: [{ name: 'vpd', v: 1, q: 'good' }] });
    network.newest().accept();
    pass(400);
    expect(network.newest().received).toEqual([]);
    expect(welcome().received.map(({ event }) => event)).toEqual(['heartbeat']);
  });

  it('unknown events are left aside and counted; what does not fit its schema ends the connection', () => {
    const { network, welcome, status } = setUp();
    const connection = welcome();
    connection.send('__proto__', {});
    connection.send('news', { of: 'tomorrow' });
    connection.deliver();
    expect(status()).toMatchObject({ phase: 'ready', ignored: 2 });
    connection.send('entries', { sub: 'log', epoch: epochA, prev: 0, last: 1, entries: [{ lsn: 1 }] });
    connection.deliver();
    expect(status().why).toContain('protocol/invalid');
    expect(network.connections).toHaveLength(2);
  });
});

describe('a lossless subscription', () => {
  it('[EV1] entries come out once and in order over a cut in the middle of a batch', () => {
    const { network, welcome, link } = setUp();
    const batches = readAll(link);
    const first = welcome();
    first.say({ event: 'entries', payload: batch(0, 3) });
    first.send('entries', batch(3, 6));
    first.cut();
    welcome();
    network.newest().say({ event: 'entries', payload: batch(0, 4) });
    network.newest().say({ event: 'entries', payload: batch(4, 9) });
    expect(lsnsOf(batches)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('[EV1] a batch that skips entries is not delivered: the link resumes on a new connection', () => {
    const { network, welcome, link, status } = setUp();
    const batches = readAll(link);
    welcome().say({ event: 'entries', payload: batch(2, 4) });
    expect(batches).toEqual([]);
    expect(status().why).toContain('did not come');
    expect(network.connections).toHaveLength(2);
    welcome().say({ event: 'entries', payload: batch(0, 4) });
    expect(lsnsOf(batches)).toEqual([1, 2, 3, 4]);
  });

  it('[EV1] what comes before anybody reads is kept', () => {
    const { welcome, link } = setUp();
    const connection = welcome();
    connection.say({ event: 'entries', payload: batch(0, 2) });
    const batches = readAll(link);
    connection.say({ event: 'entries', payload: batch(2, 3) });
    expect(lsnsOf(batches)).toEqual([1, 2, 3]);
  });

  it('[EV5] what the hub cannot give any more is said in order, and only once', () => {
    const { welcome, link } = setUp();
    const batches = readAll(link);
    const connection = welcome({ subscriptions: [{ sub: 'log', from: 90, lost: [1, 90], why: 'expired' }] });
    connection.say({ event: 'entries', payload: batch(90, 91) });
    expect(batches).toMatchObject([
      { type: 'lost', lost: [1, 90], why: 'expired', from: 90 },
      { type: 'entries', from: 90 },
    ]);
    connection.cut();
    welcome({ subscriptions: [{ sub: 'log', from: 90 }] });
    expect(batches).toHaveLength(2);
  });

  it('[EV6] entries past the end of the old epoch are reported as truncated, and the stream goes back', () => {
    const { welcome, link } = setUp();
    const batches = readAll(link);
    const first = welcome();
    first.say({ event: 'entries', payload: batch(0, 10) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 6, ...nothing });
    first.cut();
    const log = { epoch: epochB, first: 1, head: 12, lineage: [{ epoch: epochA, end: 8 }] };
    const second = welcome({ log, subscriptions: [{ sub: 'log', from: 6 }] });
    expect(batches.at(-1)).toMatchObject({ type: 'lost', why: 'truncated', from: 6, lost: [7, 10] });
    second.say({ event: 'entries', payload: { ...batch(6, 12), epoch: epochB } });
    expect(batches.slice(2)).toMatchObject([
      { type: 'entries', epoch: epochA, from: 6, last: 8 },
      { type: 'epoch', epoch: epochB, from: 8 },
      { type: 'entries', epoch: epochB, from: 8, last: 12 },
    ]);
  });
});

describe('commits', () => {
  const held = { lease: { scope: 'flower_room', term: 4, holder: 'automation-1', ttlMs: 3000 } };

  it('[EV4] commands go at once under the term of the lease', () => {
    const { welcome, link } = setUp({ lease: { scope: 'flower_room' } });
    const connection = welcome(held);
    readAll(link);
    connection.say({ event: 'entries', payload: batch(0, 1) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 1, ...nothing, term: 4, commands: [frame('id-000001')] });
    expect(commitsOf(connection)).toMatchObject([{ sub: 'log', epoch: epochA, cursor: 1, term: 4, commands: [{ id: 'id-000001' }] }]);
  });

  it('[EV4] without the lease a commit is a cursor alone, and what a standby decided is not sent later either', () => {
    const { welcome, link, pass } = setUp({ lease: { scope: 'flower_room' } });
    const connection = welcome({ lease: { scope: 'flower_room', term: null, holder: 'automation-2', ttlMs: 3000 } });
    readAll(link);
    connection.say({ event: 'entries', payload: batch(0, 1) });
    link.commit({
      sub: 'log',
      epoch: epochA,
      cursor: 1,
      ...nothing,
      commands: [frame('id-000001')],
      values: [{ name: 'vpd', v: 1, q: 'good' }],
    });
    pass(50);
    expect(commitsOf(connection)).toEqual([{ sub: 'log', seq: 1, epoch: epochA, cursor: 1, commands: [], alarms: [], values: [] }]);
    connection.say({ event: 'lease', payload: held.lease });
    pass(50);
    expect(commitsOf(connection).slice(1)).toMatchObject([{ term: 4, commands: [], values: [{ name: 'vpd' }] }]);
  });

  it('[LE3] commands decided at an entry that came before word of its grant wait for that word', () => {
    const { welcome, link } = setUp({ lease: { scope: 'flower_room' } });
    readAll(link);
    const connection = welcome({ lease: { ...held.lease, term: null, holder: null } });
    connection.say({ event: 'entries', payload: batch(0, 1) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 1, ...nothing, term: 4, commands: [frame('id-heater')] });
    expect(commitsOf(connection).flatMap(({ commands }) => commands)).toEqual([]);
    connection.say({ event: 'lease', payload: held.lease });
    expect(commitsOf(connection).at(-1)).toMatchObject({ term: 4, commands: [{ id: 'id-heater' }] });
  });

  it('[LE3] commands decided under an older term than is held are not sent', () => {
    const { welcome, link } = setUp({ lease: { scope: 'flower_room' } });
    readAll(link);
    const connection = welcome(held);
    connection.say({ event: 'entries', payload: batch(0, 1) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 1, ...nothing, term: 3, commands: [frame('id-heater')] });
    expect(commitsOf(connection)).toMatchObject([{ cursor: 1, term: 4, commands: [] }]);
  });

  it('[LE2] a reader that has nothing to command with claims no progress, lease or not', () => {
    const { welcome, link } = setUp({ lease: { scope: 'flower_room' } });
    readAll(link);
    const connection = welcome(held);
    connection.say({ event: 'entries', payload: batch(0, 1) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 1, ...nothing, isBare: true, values: [{ name: 'vpd', v: 1, q: 'good' }] });
    expect(commitsOf(connection)).toEqual([{ sub: 'log', seq: 1, epoch: epochA, cursor: 1, commands: [], alarms: [], values: [] }]);
  });

  it('[EV4] bare commits are at least 50 ms apart, and the newest cursor wins', () => {
    const { welcome, link, pass } = setUp();
    const connection = welcome();
    readAll(link);
    connection.say({ event: 'entries', payload: batch(0, 30) });
    for (let cursor = 1; cursor <= 30; cursor += 1) {
      link.commit({ sub: 'log', epoch: epochA, cursor, ...nothing });
      pass(5);
    }
    pass(50);
    expect(commitsOf(connection).map(({ cursor }) => cursor)).toEqual([1, 10, 20, 30]);
  });

  it('[EV3] half a window is committed at once, so that the hub need not stop', () => {
    const { welcome, link } = setUp();
    const connection = welcome();
    readAll(link);
    connection.say({ event: 'entries', payload: batch(0, 1) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 1, ...nothing });
    connection.say({ event: 'entries', payload: batch(1, 1025) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 1025, ...nothing });
    expect(commitsOf(connection).map(({ cursor }) => cursor)).toEqual([1, 1025]);
  });

  it('[EV3] a reader that worked ahead of a cut commits only what the new connection has covered', () => {
    const { network, welcome, link, pass } = setUp();
    readAll(link);
    const first = welcome();
    first.say({ event: 'entries', payload: batch(0, 4) });
    first.cut();
    const second = welcome();
    link.commit({ sub: 'log', epoch: epochA, cursor: 4, ...nothing });
    pass(50);
    expect(commitsOf(second)).toEqual([]);
    network.newest().say({ event: 'entries', payload: batch(0, 5) });
    pass(50);
    expect(commitsOf(second).map(({ cursor }) => cursor)).toEqual([4]);
  });

  it('[LE3] commands that the log has not shown are sent again under the new term, those that it has shown are not', () => {
    const { welcome, link } = setUp({ lease: { scope: 'flower_room' } });
    readAll(link);
    const first = welcome(held);
    first.say({ event: 'entries', payload: batch(0, 1) });
    link.commit({
      sub: 'log',
      epoch: epochA,
      cursor: 1,
      ...nothing,
      term: 4,
      commands: [frame('id-heater'), frame('id-fan', 'flower_room/fan')],
    });
    const shown: Entry = {
      lsn: 2,
      at: 1,
      up: 1,
      kind: 'device',
      device: 'flower_room/fan',
      phase: 'requested',
      value: true,
      id: 'id-fan',
      by: 'node:automation-1',
    };
    first.say({ event: 'entries', payload: { ...batch(1, 2), entries: [shown] } });
    first.cut();
    const second = welcome({ lease: { ...held.lease, term: 5 }, subscriptions: [{ sub: 'log', from: 1 }] });
    expect(commitsOf(second)).toMatchObject([{ term: 5, commands: [{ id: 'id-heater' }] }]);
  });

  it('[CO7] a frame older than its time to live is not sent again', () => {
    const { network, welcome, link, pass } = setUp({ lease: { scope: 'flower_room' } });
    readAll(link);
    const first = welcome(held);
    link.commit({ sub: 'log', epoch: epochA, cursor: 0, ...nothing, term: 4, commands: [frame('id-heater')] });
    first.cut();
    pass(5000);
    network.newest();
    expect(commitsOf(welcome({ lease: { ...held.lease, term: 5 } }))).toEqual([]);
  });

  it('[EV4] a commit that waits is not made for a subscription that took the name meanwhile', () => {
    const { welcome, link, pass } = setUp();
    const connection = welcome();
    readAll(link);
    connection.say({ event: 'entries', payload: batch(0, 20) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 1, ...nothing });
    link.commit({ sub: 'log', epoch: epochA, cursor: 20, ...nothing });
    link.subscribe({ ...every, cursor: { epoch: epochA, lsn: 10 } });
    connection.say({ event: 'subscribed', payload: { sub: 'log', from: 10 } });
    connection.say({ event: 'entries', payload: batch(10, 30) });
    pass(100);
    expect(commitsOf(connection).map(({ cursor }) => cursor)).toEqual([1]);
  });

  it('a panel commits by itself what was delivered', () => {
    const { welcome, link, pass } = setUp({ role: 'viewer' });
    const connection = welcome();
    connection.say({ event: 'entries', payload: batch(0, 3) });
    pass(50);
    expect(commitsOf(connection)).toEqual([]);
    readAll(link);
    pass(50);
    expect(commitsOf(connection)).toMatchObject([{ cursor: 3 }]);
  });
});

describe('the lease', () => {
  const grant = { scope: 'flower_room', term: 4, holder: 'automation-1', ttlMs: 3000 };

  it('[LE2] is believed in from when the renewal was sent, less ten per cent, and is given up by the own clock', () => {
    const { welcome, leases, pass, hubBeat } = setUp({ lease: { scope: 'flower_room' } });
    pass(100);
    const connection = welcome({ lease: grant });
    expect(leases.at(-1)).toEqual({ state: 'held', scope: 'flower_room', term: 4, untilAt: 2700 });
    pass(700);
    const [first] = eventsOf(connection, 'heartbeat');
    hubBeat(first);
    expect(leases.at(-1)).toMatchObject({ state: 'held', untilAt: 2800 });
    pass(2000);
    expect(leases.at(-1)).toEqual({ state: 'none' });
  });

  it('[LE2] after a pause of its own it is given up before anything that waits is read', () => {
    const { network, welcome, link, freeze } = setUp({ lease: { scope: 'flower_room' } });
    readAll(link);
    const connection = welcome({ lease: grant });
    connection.send('entries', batch(0, 1));
    freeze(2800);
    connection.deliver();
    link.commit({ sub: 'log', epoch: epochA, cursor: 1, ...nothing, term: 4, commands: [frame('id-heater')] });
    expect(commitsOf(network.newest()).flatMap(({ commands }) => commands)).toEqual([]);
  });

  it('[LE2] after a pause of its own it is said to be gone as soon as the process moves', () => {
    const { welcome, leases, freeze, pass } = setUp({ lease: { scope: 'flower_room' } });
    welcome({ lease: grant });
    freeze(2800);
    expect(leases.at(-1)?.state).toBe('held');
    pass(500);
    expect(leases.at(-1)).toEqual({ state: 'none' });
  });

  it('[LE2] the heartbeat renews under the term that was granted', () => {
    const { welcome, pass } = setUp({ lease: { scope: 'flower_room' } });
    const connection = welcome({ lease: grant });
    pass(500);
    expect(eventsOf(connection, 'heartbeat').at(-1)).toMatchObject({ n: 2, t: 500, term: 4 });
  });

  it('[LE2] asking again for a lease that nobody holds makes a new session, for one that is held it changes nothing', () => {
    const { network, welcome, link } = setUp({ lease: { scope: 'flower_room' } });
    const connection = welcome({ lease: grant });
    link.requestLease('flower_room');
    expect(network.connections).toHaveLength(1);
    connection.say({ event: 'lease', payload: { ...grant, term: null, holder: 'automation-2' } });
    link.requestLease('flower_room');
    expect(network.connections).toHaveLength(1);
    connection.say({ event: 'lease', payload: { ...grant, term: null, holder: null } });
    link.requestLease('flower_room');
    expect(network.newest().hello).toMatchObject({ attempt: 2, lease: { scope: 'flower_room' } });
  });

  it('[LE3] ends with the session, and a waiting node learns when it is granted', () => {
    const { welcome, leases } = setUp({ lease: { scope: 'flower_room' } });
    const connection = welcome({ lease: { ...grant, term: null, holder: 'automation-2' } });
    expect(leases.at(-1)).toEqual({ state: 'waiting', scope: 'flower_room', holder: 'automation-2' });
    connection.say({ event: 'lease', payload: grant });
    expect(leases.at(-1)).toMatchObject({ state: 'held', term: 4 });
    connection.cut();
    expect(leases.at(-1)).toEqual({ state: 'none' });
  });
});

describe('a message that is lost within a connection that lives', () => {
  it('[EV7] a batch that filled the window, so that no later one shows the gap, is asked for again', () => {
    const { network, welcome, link, pass, hubBeat, status } = setUp();
    const first = welcome();
    const batches = readAll(link);
    first.say({ event: 'entries', payload: batch(0, 4) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 4, ...nothing });
    // 5 to 9 are lost on the way.
    hubBeat(undefined, { head: 20, covered: { log: 9 } });
    expect(status().why).toContain('entries 5 to 9');
    pass(0);
    expect(network.newest().hello).toMatchObject({ attempt: 2, subscriptions: [{ cursor: { epoch: epochA, lsn: 4 } }] });
    welcome({ subscriptions: [{ sub: 'log', from: 4 }] }).say({ event: 'entries', payload: batch(4, 9) });
    hubBeat(undefined, { head: 20, covered: { log: 9 } });
    expect(lsnsOf(batches)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(network.connections).toHaveLength(2);
  });

  it('[EV7] a commit that the hub has not had is said again over a new connection', () => {
    const { network, welcome, link, pass, hubBeat } = setUp();
    const first = welcome();
    readAll(link);
    first.say({ event: 'entries', payload: batch(0, 4) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 4, ...nothing });
    pass(500);
    const [, second] = eventsOf(first, 'heartbeat');
    const facts = { covered: { log: 4 }, committed: { subscriptions: { log: 0 }, scope: null } };
    hubBeat(eventsOf(first, 'heartbeat')[0], facts);
    expect(network.connections).toHaveLength(1);
    pass(500);
    hubBeat(second, facts);
    pass(500);
    hubBeat(eventsOf(first, 'heartbeat').at(-1), facts);
    pass(0);
    expect(network.newest().hello).toMatchObject({ attempt: 2, subscriptions: [{ cursor: { epoch: epochA, lsn: 4 } }] });
  });
});

describe('the heartbeat', () => {
  it('[HB2] a hub that sends and does not hear is given up: only an echo proves the way out', () => {
    const { network, welcome, pass, hubBeat, status } = setUp();
    welcome().deafen();
    for (let n = 0; n < 4; n += 1) {
      pass(500);
      hubBeat();
    }
    expect(network.connections).toHaveLength(1);
    pass(500);
    expect(network.connections).toHaveLength(2);
    expect(status().why).toContain('no echo');
  });

  it('[HB1] sends every 500 ms on these terms, echoing the hub', () => {
    const { network, welcome, pass, hubBeat } = setUp();
    const connection = welcome();
    pass(200);
    hubBeat(eventsOf(connection, 'heartbeat')[0]);
    pass(300);
    expect(eventsOf(connection, 'heartbeat')).toEqual([
      { n: 1, t: 0, lagMs: 0 },
      { n: 2, t: 500, echo: { n: 1, t: 200, heldMs: 300 }, lagMs: 0 },
    ]);
    expect(network.openCount()).toBe(1);
  });

  it('[HB2] silence after a pause of its own is no evidence: what waits is read first', () => {
    const { network, welcome, pass, freeze, hubBeat } = setUp();
    const connection = welcome();
    pass(500);
    freeze(10_000);
    pass(400);
    expect(network.connections).toHaveLength(1);
    hubBeat(eventsOf(connection, 'heartbeat')[1]);
    pass(1500);
    expect(network.connections).toHaveLength(1);
  });

  it('[HB3] shows the hub’s clocks by the echo with the shortest round trip', () => {
    const { welcome, pass, hubBeat, status } = setUp();
    const connection = welcome({ at: 1_800_000_000_000, up: 5000 });
    expect(status().hubClock).toEqual({ atOffsetMs: 1_800_000_000_000, upOffsetMs: 5000 });
    pass(20);
    hubBeat(eventsOf(connection, 'heartbeat')[0], { at: 1_800_000_000_030, up: 5030, head: 7, durable: 6 });
    expect(status()).toMatchObject({ head: 7, durable: 6, lastReceivedAt: 20 });
    expect(status().hubClock).toEqual({ atOffsetMs: 1_800_000_000_000, upOffsetMs: 5000 });
    expect(status().roundTripMs).toBe(0);
  });
});

describe('a conflated subscription', () => {
  const state = {
    points: [],
    devices: [],
    alarms: [],
    values: [],
    buses: [],
    automation: [],
    overrides: [],
    offsets: [],
    interlocks: [],
    at: 1,
    up: 1,
  };
  const site = { hash: 'h', revision: 1, title: 't', timeZone: 'UTC', isDemonstration: true, locations: [], points: [], devices: [] };
  const snapshot = (version: number) => ({ sub: 'view', version, ...state, site });
  const changes = (from: number, version: number) => ({ sub: 'view', from, version, ...state });
  const setUpView = () => {
    const rig = setUp({ role: 'viewer', subscriptions: [view] });
    const views: View[] = [];
    rig.link.latest$('view').subscribe((item) => views.push(item));
    return { ...rig, views, versions: () => views.map(({ event, payload }) => `${event} ${payload.version}`) };
  };
  const granted = { subscriptions: [{ sub: 'view', from: 5 }] };

  it('[LA1] a snapshot first, then changes; after a cut a snapshot again', () => {
    const { welcome, versions } = setUpView();
    const first = welcome(granted);
    first.say({ event: 'snapshot', payload: snapshot(5) });
    first.say({ event: 'changes', payload: changes(5, 9) });
    first.cut();
    const second = welcome(granted);
    second.say({ event: 'snapshot', payload: snapshot(12) });
    expect(versions()).toEqual(['snapshot 5', 'changes 9', 'snapshot 12']);
  });

  it('[LA1] a snapshot that was lost within a living connection is asked for again', () => {
    const { network, welcome, versions } = setUpView();
    const first = welcome(granted);
    first.say({ event: 'changes', payload: changes(5, 9) });
    expect(network.connections).toHaveLength(2);
    welcome(granted).say({ event: 'snapshot', payload: snapshot(12) });
    expect(versions()).toEqual(['snapshot 12']);
  });

  it('[LA1] a snapshot that was asked for again and lost is asked for again once the hub must have had the request', () => {
    const { network, welcome, link, hubBeat, pass } = setUpView();
    const connection = welcome(granted);
    connection.say({ event: 'snapshot', payload: snapshot(5) });
    connection.say({ event: 'changes', payload: changes(5, 6) });
    link.latest$('view').subscribe();
    hubBeat(eventsOf(connection, 'heartbeat').at(-1));
    connection.say({ event: 'changes', payload: changes(6, 9) });
    expect(network.connections).toHaveLength(1);
    pass(500);
    hubBeat(eventsOf(connection, 'heartbeat').at(-1));
    connection.say({ event: 'changes', payload: changes(9, 10) });
    expect(network.connections).toHaveLength(2);
  });

  it('[LA1] changes that do not follow the version shown are not shown', () => {
    const { network, welcome, versions } = setUpView();
    const first = welcome(granted);
    first.say({ event: 'snapshot', payload: snapshot(5) });
    first.say({ event: 'changes', payload: changes(7, 9) });
    expect(versions()).toEqual(['snapshot 5']);
    expect(network.connections).toHaveLength(2);
  });

  it('[LA1] [PI1] a snapshot in parts is shown when it is whole; one that lacks a part is asked for again', () => {
    const { network, welcome, views, versions, pass } = setUpView();
    const bus = (name: string) => ({ bus: name, state: 'up' as const, silentUnits: [], cycleMs: 1 });
    const part = (n: number, version = 5) => ({ ...snapshot(version), buses: [bus(`b${n}`)], part: n, of: 3 });
    const first = welcome(granted);
    for (const n of [1, 2]) first.say({ event: 'snapshot', payload: part(n) });
    expect(versions()).toEqual([]);
    first.say({ event: 'snapshot', payload: part(3) });
    expect(versions()).toEqual(['snapshot 5']);
    expect(views[0]?.payload.buses.map(({ bus: name }) => name)).toEqual(['b1', 'b2', 'b3']);
    first.cut();
    const second = welcome(granted);
    for (const n of [1, 3]) second.say({ event: 'snapshot', payload: part(n, 7) });
    expect(versions()).toEqual(['snapshot 5']);
    pass(2000);
    expect(network.connections.length).toBeGreaterThan(2);
  });

  it('[LA1] who looks later begins with a snapshot too', () => {
    const { welcome, link } = setUpView();
    const connection = welcome(granted);
    connection.say({ event: 'snapshot', payload: snapshot(5) });
    connection.say({ event: 'changes', payload: changes(5, 9) });
    const late: View[] = [];
    link.latest$('view').subscribe((item) => late.push(item));
    expect(eventsOf(connection, 'subscribe')).toMatchObject([{ sub: 'view', mode: 'latest' }]);
    connection.say({ event: 'changes', payload: changes(9, 10) });
    connection.say({ event: 'snapshot', payload: snapshot(10) });
    expect(late.map(({ event }) => event)).toEqual(['snapshot']);
  });
});

describe('closing', () => {
  it('[DR1] sends what waits, waits for the hub to have it, and ends everything', async () => {
    const { network, welcome, link, hubBeat, pass } = setUp();
    const connection = welcome();
    const batches = readAll(link);
    connection.say({ event: 'entries', payload: batch(0, 4) });
    link.commit({ sub: 'log', epoch: epochA, cursor: 2, ...nothing });
    link.commit({ sub: 'log', epoch: epochA, cursor: 4, ...nothing });
    const closed = link.close();
    expect(commitsOf(connection).map(({ cursor }) => cursor)).toEqual([2, 4]);
    expect(network.openCount()).toBe(1);
    hubBeat(undefined, { committed: { subscriptions: { log: 4 }, scope: null } });
    await closed;
    expect(network.openCount()).toBe(0);
    pass(60_000);
    expect(network.connections).toHaveLength(1);
    expect(batches).toHaveLength(1);
  });

  it('ends all the same when the hub does not answer', async () => {
    const { network, welcome, link, pass } = setUp();
    welcome();
    link.commit({ sub: 'log', epoch: epochA, cursor: 1, ...nothing });
    const closed = link.close();
    pass(1000);
    await closed;
    expect(network.openCount()).toBe(0);
  });
});
