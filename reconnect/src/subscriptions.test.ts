import { describe, expect, it } from 'vitest';
import type { View } from './link.ts';
import { epochA, epochB } from './testing/fake-network.ts';
import { batch, view, eventsOf, setUp, readAll, lsnsOf, nothing } from './testing/link-fixture.ts';

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
      { kind: 'lost', lost: [1, 90], why: 'expired', from: 90 },
      { kind: 'entries', from: 90 },
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
    expect(batches.at(-1)).toMatchObject({ kind: 'lost', why: 'truncated', from: 6, lost: [7, 10] });
    second.say({ event: 'entries', payload: { ...batch(6, 12), epoch: epochB } });
    expect(batches.slice(2)).toMatchObject([
      { kind: 'entries', epoch: epochA, from: 6, last: 8 },
      { kind: 'epoch', epoch: epochB, from: 8 },
      { kind: 'entries', epoch: epochB, from: 8, last: 12 },
    ]);
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
