import type { Hello, NodeMessage } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { Channel, Transport, TransportEvent } from '../transport.ts';

/** A connection from the hub's side, as far as the contract looks at it. */
export type PeerConnection = {
  readonly hello: unknown;
  readonly received: readonly NodeMessage[];
  readonly isEnded: () => boolean;
  send(event: string, payload: unknown): void;
  end(): void;
};

/** A hub's end of a transport. `until` lets the network and timers work until the claim holds. */
export interface ContractRig extends AsyncDisposable {
  readonly transport: Transport;
  /** A transport to where nobody listens. */
  readonly nowhere: Transport;
  readonly connections: readonly PeerConnection[];
  until(claim: () => boolean): Promise<void>;
}

const hello: Hello = {
  protocol: { major: 1, minor: 0 },
  nodeId: 'automation-1',
  run: 'run-00000001',
  attempt: 3,
  role: 'automation',
  software: 'test/1',
};
const heartbeat = (n: number): NodeMessage => ({ event: 'heartbeat', payload: { n, t: n } });

const dial = (transport: Transport) => {
  const events: TransportEvent[] = [];
  let isComplete = false;
  const subscription = transport.dial(hello).subscribe({ next: (event) => events.push(event), complete: () => (isComplete = true) });
  const channel = (): Channel => {
    const open = events.find((event) => event.kind === 'open');
    if (open?.kind !== 'open') throw new Error('not open');
    return open.channel;
  };
  return { events, subscription, channel, isComplete: () => isComplete, kinds: () => events.map(({ kind }) => kind) };
};

/** What any transport must do; run on the fake and on the real one. */
export const describeTransport = (name: string, create: () => Promise<ContractRig>): void => {
  describe(`the transport contract: ${name}`, () => {
    it('[GR1] brings the greeting with the connection, before any message', async () => {
      await using rig = await create();
      const call = dial(rig.transport);
      await rig.until(() => call.kinds().includes('open') && rig.connections.length === 1);
      expect(rig.connections.map((connection) => connection.hello)).toEqual([hello]);
      call.subscription.unsubscribe();
    });

    it('carries messages both ways in order', async () => {
      await using rig = await create();
      const call = dial(rig.transport);
      await rig.until(() => call.kinds().includes('open') && rig.connections.length === 1);
      for (let n = 1; n <= 50; n += 1) {
        call.channel().send(heartbeat(n));
        rig.connections[0]?.send('entries', { n });
      }
      await rig.until(() => call.events.length === 51 && rig.connections[0]?.received.length === 50);
      expect(call.events.slice(1)).toEqual(
        Array.from({ length: 50 }, (_, index) => ({ kind: 'message', event: 'entries', payload: { n: index + 1 } })),
      );
      expect(rig.connections[0]?.received).toEqual(Array.from({ length: 50 }, (_, index) => heartbeat(index + 1)));
      call.subscription.unsubscribe();
    });

    it('says closed last, and completes, when the hub ends the connection', async () => {
      await using rig = await create();
      const call = dial(rig.transport);
      await rig.until(() => call.kinds().includes('open') && rig.connections.length === 1);
      rig.connections[0]?.end();
      await rig.until(call.isComplete);
      expect(call.kinds()).toEqual(['open', 'closed']);
      call.channel().send(heartbeat(1));
      expect(rig.connections[0]?.received).toEqual([]);
    });

    it('says closed, and completes, when nobody answers', async () => {
      await using rig = await create();
      const call = dial(rig.nowhere);
      await rig.until(call.isComplete);
      expect(call.kinds()).toEqual(['closed']);
    });

    it('ends the connection when nobody wants it any more, and says nothing afterwards', async () => {
      await using rig = await create();
      const call = dial(rig.transport);
      await rig.until(() => call.kinds().includes('open') && rig.connections.length === 1);
      call.subscription.unsubscribe();
      await rig.until(() => rig.connections[0]?.isEnded() === true);
      expect(call.kinds()).toEqual(['open']);
    });

    it('[PI2] each dial is a connection of its own, and nothing of an earlier one comes with it', async () => {
      await using rig = await create();
      const first = dial(rig.transport);
      await rig.until(() => first.kinds().includes('open') && rig.connections.length === 1);
      const ended = first.channel();
      rig.connections[0]?.end();
      await rig.until(first.isComplete);
      ended.send(heartbeat(1));
      const second = dial(rig.transport);
      await rig.until(() => second.kinds().includes('open') && rig.connections.length === 2);
      second.channel().send(heartbeat(2));
      await rig.until(() => rig.connections[1]?.received.length === 1);
      expect(rig.connections[1]?.received).toEqual([heartbeat(2)]);
      second.subscription.unsubscribe();
    });
  });
};
