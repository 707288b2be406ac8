import type { Connection, HubTransport } from '@phloem/backend';
import type { Bye, Hello, HubMessage, NodeMessage } from '@phloem/protocol';
import type { Transport, TransportEvent } from '@phloem/reconnect';
import { Observable, Subject, type Subscriber } from 'rxjs';
import type { EventLoop } from '../engine/event-loop.ts';
import { shareable } from './shareable.ts';
import type { Random } from '../engine/random.ts';
import type { SimProcess } from '../engine/sim-process.ts';
import type { Witness } from '../engine/witness.ts';
import { Pipe } from './pipe.ts';

/** Observes what passes on the hub's side of the network. */
export type NetworkWatch = {
  readonly sent: (wire: Wire, message: HubMessage) => void;
  readonly received: (wire: Wire, message: NodeMessage) => void;
  readonly ended: (wire: Wire) => void;
};

/** What the hub's end of the network says of the hub. */
export type HubEnd = { readonly process: SimProcess; readonly accept: (connection: Connection) => void };

const sizeOf = ({ event, payload }: HubMessage | NodeMessage): number => {
  if (event === 'entries') return payload.entries.reduce((sum, entry) => sum + shareable(entry), 80);
  return event === 'commit' ? 120 + 300 * payload.commands.length : 200;
};

const timesOf = (message: HubMessage | NodeMessage, mischief: Wire['mischief']): number => {
  if (message.event === 'commit') return mischief === 'skip back' ? 0 : 1;
  if (message.event === 'snapshot' || message.event === 'changes') return mischief === 'skip' ? 0 : 1;
  if (message.event !== 'entries' || message.payload.entries.length === 0) return 1;
  return mischief === 'skip' ? 0 : mischief === 'repeat' ? 2 : 1;
};

/** One connection, both ends of it. */
export class Wire implements Connection {
  readonly n: number;
  readonly hello: Hello;
  readonly node: SimProcess;
  readonly hub: SimProcess;
  readonly peer = { address: '127.0.0.1', cookie: null };
  readonly incoming = new Subject<{ event: string; payload: unknown }>();
  readonly incoming$ = this.incoming.asObservable();
  readonly toNode: Pipe<() => void>;
  readonly toHub: Pipe<() => void>;
  /** The next batch, or part of a view, is lost or comes twice, or the next commit is lost: what a defect below us does. The connection lives on. */
  mischief: 'skip' | 'repeat' | 'skip back' | null = null;
  isNodeOpen = true;
  isHubOpen = true;
  readonly #listener: Subscriber<TransportEvent>;
  readonly #network: Network;

  constructor(
    network: Network,
    options: { n: number; hello: Hello; node: SimProcess; hub: SimProcess; listener: Subscriber<TransportEvent>; random: Random },
  ) {
    const { loop } = network;
    const { node, hub, random } = options;
    this.n = options.n;
    this.hello = options.hello;
    this.node = node;
    this.hub = hub;
    this.#network = network;
    this.#listener = options.listener;
    const minMs = random.between(0.05, 3);
    const way = { minMs, maxMs: minMs + random.between(0, 25) };
    const take = (work: () => void): void => work();
    this.toNode = new Pipe({ loop, random, to: node, way, take });
    this.toHub = new Pipe({ loop, random, to: hub, way, take });
  }

  /** A name for the trace. */
  get title(): string {
    return `${this.hello.nodeId}#${this.n}`;
  }

