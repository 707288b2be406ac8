import { MessageChannel } from 'node:worker_threads';
import {
  createLinkedTransport,
  monotonicClock,
  openLink,
  openPortEnd,
  type Batch,
  type LinkOptions,
  type Transport,
} from '@phloem/reconnect';
import { filter, firstValueFrom, mergeMap, take, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Connection, HubTransport } from '../hub-transport.ts';
import { runSessions } from '../run-sessions.ts';
import { createHubFixture, everything } from '../testing/hub-fixture.ts';
import { createLinkedHubTransport } from './linked-hub-transport.ts';
import { createLinkedPair } from './linked-pair.ts';

type Joined = { readonly hub: HubTransport; readonly node: Transport; readonly close: () => void };
type Join = (onError: (error: unknown) => void) => Joined;

const ways: readonly (readonly [string, Join])[] = [
  ['in memory', (onError) => ({ ...createLinkedPair({ freeze: true, onError }), close: () => undefined })],
  [
    'over a message port',
    (onError) => {
      const { port1, port2 } = new MessageChannel();
      const hub = createLinkedHubTransport({ end: openPortEnd(port1), onError });
      return { hub, node: createLinkedTransport(openPortEnd(port2)), close: () => port1.close() };
    },
  ],
];

/** A hub's sessions behind a pair; the rest of the hub is the fixture's. */
const openSessions = (join: Join) => {
  const hub = createHubFixture();
  const errors: unknown[] = [];
  const pair = join((error) => errors.push(error));
  const connections = new Set<Connection>();
  const running = runSessions({
    transport: { ...pair.hub, connections$: pair.hub.connections$.pipe(tap((connection) => connections.add(connection))) },
    sessions: hub.sessions,
    leases: hub.leases,
    log: hub.store.log,
    view: hub.view,
    durable$: hub.store.durable$,
    scheduler: monotonicClock,
  });
  const link = (options: Partial<LinkOptions> = {}) =>
    openLink({
      transport: pair.node,
      clock: monotonicClock,
      random: Math.random,
      nodeId: 'panel-1',
      run: 'run-00000001',
      role: 'viewer',
      software: 'test',
      subscriptions: [everything('all')],
      ...options,
    });
  return {
    ...hub,
    errors,
    link,
    cut: () => connections.forEach((connection) => connection.terminate()),
    goDown: async () => {
      hub.sessions.drain(1000, () => 0.5);
      await pair.hub.close();
    },
    [Symbol.asyncDispose]: async () => {
      running.unsubscribe();
      await pair.hub.close();
      pair.close();
      expect(errors).toEqual([]);
    },
  };
};

const ready = filter(({ phase }: { phase: string }) => phase === 'ready');
const lsns = (batch: Batch): number[] => (batch.kind === 'entries' ? batch.entries.map(({ lsn }) => lsn) : []);

describe.each(ways)('a link to the hub of this process, %s', (_way, join) => {
  it('[EV1, EV2] gets every entry once and in order, more than the window holds', async () => {
    await using hub = openSessions(join);
    const link = hub.link();
    await firstValueFrom(link.status$.pipe(ready));
    const before = hub.store.log.head;
    const got = firstValueFrom(link.batches$('all').pipe(mergeMap(lsns), take(10_000), toArray()));
    for (let n = 0; n < 100; n += 1) hub.pulse(100);
    expect(await got).toEqual(Array.from({ length: 10_000 }, (_, index) => before + index + 1));
    await link.close();
  });

  it('[EV1, GR2] goes on where it was after its connection was ended', async () => {
    await using hub = openSessions(join);
    const link = hub.link();
    await firstValueFrom(link.status$.pipe(ready));
    const before = hub.store.log.head;
    const got = firstValueFrom(link.batches$('all').pipe(mergeMap(lsns), take(300), toArray()));
    hub.pulse(100);
    hub.cut();
    hub.pulse(100);
    await firstValueFrom(link.status$.pipe(filter(({ phase, attempt }) => phase === 'ready' && attempt === 2)));
    hub.pulse(100);
    expect(await got).toEqual(Array.from({ length: 300 }, (_, index) => before + index + 1));
    await link.close();
  });

  it('[LA1] shows a snapshot, then the changes', async () => {
    await using hub = openSessions(join);
    const link = hub.link({ subscriptions: [{ sub: 'view', mode: 'latest', filter: {}, cursor: null }] });
    const shown = firstValueFrom(link.latest$('view').pipe(take(2), toArray()));
    await firstValueFrom(link.status$.pipe(ready));
    hub.pulse(1);
    const ticking = setInterval(() => hub.pulse(), 20);
    expect((await shown).map(({ event }) => event)).toEqual(['snapshot', 'changes']);
    clearInterval(ticking);
    await link.close();
  });

  it('[DR1] receives the farewell of a hub that goes down', async () => {
    await using hub = openSessions(join);
    const link = hub.link();
    await firstValueFrom(link.status$.pipe(ready));
    const farewell = firstValueFrom(link.status$.pipe(filter(({ bye }) => bye !== null)));
    await hub.goDown();
    expect((await farewell).bye).toMatchObject({ code: 'draining', retry: true });
    await link.close();
  });

  it('a second link of the same name takes the place of the first', async () => {
    await using hub = openSessions(join);
    const first = hub.link();
    await firstValueFrom(first.status$.pipe(ready));
    const superseded = firstValueFrom(first.status$.pipe(filter(({ bye }) => bye !== null)));
    const second = hub.link({ run: 'run-00000002' });
    await firstValueFrom(second.status$.pipe(ready));
    expect((await superseded).bye?.code).toBe('superseded');
    await Promise.all([first.close(), second.close()]);
  });

  it('a link that is closed frees its session', async () => {
    await using hub = openSessions(join);
    const link = hub.link();
    await firstValueFrom(link.status$.pipe(ready));
    await link.close();
    const again = hub.link({ run: 'run-00000003' });
    await firstValueFrom(again.status$.pipe(ready));
    expect(hub.sessions.counts().size).toBe(1);
    await again.close();
  });
});
