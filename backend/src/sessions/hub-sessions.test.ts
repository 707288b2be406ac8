import { Fault } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createHubFixture, everything } from './testing/hub-fixture.ts';
import { automation, lsns, bare } from './testing/session-messages.ts';

describe('greeting', () => {
  it('[GR2] a good greeting is answered by a welcome that says where the log is', () => {
    const hub = createHubFixture();
    hub.pulse(5);
    const node = hub.connect({ subscriptions: [everything('all', { epoch: hub.store.log.epoch, lsn: 2 })] });
    const [welcome] = node.got('welcome');
    expect(welcome).toMatchObject({
      protocol: { major: 1, minor: 2 },
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

it('[DR1] a hub that ends for good announces it', () => {
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
