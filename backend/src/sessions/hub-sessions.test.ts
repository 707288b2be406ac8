import { Fault, type EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createHubFixture, everything } from './testing/hub-fixture.ts';

const automation = { role: 'automation', nodeId: 'automation-1', run: 'run-00000001' };
const lsns = (batches: readonly { entries: readonly { lsn: number }[] }[]): number[] =>
  batches.flatMap(({ entries }) => entries.map(({ lsn }) => lsn));
const bare = { commands: [], alarms: [], values: [] };

describe('greeting', () => {
  it('[GR2] a good greeting is answered by a welcome that says where the log is', () => {
    const hub = createHubFixture();
    hub.pulse(5);
    const node = hub.connect({ subscriptions: [everything('all', { epoch: hub.store.log.epoch, lsn: 2 })] });
    const [welcome] = node.got('welcome');
    expect(welcome).toMatchObject({
      protocol: { major: 1, minor: 1 },
      log: { epoch: hub.store.log.epoch, first: 1, head: 5 },
      subscriptions: [{ sub: 'all', from: 2 }],
    });
    expect(lsns(node.got('entries'))).toEqual([3, 4, 5]);
  });

  it('[GR2] the welcome comes first, though the greeting itself makes the log grow', () => {
    const hub = createHubFixture();
    hub.store.log.head$.subscribe(() => hub.pump());
    const node = hub.connect({ ...automation, subscriptions: [everything('all')] });
    expect(node.sent.map(({ event }) => event)).toEqual(['welcome', 'entries']);
    expect(node.got('entries')[0]?.entries).toMatchObject([{ kind: 'node', state: 'joined' }]);
  });

  it.each([
    ['a greeting that is not an object', 'rubbish', 'protocol'],
    ['an unknown key', { surprise: 1 }, 'protocol'],
    ['a version that this hub does not speak', { protocol: { major: 2, minor: 0 } }, 'version'],
    ['a wrong token', { token: 'wrong' }, 'unauthorised'],
  ])('[GR2] %s is refused with a bye and nothing more', (_name, hello, code) => {
    const hub = createHubFixture();
    const node = hub.connect(typeof hello === 'string' ? { nodeId: hello.toUpperCase() } : hello);
    expect(node.farewell).toMatchObject({ code, retry: false });
    expect(node.sent).toEqual([]);
    node.receive('heartbeat', { n: 1, t: 1 });
    expect(hub.sessions.counts().size).toBe(0);
  });

  it.each(['viewer', 'technician', 'engineer', 'admin', 'relay', 'ingest'] as const)(
    '[SE5] [LE1] a %s gets no lease, and so commands nothing: a wall screen with a link of its own least of all',
    (role) => {
      const hub = createHubFixture();
      const node = hub.connect({ role, lease: { scope: 'flower_room' }, subscriptions: [] });
      expect(node.farewell).toMatchObject({ code: 'unauthorised', retry: false });
      expect(node.sent).toEqual([]);
      expect(hub.leases.covering('flower_room/heater')).toBeNull();
    },
  );

  it('[SE5] [LE1] a service gets no lease beyond the locations of its credential', () => {
    const hub = createHubFixture();
    const lease = { scope: 'cold_store+flower_room' };
    const far = hub.connect({ ...automation, token: 'of-cold-store', lease });
    expect(far.farewell).toMatchObject({ code: 'unauthorised', message: 'the credential is not for flower_room' });
    expect(hub.connect({ ...automation, token: 'of-cold-store', lease: { scope: 'cold_store' } }).got('welcome')).toHaveLength(1);
  });

  it('[PI4] a greeting that names one subscription twice is refused, and leaves the session before it alone', () => {
    const hub = createHubFixture();
    const good = hub.connect({ ...automation, subscriptions: [everything('all')] });
    const twice = hub.connect({ ...automation, attempt: 2, subscriptions: [everything('all'), everything('all')] });
    expect(twice.farewell).toMatchObject({ code: 'protocol', retry: false });
    expect(good.farewell).toBeNull();
    expect(hub.sessions.counts().get('automation')).toBe(1);
  });

  it('[GR3, IN5] the newest connection of a node wins, and nothing from the older one counts', () => {
    const hub = createHubFixture();
    const older = hub.connect({ ...automation, subscriptions: [everything('all')], lease: { scope: 'flower_room' } });
    const term = older.got('welcome')[0]?.lease?.term;
    const newer = hub.connect({ ...automation, attempt: 2, subscriptions: [everything('all')], lease: { scope: 'flower_room' } });
    expect(older.farewell?.code).toBe('superseded');
    hub.pulse();
    older.receive('commit', { sub: 'all', seq: 1, epoch: hub.store.log.epoch, cursor: hub.store.log.head, term, ...bare });
    expect(hub.store.cursors.get('flower_room')).toBeNull();
    expect(newer.farewell).toBeNull();
  });

  it('[GR3] a superseded run that comes back while the newer one lives is a duplicate, with an alarm', () => {
    const hub = createHubFixture();
    hub.connect({ ...automation, run: 'run-00000001' });
    const second = hub.connect({ ...automation, run: 'run-00000002' });
    const returning = hub.connect({ ...automation, run: 'run-00000001', attempt: 2 });
    expect(returning.farewell).toMatchObject({ code: 'duplicate-node', retry: true });
    expect(second.farewell).toBeNull();
    hub.refresh();
    expect(hub.view.alarms()).toMatchObject([{ alarm: 'node/automation-1/duplicate', state: 'active' }]);
  });

  it('[GR3] the alarm of a duplicate goes when the node greets and no other run lives', () => {
    const hub = createHubFixture();
    hub.connect({ ...automation, run: 'run-00000001' });
    const second = hub.connect({ ...automation, run: 'run-00000002' });
    hub.connect({ ...automation, run: 'run-00000001', attempt: 2 });
    hub.refresh();
    expect(hub.view.alarmState('node/automation-1/duplicate')).toBe('active');
    second.closed();
    hub.connect({ ...automation, run: 'run-00000002', attempt: 2 });
    hub.refresh();
    expect(hub.view.alarmState('node/automation-1/duplicate')).toBe('cleared');
  });

  it('[GR3] two supervised services of one name do not supersede each other for ever', () => {
    const hub = createHubFixture();
    const run = (n: number): string => `run-${String(n).padStart(8, '0')}`;
    hub.connect({ ...automation, run: run(0) });
    const restarted = Array.from({ length: 40 }, (_, index) => {
      hub.time.up += 1000;
      hub.refresh();
      return hub.connect({ ...automation, run: run(index + 1) });
    });
    expect(restarted.filter(({ farewell }) => farewell === null).map(({ hello }) => hello)).toMatchObject([{ run: run(2) }]);
    expect(restarted[0]?.farewell).toMatchObject({ code: 'superseded' });
    expect(restarted.at(-1)?.farewell).toMatchObject({ code: 'duplicate-node', retry: true, afterMs: 5000 });
    hub.refresh();
    expect(hub.view.alarmState('node/automation-1/duplicate')).toBe('active');
  });

  it('[GR4] a subscription can be added and ended while connected', () => {
    const hub = createHubFixture();
    const node = hub.connect({});
    node.receive('subscribe', everything('later'));
    expect(node.got('subscribed')).toMatchObject([{ sub: 'later', from: hub.store.log.head }]);
    hub.pulse();
    node.receive('unsubscribe', { sub: 'later' });
    hub.pulse();
    expect(lsns(node.got('entries'))).toEqual([hub.store.log.head - 1]);
  });
});

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
    hub.store.log.append(Array.from({ length: 1000 }, () => ({ kind: 'note', by: 'hub', about: 'x', text: 'y'.repeat(600) }) as const));
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

