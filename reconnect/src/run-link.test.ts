import { describe, expect, it } from 'vitest';
import { epochA } from './testing/fake-network.ts';
import { batch, every, frame, eventsOf, commitsOf, setUp, readAll, lsnsOf, nothing } from './testing/link-fixture.ts';

describe('the greeting', () => {
  it('[GR1] says in the CONNECT who dials, how often it has, and where each subscription goes on', () => {
    const { network, welcome, link, pass } = setUp({ lease: { scope: 'flower_room' }, token: 'secret' });
    expect(network.newest().hello).toMatchObject({
      protocol: { major: 1, minor: 2 },
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
