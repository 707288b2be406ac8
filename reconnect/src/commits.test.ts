import type { Entry } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { epochA } from './testing/fake-network.ts';
import { batch, every, frame, eventsOf, commitsOf, setUp, readAll, lsnsOf, nothing } from './testing/link-fixture.ts';

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
      by: { kind: 'node', id: 'automation-1' },
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
