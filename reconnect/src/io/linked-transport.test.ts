import { MessageChannel } from 'node:worker_threads';
import type { Hello, NodeMessage } from '@phloem/protocol';
import { describe, expect, it, vi } from 'vitest';
import type { FromHub, FromNode, MessageEnd } from '../message-end.ts';
import { describeTransport, type ContractRig, type PeerConnection } from '../testing/transport-contract.ts';
import type { TransportEvent } from '../transport.ts';
import { createLinkedTransport } from './linked-transport.ts';
import { createMessageEnds } from './message-ends.ts';
import { openPortEnd } from './port-end.ts';

const until = (claim: () => boolean): Promise<void> => vi.waitUntil(claim, { interval: 1, timeout: 5000 }).then(() => undefined);

/** A hub's end that takes everybody. */
const openPeer = (end: MessageEnd, takes: () => boolean): readonly PeerConnection[] => {
  const connections: PeerConnection[] = [];
  const inlets = new Map<number, { readonly received: NodeMessage[]; isEnded: boolean }>();
  const post = (message: FromHub): void => end.post(message);
  const greet = (n: number, hello: unknown): void => {
    if (!takes()) return post({ kind: 'closed', n, why: 'nobody is here' });
    const inlet = { received: [] as NodeMessage[], isEnded: false };
    inlets.set(n, inlet);
    post({ kind: 'open', n });
    connections.push({
      hello,
      received: inlet.received,
      isEnded: () => inlet.isEnded,
      send: (event, payload) => post({ kind: 'message', n, event, payload }),
      end: () => {
        inlets.delete(n);
        post({ kind: 'closed', n, why: 'ended' });
      },
    });
  };
  end.messages$.subscribe((message) => {
    const from = message as FromNode;
    if (from.kind === 'dial') return greet(from.n, from.hello);
    const inlet = inlets.get(from.n);
    if (inlet === undefined) return;
    if (from.kind === 'message') inlet.received.push({ event: from.event, payload: from.payload } as NodeMessage);
    if (from.kind === 'hang-up') inlet.isEnded = true;
  });
  return connections;
};

const openRig = (ends: () => readonly [MessageEnd, MessageEnd], close: () => void): ContractRig => {
  const [hub, node] = ends();
  const [deaf, nowhere] = ends();
  openPeer(deaf, () => false);
  return {
    transport: createLinkedTransport(node),
    nowhere: createLinkedTransport(nowhere),
    connections: openPeer(hub, () => true),
    until,
    [Symbol.asyncDispose]: async () => close(),
  };
};

const inMemory = () => createMessageEnds({ freeze: true, afterTurn: setImmediate });

describeTransport('two ends in memory', async () => openRig(inMemory, () => undefined));

describeTransport('a message port', async () => {
  const channels: MessageChannel[] = [];
  const ends = (): readonly [MessageEnd, MessageEnd] => {
    const channel = new MessageChannel();
    channels.push(channel);
    return [openPortEnd(channel.port1), openPortEnd(channel.port2)];
  };
  return openRig(ends, () => channels.forEach(({ port1 }) => port1.close()));
});

const hello: Hello = {
  protocol: { major: 1, minor: 0 },
  nodeId: 'automation-1',
  run: 'run-00000001',
  attempt: 1,
  role: 'automation',
  software: 'test/1',
};

describe('a transport within a process', () => {
  it('delivers nothing within the call that sends it', async () => {
    const [hub, node] = inMemory();
    const seen: string[] = [];
    hub.messages$.subscribe(() => {
      seen.push('received');
      hub.post({ kind: 'open', n: 1 });
      seen.push('answered');
    });
    createLinkedTransport(node)
      .dial(hello)
      .subscribe(({ kind }) => seen.push(kind));
    seen.push('dialed');
    await until(() => seen.length === 4);
    expect(seen).toEqual(['dialed', 'received', 'answered', 'open']);
  });

  it('lets timers run while two sides answer each other without end', async () => {
    const [hub, node] = inMemory();
    let isOver = false;
    let answers = 0;
    for (const end of [hub, node]) {
      end.messages$.subscribe(() => {
        answers += 1;
        if (!isOver) end.post({});
      });
    }
    node.post({});
    // It would never come if the microtasks never ended.
    await new Promise((resolve) => setTimeout(resolve, 1));
    isOver = true;
    expect(answers).toBeGreaterThan(2);
  });

  it('freezes what both sides share, where that is asked for', () => {
    const [hub] = inMemory();
    const message = { payload: { list: [{ a: 1 }] } };
    hub.post(message);
    expect(Object.isFrozen(message.payload.list[0])).toBe(true);
    const [open] = createMessageEnds({ freeze: false, afterTurn: setImmediate });
    const free = { a: 1 };
    open.post(free);
    expect(Object.isFrozen(free)).toBe(false);
  });

  it('counts what was sent as buffered until the other side has taken it', async () => {
    const [hub, node] = inMemory();
    let n = 0;
    hub.messages$.subscribe((message) => {
      if ((message as FromNode).kind === 'dial') hub.post({ kind: 'open', n: (n = (message as FromNode).n) });
    });
    const events: TransportEvent[] = [];
    createLinkedTransport(node)
      .dial(hello)
      .subscribe((event) => events.push(event));
    await until(() => events.length === 1);
    const [open] = events;
    if (open?.kind !== 'open') throw new Error('not open');
    for (let sent = 0; sent < 200; sent += 1) open.channel.send({ event: 'heartbeat', payload: { n: sent, t: sent } });
    expect(open.channel.bufferedBytes()).toBeGreaterThan(64 * 1024);
    hub.post({ kind: 'taken', n, bytes: 100 * 1024 });
    await until(() => open.channel.bufferedBytes() === 0);
  });

  it('ends as closed when the thread of the other side has ended', async () => {
    const { port1, port2 } = new MessageChannel();
    openPeer(openPortEnd(port1), () => true);
    const kinds: string[] = [];
    const transport = createLinkedTransport(openPortEnd(port2));
    transport.dial(hello).subscribe({ next: ({ kind }) => kinds.push(kind), complete: () => kinds.push('complete') });
    await until(() => kinds.includes('open'));
    port1.close();
    await until(() => kinds.includes('complete'));
    transport.dial(hello).subscribe(({ kind }) => kinds.push(kind));
    expect(kinds).toEqual(['open', 'closed', 'complete', 'closed']);
  });
});
