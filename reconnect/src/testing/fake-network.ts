import type { Hello, HubMessage, NodeMessage, Welcome } from '@phloem/protocol';
import { Observable, type Subscriber } from 'rxjs';
import type { Transport, TransportEvent } from '../transport.ts';

/** One attempt of a link under test, from the hub's side. */
export interface FakeConnection {
  readonly hello: Hello;
  /** What the node has sent and the network has carried here, in order. */
  readonly received: NodeMessage[];
  readonly isEnded: boolean;
  /** Opens the connection. */
  accept(): void;
  /** Refuses or cuts the connection: the node learns of it now. What was on its way is lost. */
  cut(why?: string): void;
  /** Gives something to the network, which keeps it until `deliver`. */
  send(event: string, payload: unknown): void;
  /** Carries what waits for the node: all of it, or the one at `index`. */
  deliver(index?: number): void;
  /** From now on nothing arrives at the node, what waits included, and nobody is notified. */
  mute(): void;
  /** From now on nothing of the node arrives here, and nobody is notified. */
  deafen(): void;
  /** `send` and `deliver` in one. */
  say(message: HubMessage): void;
  buffered: number;
}

/** A network that carries nothing until the test allows it: order, loss and cuts are the test's to choose. */
export interface FakeNetwork {
  readonly transport: Transport;
  /** All attempts so far, oldest first. */
  readonly connections: readonly FakeConnection[];
  /** The newest attempt. */
  newest(): FakeConnection;
  /** How many attempts have not ended. */
  openCount(): number;
}

const createConnection = (hello: Hello, node: Subscriber<TransportEvent>): FakeConnection & { end(): void } => {
  const queue: { event: string; payload: unknown }[] = [];
  const received: NodeMessage[] = [];
  let isEnded = false;
  let isDeaf = false;
  let isMute = false;
  const carry = ({ event, payload }: { event: string; payload: unknown }): void => {
    // Through JSON, as on a wire: nobody shares objects with the other side.
    if (!isEnded && !isMute) node.next({ kind: 'message', event, payload: JSON.parse(JSON.stringify(payload)) as unknown });
  };
  const connection: FakeConnection & { end(): void } = {
    hello,
    received,
    buffered: 0,
    get isEnded() {
      return isEnded;
    },
    accept: () => {
      node.next({
        kind: 'open',
        channel: {
          send: (message) => {
            if (!isEnded && !isDeaf) received.push(JSON.parse(JSON.stringify(message)) as NodeMessage);
          },
          bufferedBytes: () => connection.buffered,
        },
      });
    },
    cut: (why = 'cut') => {
      queue.length = 0;
      node.next({ kind: 'closed', why });
      node.complete();
      isEnded = true;
    },
    send: (event, payload) => queue.push({ event, payload }),
    deliver: (index) => {
      const due = index === undefined ? queue.splice(0) : queue.splice(index, 1);
      for (const message of due) carry(message);
    },
    mute: () => {
      isMute = true;
    },
    deafen: () => {
      isDeaf = true;
    },
    say: (message) => carry(message),
    end: () => {
      isEnded = true;
    },
  };
  return connection;
};

export const createFakeNetwork = (): FakeNetwork => {
  const connections: FakeConnection[] = [];
  return {
    connections,
    transport: {
      dial: (hello) =>
        new Observable((node) => {
          const connection = createConnection(JSON.parse(JSON.stringify(hello)) as Hello, node);
          connections.push(connection);
          return () => connection.end();
        }),
    },
    newest: () => {
      const newest = connections.at(-1);
      if (newest === undefined) throw new Error('nobody has dialed');
      return newest;
    },
    openCount: () => connections.filter(({ isEnded }) => !isEnded).length,
  };
};

/** An epoch for tests. */
export const epochA = 'epochAepochA';
/** The one after it. */
export const epochB = 'epochBepochB';

/** A welcome on control terms; say what differs. */
export const toWelcome = (parts: Partial<Welcome> = {}): Welcome => ({
  protocol: { major: 1, minor: 0 },
  hub: { nodeId: 'hub', run: 'hubrun-0001' },
  session: 'session-0001',
  log: { epoch: epochA, first: 1, head: 0, lineage: [] },
  subscriptions: [],
  committed: { subscriptions: {}, scope: null },
  durable: 0,
  lease: null,
  limits: { messageBytes: 131_072, windowEntries: 2048, windowBytes: 262_144 },
  heartbeat: { everyMs: 500, deadMs: 2000, leaseMs: 3000 },
  at: 1_800_000_000_000,
  up: 1000,
  ...parts,
});