  /** The hub's end. */
  send(message: HubMessage): void {
    if (!this.hub.act() || !this.isHubOpen) return;
    this.#network.watch.sent(this, message);
    const times = this.#timesOf(message);
    for (let time = 0; time < times; time += 1) {
      this.toNode.put(() => this.#sendToNode({ kind: 'message', event: message.event, payload: message.payload }), sizeOf(message));
    }
  }

  sendShared(message: HubMessage): void {
    this.send(message);
  }

  bufferedBytes(): number {
    return Math.max(0, this.toNode.bytes - this.#network.kernelBytes);
  }

  end(bye: Bye): void {
    this.send({ event: 'bye', payload: bye });
    this.terminate();
  }

  terminate(): void {
    if (!this.isHubOpen || !this.hub.act()) return;
    this.endHub();
    this.toNode.put(() => this.#closeNode('the hub ended it'), 1);
  }

  /** The node's end. */
  open(): void {
    this.toNode.put(() => {
      this.#sendToNode({
        kind: 'open',
        channel: {
          send: (message) => this.#sendToHub(message),
          bufferedBytes: () => Math.max(0, this.toHub.bytes - this.#network.kernelBytes),
        },
      });
    }, 1);
  }

  /** The node ends it. */
  hangUp(): void {
    if (!this.isNodeOpen) return;
    this.isNodeOpen = false;
    this.toHub.put(() => this.receiveEnd(), 1);
  }

  /** Breaks: what is on its way is lost, or still comes; a notified end learns of it a little later, the other goes on sending. */
  cut(told: { readonly node: boolean; readonly hub: boolean }, isLost: boolean): void {
    const { loop, random } = this.#network;
    for (const pipe of [this.toNode, this.toHub]) {
      if (told.node && told.hub) pipe.close(isLost);
      else pipe.swallow();
    }
    if (told.node) loop.after(random.between(0, 30), () => this.node.post(0, 'input', () => this.#closeNode('cut')));
    if (told.hub) loop.after(random.between(0, 30), () => this.hub.post(0, 'input', () => this.receiveEnd()));
  }

  /** The node's process has ended, and its kernel closes the connection. */
  nodeDied(): void {
    this.hangUp();
  }

  /** The hub's process has ended, and its kernel closes the connections. */
  hubDied(): void {
    if (!this.isHubOpen) return;
    this.endHub();
    this.toNode.put(() => this.#closeNode('the hub is gone'), 1);
  }

  /** The hub's end learns that it is over. */
  receiveEnd(): void {
    if (!this.isHubOpen || !this.hub.isAlive) return;
    this.endHub();
    this.incoming.complete();
  }

  endHub(): void {
    this.isHubOpen = false;
    this.#network.watch.ended(this);
  }

  /** How often what is sent now comes out at the other end. */
  #timesOf(message: HubMessage | NodeMessage): number {
    const times = timesOf(message, this.mischief);
    if (times !== 1) {
      this.#network.witness.note(() => `${this.title}: mischief ${this.mischief}`);
      this.#network.witness.count(`mischief ${this.mischief}`);
      this.mischief = null;
    }
    return times;
  }

  #sendToHub(message: NodeMessage): void {
    if (!this.node.act() || !this.isNodeOpen || this.#timesOf(message) === 0) return;
    this.toHub.put(() => {
      // What comes after the hub has ended it is still handed over: it may have no effect.
      if (this.isHubOpen) this.#network.watch.received(this, message);
      this.incoming.next(message);
    }, sizeOf(message));
  }

  #sendToNode(event: TransportEvent): void {
    if (this.isNodeOpen) this.#listener.next(event);
  }

  #closeNode(why: string): void {
    if (!this.isNodeOpen) return;
    this.isNodeOpen = false;
    this.#listener.next({ kind: 'closed', why });
    this.#listener.complete();
  }
}

/** All connections of a simulation, and the roads between the nodes and the hub. */
export class Network {
  readonly loop: EventLoop;
  readonly random: Random;
  readonly witness: Witness;
  readonly watch: NetworkWatch;
  /** What the kernel takes off a sender's hands. */
  readonly kernelBytes: number;
  /** Where the hub is: null when nothing listens there, `gone` when not even a machine answers. */
  hub: HubEnd | null | 'gone' = 'gone';
  readonly #wires = new Set<Wire>();
  readonly #severed = new Set<SimProcess>();
  #n = 0;

  constructor(options: { loop: EventLoop; random: Random; witness: Witness; watch: NetworkWatch }) {
    this.loop = options.loop;
    this.random = options.random;
    this.witness = options.witness;
    this.watch = options.watch;
    this.kernelBytes = options.random.pick([0, 4096, 65_536]);
  }

  /** The connections of which at least one end thinks that they are there. */
  wires(): readonly Wire[] {
    for (const wire of this.#wires) if (!wire.isNodeOpen && !wire.isHubOpen) this.#wires.delete(wire);
    return [...this.#wires];
  }

  /** A process was killed: what it still had open is closed by its kernel. A machine without power closes nothing. */
  killed(process: SimProcess, isSilent: boolean): void {
    for (const wire of this.wires()) {
      if (wire.node === process) {
        if (isSilent) wire.isNodeOpen = false;
        else wire.nodeDied();
      }
      if (wire.hub === process) {
        if (isSilent) wire.endHub();
        else wire.hubDied();
      }
    }
    if (this.hub !== null && this.hub !== 'gone' && this.hub.process === process) this.hub = isSilent ? 'gone' : null;
  }

  /** Nothing passes between this process and the hub from now on. */
  sever(node: SimProcess): void {
    this.#severed.add(node);
    for (const wire of this.wires()) {
      if (wire.node !== node) continue;
      wire.toNode.swallow();
      wire.toHub.swallow();
    }
  }

  /** The road is there again: connections that lost anything on it are found to be dead. */
  mend(): void {
    this.#severed.clear();
    for (const wire of this.wires()) {
      if (wire.toNode.isBlackHole || wire.toHub.isBlackHole) wire.cut({ node: true, hub: true }, true);
    }
  }

  /** The hub's side, for one process of it. */
  toHubTransport(process: SimProcess): HubTransport {
    const connections = new Subject<Connection>();
    this.hub = { process, accept: (connection) => connections.next(connection) };
    return {
      connections$: connections,
      close: async () => {
        if (this.hub !== null && this.hub !== 'gone' && this.hub.process === process && process.isAlive) this.hub = null;
      },
    };
  }

  /** A node's side, for one process of it. */
  toTransport(node: SimProcess): Transport {
    return { dial: (hello) => new Observable((listener) => this.#dial(node, hello, listener)) };
  }

  #dial(node: SimProcess, hello: Hello, listener: Subscriber<TransportEvent>): (() => void) | undefined {
    if (!node.act() || this.hub === 'gone' || this.#severed.has(node)) return undefined;
    let isGivenUp = false;
    let wire: Wire | null = null;
    this.loop.after(this.random.between(0.1, 4), () => {
      const { hub } = this;
      if (isGivenUp || hub === 'gone' || this.#severed.has(node)) return;
      if (hub === null) {
        node.post(1, 'input', () => {
          if (isGivenUp) return;
          listener.next({ kind: 'closed', why: 'refused' });
          listener.complete();
        });
        return;
      }
      hub.process.post(0, 'input', () => {
        wire = new Wire(this, { n: (this.#n += 1), hello, node, hub: hub.process, listener, random: this.random });
        this.#wires.add(wire);
        wire.open();
        if (isGivenUp) wire.hangUp();
        hub.accept(wire);
      });
    });
    return () => {
      isGivenUp = true;
      if (node.isAlive) wire?.hangUp();
    };
  }
}
