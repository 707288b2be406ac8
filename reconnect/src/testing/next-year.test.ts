import {
  createOpenParse,
  createParse,
  hubEvents,
  type Entry,
  type EntryBatch,
  type Heartbeat,
  type LeaseGrant,
  type Snapshot,
} from '@phloem/protocol';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch, LinkStatus, View } from '../link.ts';
import { openLink } from '../run-link.ts';
import { createFakeNetwork, epochA, toWelcome, type FakeConnection } from './fake-network.ts';
import { fromNextYear, noveltyKind, toNextYear, toNextYearEntry } from './next-year.ts';

const stamp = (lsn: number) => ({ lsn, at: 1_800_000_000_000 + lsn, up: lsn * 1000 });
const entries: readonly Entry[] = [
  { ...stamp(1), kind: 'sensor', location: 'room', cluster: 'front', readings: { temperature: { v: 21, q: 'good' } } },
  { ...stamp(2), kind: 'value', name: 'vpd', v: 1.2, q: 'good', by: { kind: 'node', id: 'automation-1' } },
  { ...stamp(3), kind: 'device', device: 'room/heater', phase: 'confirmed', value: true, id: 'id-000001', by: { kind: 'hub' } },
  { ...stamp(4), kind: 'note', by: { kind: 'user', id: 'anna' }, about: 'room', text: 'hello' },
  { ...stamp(5), kind: 'pulse' },
];
const received: EntryBatch = { sub: 'log', epoch: epochA, prev: 0, last: 6, entries: [...entries] };
const snapshot: Snapshot = {
  sub: 'view',
  version: 6,
  at: 1_800_000_000_000,
  up: 60_000,
  points: [{ id: 'room/front/temperature', v: 21, q: 'good', lsn: 1, reported: 1000, changed: 1000 }],
  devices: [],
  alarms: [],
  values: [],
  buses: [],
  automation: [],
  overrides: [],
  offsets: [],
  interlocks: [],
  site: {
    hash: 'a',
    revision: 1,
    title: 'Room',
    timeZone: 'UTC',
    isDemonstration: false,
    locations: [{ id: 'room', title: 'Room' }],
    points: [],
    devices: [],
  },
};

/** A link to a hub of next year, by a network that the test works. */
const setUp = () => {
  const timers = new VirtualTimeScheduler();
  const network = createFakeNetwork();
  const link = openLink({
    transport: fromNextYear(network.transport),
    clock: timers,
    random: () => 0.5,
    nodeId: 'automation-1',
    run: 'run-00000001',
    role: 'automation',
    software: 'test/1',
    lease: { scope: 'room' },
    subscriptions: [
      { sub: 'log', mode: 'every', filter: {}, cursor: { epoch: epochA, lsn: 0 } },
      { sub: 'view', mode: 'latest', filter: {}, cursor: null },
    ],
  });
  const statuses: LinkStatus[] = [];
  link.status$.subscribe((status) => statuses.push(status));
  const batches: Batch[] = [];
  link.batches$('log').subscribe((batch) => batches.push(batch));
  const views: View[] = [];
  link.latest$('view').subscribe((view) => views.push(view));
  const pass = (ms: number): void => {
    const until = timers.frame + ms;
    timers.maxFrames = until;
    timers.flush();
    timers.frame = until;
  };
  const welcome = (): FakeConnection => {
    const connection = network.newest();
    connection.accept();
    connection.say({
      event: 'welcome',
      payload: toWelcome({
        subscriptions: [
          { sub: 'log', from: 0 },
          { sub: 'view', from: 0 },
        ],
        lease: { scope: 'room', term: 3, holder: 'automation-1', ttlMs: 3000 },
      }),
    });
    return connection;
  };
  const beatsOf = ({ received }: FakeConnection): readonly Heartbeat[] =>
    received.flatMap((message) => (message.event === 'heartbeat' ? [message.payload] : []));
  return { network, link, batches, views, pass, welcome, beatsOf, status: () => statuses.at(-1) };
};

