import type { HubMessage, Limits, NodeId, NodeMessage } from '@phloem/protocol';
import type { Witness } from '../engine/witness.ts';
import type { Wire } from '../parts/network.ts';
import { shareable } from '../parts/shareable.ts';

type Flight = { covered: number; open: { readonly last: number; readonly entries: number; readonly bytes: number }[] };

/** Who is connected, and how much is on its way to them: IN5, IN11, IN12. */
export class Sessions {
  readonly #witness: Witness;
  readonly #limits: Limits;
  readonly #kernelBytes: number;
  readonly #live = new Map<NodeId, Wire>();
  readonly #flights = new Map<Wire, Map<string, Flight>>();

  constructor(witness: Witness, limits: Limits, kernelBytes: number) {
    this.#witness = witness;
    this.#limits = limits;
    this.#kernelBytes = kernelBytes;
  }

  sent(wire: Wire, message: HubMessage): void {
    if (message.event === 'welcome') this.#welcome(wire);
    if (message.event === 'subscribed') this.#begin(wire, message.payload.sub, message.payload.from);
    if (message.event === 'welcome') for (const { sub, from } of message.payload.subscriptions) this.#begin(wire, sub, from);
    if (message.event === 'entries') this.#batch(wire, message.payload);
    if (message.event === 'bye') this.#witness.note(() => `hub → ${wire.title}: bye ${message.payload.code} ${message.payload.message}`);
    const most = this.#kernelBytes + 256 * 1024 + 2 * this.#limits.windowBytes;
    if (wire.toNode.bytes > most) this.#witness.fail('IN12', `${wire.toNode.bytes} bytes wait for ${wire.title}`);
  }

  received(wire: Wire, message: NodeMessage): void {
    if (message.event !== 'commit') return;
    const flight = this.#flights.get(wire)?.get(message.payload.sub);
    if (flight !== undefined) flight.open = flight.open.filter(({ last }) => last > message.payload.cursor);
  }

  ended(wire: Wire): void {
    this.#flights.delete(wire);
    if (this.#live.get(wire.hello.nodeId) === wire) this.#live.delete(wire.hello.nodeId);
  }

  #welcome(wire: Wire): void {
    const { nodeId } = wire.hello;
    const other = this.#live.get(nodeId);
    if (other !== undefined && other.isHubOpen) this.#witness.fail('IN5', `${wire.title} was welcomed while ${other.title} lives`);
    this.#live.set(nodeId, wire);
    this.#witness.count('welcomes');
    this.#witness.note(() => `hub → ${wire.title}: welcome`);
  }

  #begin(wire: Wire, sub: string, from: number): void {
    const flights = this.#flights.get(wire) ?? new Map<string, Flight>();
    this.#flights.set(wire, flights);
    flights.set(sub, { covered: from, open: [] });
  }

  #batch(wire: Wire, { sub, prev, last, entries }: Extract<HubMessage, { event: 'entries' }>['payload']): void {
    const flight = this.#flights.get(wire)?.get(sub);
    if (flight === undefined) return this.#witness.fail('EV1', `a batch of ${sub} went to ${wire.title}, which has no such subscription`);
    if (prev !== flight.covered) this.#witness.fail('EV1', `after ${flight.covered} a batch with prev ${prev} went to ${wire.title}`);
    flight.covered = last;
    if (entries.length === 0) return;
    const before = flight.open.reduce((sum, { bytes }) => sum + bytes, 0);
    if (before >= this.#limits.windowBytes) this.#witness.fail('IN11', `${before} bytes are delivered to ${wire.title} and not committed`);
    const bytes = entries.reduce((sum, entry) => sum + shareable(entry), 0);
    if (entries.length > 1 && before + bytes > this.#limits.windowBytes)
      this.#witness.fail('IN11', `${before + bytes} bytes are delivered to ${wire.title} and not committed`);
    flight.open.push({ last, entries: entries.length, bytes });
    const count = flight.open.reduce((sum, open) => sum + open.entries, 0);
    if (count > this.#limits.windowEntries) this.#witness.fail('IN11', `${count} entries are delivered to ${wire.title} and not committed`);
    if (count === this.#limits.windowEntries) this.#witness.count('windows filled');
  }
}