describe('a person’s browser', () => {
  it('[PI4, LA4] that greets as a viewer may send what its credential may', () => {
    const hub = createHubFixture();
    const person = hub.connect({ token: 'of-technician' });
    person.receive('watch', { watch: 'raw', target: { bus: 'line' } });
    expect(person.farewell).toBeNull();
    const viewer = hub.connect({ nodeId: 'panel-2' });
    viewer.receive('watch', { watch: 'raw', target: { bus: 'line' } });
    expect(viewer.farewell).toMatchObject({ code: 'unauthorised' });
  });
});

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
      { kind: 'value', name: 'vpd', v: 1.2, by: 'node:automation-1' },
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

describe('latest', () => {
  const panel = { subscriptions: [{ sub: 'panel', mode: 'latest', filter: {}, cursor: null }] };
  const reading = (v: number) => ({
    kind: 'sensor' as const,
    location: 'flower_room',
    cluster: 'front',
    readings: { temperature: { v, q: 'good' as const } },
  });

  it('[LA1] a snapshot first, then what changed', () => {
    const hub = createHubFixture();
    const node = hub.connect(panel);
    hub.store.log.append([reading(20)]);
    hub.refresh();
    hub.tickLatest();
    expect(node.got('snapshot')[0]?.points).toMatchObject([{ id: 'flower_room/front/temperature', v: 20 }]);
    hub.store.log.append([reading(21), reading(22)]);
    hub.refresh();
    hub.tickLatest();
    expect(node.got('changes')).toMatchObject([{ points: [{ v: 22 }] }]);
  });

  it('[LA1] the values of rules are gone when others take their place, and a panel is sent them again', () => {
    const hub = createHubFixture();
    const node = hub.connect(panel);
    const value = (name: string, by = 'node:automation-1') => ({ kind: 'value' as const, name, v: 1, q: 'good' as const, by });
    const live = { kind: 'bundle' as const, scope: 'flower_room', hash: 'b'.repeat(64), revision: 1, mode: 'live' as const };
    const show = (): void => {
      hub.refresh();
      hub.tickLatest();
    };
    hub.store.log.append([
      live,
      { kind: 'lease', scope: 'flower_room', term: 1, holder: 'automation-1' },
      { kind: 'lease', scope: 'cold_store', term: 2, holder: 'automation-2' },
      value('old'),
      value('kept'),
      value('elsewhere', 'node:automation-2'),
    ]);
    show();
    hub.store.log.append([{ ...live, mode: 'shadow', hash: 'c'.repeat(64) }]);
    show();
    expect(node.got('snapshot')).toHaveLength(1);
    hub.store.log.append([{ ...live, hash: 'c'.repeat(64), revision: 2 }]);
    show();
    expect(
      node
        .got('snapshot')
        .at(-1)
        ?.values.map(({ name }) => name),
    ).toEqual(['elsewhere']);
    hub.store.log.append([value('kept'), value('new')]);
    show();
    expect(
      node
        .got('changes')
        .at(-1)
        ?.values.map(({ name }) => name),
    ).toEqual(['kept', 'new']);
    expect(node.got('snapshot')).toHaveLength(2);
  });

  it('[LA1] panels at the same tick are sent one and the same message, which is made once', () => {
    const hub = createHubFixture();
    const nodes = ['panel-1', 'panel-2', 'panel-3'].map((nodeId) => hub.connect({ ...panel, nodeId }));
    const shared = nodes.map((node) => {
      const messages: unknown[] = [];
      node.sendShared = (message) => void messages.push(message);
      return messages;
    });
    for (let n = 0; n < 3; n += 1) {
      hub.store.log.append([reading(20 + n)]);
      hub.refresh();
      hub.tickLatest();
    }
    expect(shared[0]).toHaveLength(3);
    for (const n of [0, 1, 2]) {
      expect(shared[1]?.[n]).toBe(shared[0]?.[n]);
      expect(shared[2]?.[n]).toBe(shared[0]?.[n]);
    }
  });

  it('[PI1] [LA1] a snapshot above the size of a message comes in parts, which wait for a connection that takes them', () => {
    const hub = createHubFixture();
    const node = hub.connect(panel);
    const frame = (cluster: number) => ({
      kind: 'sensor' as const,
      location: 'flower_room',
      cluster: `c${cluster}`,
      readings: Object.fromEntries(
        Array.from({ length: 50 }, (_, n) => [`m${n}`, { v: n, q: 'uncertain' as const, why: 'x'.repeat(100) }]),
      ),
    });
    hub.store.log.append(Array.from({ length: 60 }, (_, n) => frame(n)));
    hub.refresh();
    // The first part fills it; what it has not taken by the next tick is not sent on top.
    node.sendShared = (message) => {
      node.send(message);
      node.buffered += 100 * 1024;
    };
    for (const taken of [1, 2]) {
      hub.tickLatest();
      expect(node.got('snapshot')).toHaveLength(taken);
      hub.tickLatest();
      expect(node.got('snapshot')).toHaveLength(taken);
      node.buffered = 0;
    }
    for (let tick = 0; tick < 20; tick += 1) {
      hub.tickLatest();
      node.buffered = 0;
    }
    const parts = node.got('snapshot');
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.map(({ part }) => part)).toEqual(parts.map((_, n) => n + 1));
    for (const part of parts) expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThanOrEqual(128 * 1024);
    expect(parts.flatMap(({ points }) => points)).toHaveLength(3000);
  });

  it('[EV1] [EV3] what no filter lets pass is passed over by all, and the cursor moves at the next heartbeat', () => {
    const hub = createHubFixture();
    const nodes = ['panel-1', 'panel-2'].map((nodeId) =>
      hub.connect({ ...panel, nodeId, subscriptions: [{ sub: 'news', mode: 'every', filter: { kinds: ['alarm'] }, cursor: null }] }),
    );
    hub.pulse(3);
    for (const node of nodes) expect(node.got('entries')).toEqual([]);
    hub.store.log.append([{ kind: 'alarm', alarm: 'a', state: 'active', priority: 'P1' }]);
    hub.refresh();
    hub.pump();
    hub.pulse(2);
    hub.tickHeartbeat(5000);
    for (const node of nodes) {
      const batches = node.got('entries');
      expect(batches.flatMap(({ entries }) => entries.map(({ kind }) => kind))).toEqual(['alarm']);
      expect(batches.map(({ prev, last }) => last - prev)).toEqual([4, 2]);
    }
  });

  it('[EV1] panels that have come as far as each other are sent one and the same batch', () => {
    const hub = createHubFixture();
    const news = {
      ...panel,
      subscriptions: [{ sub: 'news', mode: 'every' as const, filter: { kinds: ['alarm' as const] }, cursor: null }],
    };
    const nodes = ['panel-1', 'panel-2', 'panel-3'].map((nodeId) => hub.connect({ ...news, nodeId }));
    const shared = nodes.map((node) => {
      const payloads: unknown[] = [];
      node.sendShared = ({ payload }) => void payloads.push(payload);
      return payloads;
    });
    hub.pulse(3);
    hub.store.log.append([{ kind: 'alarm', alarm: 'a', state: 'active', priority: 'P1' }]);
    hub.pump();
    hub.pulse(2);
    hub.tickHeartbeat(5000);
    expect(shared[0]).toMatchObject([
      { prev: 0, last: 4, entries: [{ kind: 'alarm' }] },
      { prev: 4, last: 6, entries: [] },
    ]);
    for (const payloads of shared.slice(1)) payloads.forEach((payload, n) => expect(payload).toBe(shared[0]?.[n]));
  });

  it('[EV3] a batch made for another is not taken where the window has no room for it', () => {
    const hub = createHubFixture();
    const pulses = { ...everything('all'), filter: { kinds: ['pulse' as const] } };
    const [quick, slow] = ['quick', 'slow'].map((nodeId) =>
      hub.connect({ ...automation, nodeId, run: `run-of-${nodeId}`, subscriptions: [pulses] }),
    );
    hub.pulse(2000);
    quick?.receive('commit', { sub: 'all', seq: 1, epoch: hub.store.log.epoch, cursor: hub.store.log.head, ...bare });
    hub.pulse(100);
    expect(lsns(quick?.got('entries') ?? [])).toHaveLength(2100);
    expect(lsns(slow?.got('entries') ?? [])).toHaveLength(2048);
    expect(lsns(slow?.got('entries') ?? []).at(-1)).toBe(hub.store.log.head - 52);
  });

  it('[LE2] who commands is served at once, panels in turns', () => {
    const hub = createHubFixture();
    const service = hub.connect({ ...automation, subscriptions: [everything('all')] });
    const panels = ['panel-1', 'panel-2', 'panel-3'].map((nodeId) => hub.connect({ ...panel, nodeId }));
    hub.sessions.serve(3);
    hub.store.log.append([reading(20)]);
    hub.refresh();
    hub.sessions.pump();
    hub.sessions.tickLatest();
    expect(lsns(service.got('entries'))).toContain(hub.store.log.head);
    const shown = () => panels.map((node) => node.got('changes').length);
    expect(shown()).toEqual([0, 0, 0]);
    hub.sessions.serve(2);
    expect(shown()).toEqual([1, 1, 0]);
    // Another tick before everybody had his turn: the last learns all that has changed since he was.
    hub.store.log.append([reading(21)]);
    hub.refresh();
    hub.sessions.tickLatest();
    hub.sessions.serve(10);
    expect(shown()).toEqual([2, 2, 1]);
    expect(panels.map((node) => node.got('changes').at(-1)?.points[0]?.v)).toEqual([21, 21, 21]);
    expect(hub.sessions.hasDue).toBe(false);
  });

  it('[VE4] sends an entry of a kind that it does not know as it is, and shows what it knows beside it', () => {
    const hub = createHubFixture();
    const subscriptions = [everything('all'), { sub: 'view', mode: 'latest', filter: {}, cursor: null }];
    const relay = hub.connect({ ...automation, nodeId: 'relay-1', role: 'relay', subscriptions });
    const forecast = { kind: 'forecast', of: { rain: [1, 2] } };
    hub.store.log.append([reading(20), forecast as unknown as EntryDraft]);
    hub.refresh();
    hub.pump();
    hub.tickLatest();
    const { time } = hub;
    expect(relay.got('entries').flatMap(({ entries }) => entries)).toContainEqual({ lsn: hub.store.log.head, ...time, ...forecast });
    expect(relay.got('snapshot')).toMatchObject([{ version: hub.store.log.head, points: [{ v: 20, q: 'good' }] }]);
  });

  it('[SE5] a service is shown its own locations alone, a person everything', () => {
    const hub = createHubFixture();
    const view = { sub: 'view', mode: 'latest', filter: {}, cursor: null };
    const cold = { ...reading(4), location: 'cold_store' };
    const service = hub.connect({ ...automation, token: 'of-flower-room', subscriptions: [everything('all'), view] });
    const relay = hub.connect({
      ...automation,
      nodeId: 'relay-1',
      role: 'relay',
      token: 'of-flower-room',
      subscriptions: [{ ...everything('cold'), filter: { locations: ['cold_store'], kinds: ['sensor'] } }],
    });
    const person = hub.connect({ ...panel, nodeId: 'panel-9', token: 'of-flower-room' });
    hub.store.log.append([reading(20), cold]);
    hub.refresh();
    hub.pump();
    hub.tickLatest();
    hub.store.log.append([{ ...cold, cluster: 'back' }, reading(21)]);
    hub.refresh();
    hub.pump();
    hub.tickLatest();
    const locations = service
      .got('entries')
      .flatMap(({ entries }) => entries.flatMap((entry) => (entry.kind === 'sensor' ? [entry.location] : [])));
    expect(locations).toEqual(['flower_room', 'flower_room']);
    expect(relay.got('entries')).toEqual([]);
    const ids = (node: typeof person) =>
      [...node.got('snapshot'), ...node.got('changes')].flatMap(({ points }) => points.map(({ id }) => id));
    expect(new Set(ids(service))).toEqual(new Set(['flower_room/front/temperature']));
    expect(new Set(ids(person))).toEqual(
      new Set(['flower_room/front/temperature', 'cold_store/front/temperature', 'cold_store/back/temperature']),
    );
  });

  it('[LA2] nothing is queued for a panel that takes nothing; it is brought up to date when it can', () => {
    const hub = createHubFixture();
    const node = hub.connect(panel);
    hub.tickLatest();
    node.buffered = 100_000;
    for (let v = 0; v < 10; v += 1) {
      hub.store.log.append([reading(v)]);
      hub.refresh();
      hub.tickLatest();
    }
    expect(node.got('changes')).toEqual([]);
    node.buffered = 0;
    hub.tickLatest();
    expect(node.got('changes')).toMatchObject([{ points: [{ v: 9 }] }]);
  });

  it('[LA3] a panel that has taken nothing for 5 s is ended as slow', () => {
    const hub = createHubFixture();
    const node = hub.connect(panel);
    node.buffered = 100_000;
    hub.tickLatest();
    hub.time.up += 5001;
    hub.tickLatest();
    expect(node.farewell).toMatchObject({ code: 'slow', retry: true });
  });

  it('[LA1] a stale reading keeps the time at which the point was last reported', () => {
    const hub = createHubFixture();
    hub.time.up = 5000;
    hub.store.log.append([reading(20)]);
    hub.time.up = 11_000;
    hub.store.log.append([
      { kind: 'sensor', location: 'flower_room', cluster: 'front', readings: { temperature: { v: null, q: 'stale', why: 'no answer' } } },
    ]);
    hub.refresh();
    expect(hub.view.points()).toMatchObject([{ v: null, q: 'stale', reported: 5000, last: 20 }]);
  });
});