describe('a link to a hub of next year', () => {
  it('[VE4] delivers what it knows, moves its cursor past what it does not, and stays connected', () => {
    const { network, link, batches, pass, welcome, beatsOf, status } = setUp();
    const connection = welcome();
    connection.say({ event: 'entries', payload: received });
    for (let n = 1; n < 20; n += 1) {
      pass(500);
      const beat = beatsOf(connection).at(-1);
      if (beat === undefined) throw new Error('no heartbeat');
      connection.say({ event: 'heartbeat', payload: { n, t: 0, echo: { n: beat.n, t: beat.t, heldMs: 0 }, head: 6, covered: { log: 6 } } });
    }
    expect(network.connections).toHaveLength(1);
    expect(status()).toMatchObject({ phase: 'ready', why: null, head: 6, ignoredEntries: 2 });
    const [batch] = batches;
    if (batch?.kind !== 'entries') throw new Error('no entries came');
    expect(batch.last).toBe(6);
    expect(batch.entries.map(({ lsn, kind }) => `${lsn} ${kind}`)).toEqual(['1 sensor', '3 device', '5 pulse']);
    expect(batch.entries[0]).toMatchObject({ readings: { temperature: { v: 21, q: 'good' }, next_year: { v: null, q: 'bad' } } });
    expect(batch.entries[1]).toMatchObject({ by: { kind: 'hub', id: 'next-year' } });
    link.commit({ sub: 'log', epoch: epochA, cursor: 6, term: 3, commands: [], alarms: [], values: [] });
    pass(100);
    const commits = connection.received.flatMap((message) => (message.event === 'commit' ? [message.payload] : []));
    expect(commits.at(-1)).toMatchObject({ cursor: 6, term: 3 });
  });

  it('[VE4] passes on what it received unchanged, for anyone who passes entries on', () => {
    const { batches, welcome } = setUp();
    welcome().say({ event: 'entries', payload: received });
    const [batch] = batches;
    if (batch?.kind !== 'entries') throw new Error('no entries came');
    expect(batch.received).toEqual(JSON.parse(JSON.stringify(entries.map(toNextYearEntry))));
    expect(batch.received?.[1]).toMatchObject({ kind: noveltyKind, name: 'vpd' });
  });

  it('[VE2] counts the events that it does not know and goes on', () => {
    const { welcome, status } = setUp();
    const connection = welcome();
    connection.say({ event: 'entries', payload: received });
    connection.say({ event: 'lease', payload: { scope: 'room', term: 3, holder: 'automation-1', ttlMs: 3000 } });
    expect(status()).toMatchObject({ phase: 'ready', ignored: 2 });
  });

  it('[VE5] shows the view with every name that it does not know read as documented', () => {
    const { views, welcome, status } = setUp();
    welcome().say({ event: 'snapshot', payload: snapshot });
    expect(status()).toMatchObject({ phase: 'ready', why: null });
    const [view] = views;
    if (view?.event !== 'snapshot') throw new Error('no snapshot came');
    const { points, devices, alarms, values, buses, interlocks, site } = view.payload;
    expect(points).toMatchObject([
      { v: 21, q: 'good' },
      { v: null, q: 'bad' },
    ]);
    expect(devices).toMatchObject([{ phase: 'unknown', by: { kind: 'hub', id: 'next-year' } }]);
    expect(alarms).toMatchObject([{ state: 'active', priority: 'P1' }]);
    expect(values).toMatchObject([{ v: null, q: 'bad' }]);
    expect(buses).toMatchObject([{ state: 'partial' }]);
    expect(interlocks).toMatchObject([{ state: 'tripped', resetBy: null }]);
    expect(site).toMatchObject({ points: [{ quantity: 'number' }], devices: [{ kind: 'mode' }] });
  });

  it('[VE1] learns the minor version of its hub, and ends for good where the major is another', () => {
    const { network, welcome, status, pass } = setUp();
    welcome();
    expect(status()?.welcome?.protocol).toMatchObject({ major: 1, minor: 1 });
    network.newest().cut();
    pass(0);
    network.newest().accept();
    network.newest().send('welcome', { ...toWelcome(), protocol: { major: 2, minor: 0 } });
    network.newest().deliver();
    expect(status()).toMatchObject({
      phase: 'closed',
      bye: { code: 'version', message: 'the hub speaks phloem 2.1 and this node phloem 1.2: update the older of the two' },
    });
  });
});

describe('the hub of next year', () => {
  const lease: LeaseGrant = { scope: 'room', term: null, holder: null, ttlMs: 5 };
  const last = (event: string, payload: unknown): unknown => toNextYear({ event, payload }).at(-1)?.payload;

  it('says in each message something that a strict reader refuses', () => {
    expect(() => createParse(hubEvents.entries, 'entries')(last('entries', received))).toThrow('entries');
    expect(() => createParse(hubEvents.snapshot, 'snapshot')(last('snapshot', snapshot))).toThrow('snapshot');
    expect(() => createParse(hubEvents.welcome, 'welcome')(last('welcome', toWelcome()))).toThrow('welcome');
    expect(() => createParse(hubEvents.lease, 'lease')(last('lease', lease))).toThrow('unknown member');
  });

  it('says nothing that an open reader refuses', () => {
    expect(createOpenParse(hubEvents.snapshot, 'snapshot')(last('snapshot', snapshot))).toMatchObject({ version: 6 });
    expect(createOpenParse(hubEvents.welcome, 'welcome')(last('welcome', toWelcome()))).toMatchObject({ protocol: { major: 1, minor: 1 } });
    expect(createOpenParse(hubEvents.lease, 'lease')(last('lease', lease))).toMatchObject(lease);
  });
});
