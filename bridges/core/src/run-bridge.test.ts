import type { Entry, Lsn, NamedSubscriptionRequest } from '@phloem/protocol';
import { createFakeNetwork, epochA, toWelcome, type FakeConnection } from '@phloem/reconnect/testing';
import { VirtualTimeScheduler } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runBridge, type Bridge, type BridgeOptions } from './run-bridge.ts';
import { createMemoryStore, type MemoryStore } from './testing/memory-target.ts';

const pulse = (lsn: Lsn): Entry => ({ lsn, at: 1_800_000_000_000 + lsn, up: lsn, kind: 'pulse' });
const pulses = (from: Lsn, last: Lsn): Entry[] => Array.from({ length: last - from }, (_, index) => pulse(from + index + 1));

/** A bridge between a hub that is played manually and a target in memory, in virtual time. */
const setUp = (more: Partial<BridgeOptions> = {}) => {
  const clock = new VirtualTimeScheduler();
  const network = createFakeNetwork();
  const store: MemoryStore = createMemoryStore();
  const bridge: Bridge = runBridge({
    transport: network.transport,
    clock,
    wallNow: () => 1_800_000_000_000,
    random: () => 0.5,
    nodeId: 'bridge-1',
    run: 'run-00000001',
    token: 'secret',
    software: 'test/1',
    filter: {},
    openTarget: () => store.connect(),
    fill: 'first',
    upTo: 'durable',
    ...more,
  });
  const requests = (connection: FakeConnection): readonly NamedSubscriptionRequest[] => [
    ...(connection.hello.subscriptions ?? []),
    ...connection.received.flatMap((message) => (message.event === 'subscribe' ? [message.payload] : [])),
  ];
  const request = (): NamedSubscriptionRequest | undefined => requests(network.newest()).at(-1);
  const pass = (ms: number): void => {
    clock.maxFrames = clock.frame + ms;
    clock.flush();
    clock.frame = clock.maxFrames;
  };
  /** Lets the answers of the target come in, which take no time of the clock. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const welcome = async (durable: Lsn): Promise<void> => {
    network.newest().accept();
    network
      .newest()
      .say({ event: 'welcome', payload: toWelcome({ durable, log: { epoch: epochA, first: 1, head: durable, lineage: [] } }) });
    await settle();
  };
  const send = async (prev: Lsn, last: Lsn): Promise<void> => {
    network
      .newest()
      .say({ event: 'entries', payload: { sub: request()?.sub ?? '', epoch: epochA, prev, last, entries: pulses(prev, last) } });
    await settle();
  };
  const grant = async (from: Lsn): Promise<void> => {
    network.newest().say({ event: 'subscribed', payload: { sub: request()?.sub ?? '', from } });
    await settle();
  };
  const lsns = (): readonly Lsn[] => store.records.map(({ lsn }) => lsn);
  const committed = (): readonly Lsn[] =>
    network.newest().received.flatMap((message) => (message.event === 'commit' ? [message.payload.cursor] : []));
  return { bridge, store, network, request, pass, settle, welcome, send, grant, lsns, committed };
};
type Rig = ReturnType<typeof setUp>;

let rigs: Rig[] = [];
const open = (more: Partial<BridgeOptions> = {}): Rig => {
  const rig = setUp(more);
  rigs.push(rig);
  return rig;
};
afterEach(async () => {
  for (const { bridge, network, store } of rigs) {
    await bridge.close();
    const left = network.openCount() + store.connections;
    if (left > 0) throw new Error(`${left} connections are left open`);
  }
  rigs = [];
});

describe('a running bridge', () => {
  it('reads from where its target ends, and commits what the target has', async () => {
    const rig = open();
    await rig.welcome(200);
    expect(rig.request()).toMatchObject({
      mode: 'every',
      cursor: { epoch: '000000000000', lsn: 0 },
      name: 'bridge-1',
      upTo: 'durable',
    });
    await rig.grant(0);
    await rig.send(0, 150);
    expect(rig.lsns()).toEqual(pulses(0, 150).map(({ lsn }) => lsn));
    rig.pass(100);
    expect(rig.committed().at(-1)).toBe(150);
    expect(rig.bridge.status()).toMatchObject({ phase: 'flowing', position: { ordinal: 1, lsn: 150 }, behind: 50 });
  });

  it('sends again what was lost with an answer, and keeps it once', async () => {
    const rig = open();
    await rig.welcome(200);
    await rig.grant(0);
    await rig.send(0, 3);
    rig.store.plan('lose the answer');
    await rig.send(3, 6);
    expect(rig.bridge.status()).toMatchObject({ phase: 'resting', error: { code: 'bridge/unreachable' } });
    rig.pass(100);
    await rig.settle();
    expect(rig.request()).toMatchObject({ cursor: { epoch: epochA, lsn: 6 } });
    await rig.grant(6);
    await rig.send(6, 8);
    expect(rig.lsns()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(rig.bridge.status()).toMatchObject({ phase: 'flowing', error: null, counters: { failures: 1 } });
  });

  it('gives up a target that does not answer, and dials it again', async () => {
    const rig = open();
    await rig.welcome(200);
    await rig.grant(0);
    rig.store.plan('stay silent');
    await rig.send(0, 3);
    rig.pass(9_999);
    expect(rig.bridge.status().phase).toBe('flowing');
    rig.pass(2);
    expect(rig.bridge.status()).toMatchObject({ phase: 'dialing', attempt: 2, error: { code: 'bridge/unreachable' } });
    await rig.settle();
    expect(rig.store.connections).toBe(1);
    expect(rig.bridge.status()).toMatchObject({ phase: 'flowing', attempt: 2 });
  });

  it('gives up a dial that does not end, and closes the connection when it comes after all', async () => {
    const late = Promise.withResolvers<void>();
    const store = createMemoryStore();
    const rig = open({
      openTarget: async () => {
        await late.promise;
        return store.connect();
      },
    });
    rig.pass(5_001);
    expect(rig.bridge.status()).toMatchObject({ phase: 'dialing', attempt: 2, error: { code: 'bridge/unreachable' } });
    late.resolve();
    await vi.waitFor(() => expect(store.connections).toBe(0));
  });

  it('takes no late word about one subscription for the next', async () => {
    const rig = open();
    await rig.welcome(200);
    const first = rig.request()?.sub ?? '';
    rig.store.setDown(true);
    await rig.grant(0);
    await rig.send(0, 3);
    rig.store.setDown(false);
    rig.pass(100);
    await rig.settle();
    expect(rig.request()?.sub).not.toBe(first);
    rig.network.newest().say({ event: 'entries', payload: { sub: first, epoch: epochA, prev: 3, last: 9, entries: pulses(3, 9) } });
    await rig.settle();
    rig.pass(100);
    expect(rig.committed()).toEqual([]);
    expect(rig.lsns()).toEqual([]);
  });

  it('ends when the hub will not have it', async () => {
    const rig = open();
    rig.network.newest().accept();
    rig.network.newest().say({ event: 'bye', payload: { code: 'unauthorised', retry: false, message: 'no valid token' } });
    expect(rig.bridge.status()).toMatchObject({ phase: 'closed', error: { code: 'auth/unauthorised' } });
  });

  it('stops when another writer has gone on at its target', async () => {
    const rig = open();
    await rig.welcome(200);
    await rig.grant(0);
    await rig.send(0, 3);
    rig.store.intrude({ kind: 'gap', ordinal: 2, epoch: 'epochZepochZ', lsn: 2, prev: 3, from: 1 });
    await rig.send(3, 4);
    expect(rig.bridge.status()).toMatchObject({ phase: 'resting', error: { code: 'bridge/fenced' } });
    rig.pass(100);
    await rig.settle();
    const sub = rig.request()?.sub ?? '';
    rig.network.newest().say({ event: 'subscribed', payload: { sub, from: 0, lost: [1, 2], why: 'unknown-epoch' } });
    expect(rig.bridge.status()).toMatchObject({ phase: 'fenced', error: { code: 'bridge/fenced' } });
    rig.pass(60_000);
    await rig.settle();
    expect(rig.store.connections).toBe(0);
  });
});