it('[PI4] what the store cannot keep is not held against the node: it is asked to come back', () => {
  const hub = createHubFixture();
  const node = hub.connect({ ...automation, subscriptions: [everything('all')], lease: { scope: 'flower_room' } });
  const term = node.got('welcome')[0]?.lease?.term;
  hub.gate.accept = () => {
    throw new Fault('store/unwritable', 'the disk is full');
  };
  node.receive('commit', { sub: 'all', seq: 1, epoch: hub.store.log.epoch, cursor: hub.store.log.head, term, ...bare });
  expect(node.farewell).toMatchObject({ code: 'internal', retry: true });
});

it('[DR1] a hub that ends for good says so', () => {
  const hub = createHubFixture();
  const node = hub.connect(automation);
  hub.sessions.drain(1000, () => 0, 'the hub is ending');
  expect(node.farewell).toMatchObject({ code: 'draining', message: 'the hub is ending' });
});

it('[DR1] draining says farewell to everybody, spread in time, and lets nobody in', () => {
  const hub = createHubFixture();
  const node = hub.connect({});
  hub.sessions.drain(1000, () => 0.5);
  expect(node.farewell).toMatchObject({ code: 'draining', retry: true, afterMs: 500 });
  expect(hub.connect({ nodeId: 'panel-9' }).farewell).toMatchObject({ code: 'draining' });
});
