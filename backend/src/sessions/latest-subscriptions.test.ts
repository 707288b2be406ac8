import { textReason, type Author, type EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createHubFixture, everything } from './testing/hub-fixture.ts';
import { automation, lsns, bare } from './testing/session-messages.ts';

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
    const value = (name: string, by: Author = { kind: 'node', id: 'automation-1' }) => ({
      kind: 'value' as const,
      name,
      v: 1,
      q: 'good' as const,
      by,
    });
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
      value('elsewhere', { kind: 'node', id: 'automation-2' }),
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
        Array.from({ length: 50 }, (_, n) => [`m${n}`, { v: n, q: 'uncertain' as const, why: textReason('x'.repeat(100)) }]),
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
      {
        kind: 'sensor',
        location: 'flower_room',
        cluster: 'front',
        readings: { temperature: { v: null, q: 'stale', why: textReason('no answer') } },
      },
    ]);
    hub.refresh();
    expect(hub.view.points()).toMatchObject([{ v: null, q: 'stale', reported: 5000, last: 20 }]);
  });
});
