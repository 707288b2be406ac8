import type { Millis } from '@phloem/protocol';
import type { SchedulerLike } from 'rxjs';
import type { DialLink, FieldLink, LinkSignal, TraceBytes } from '../bus/field-link.ts';
import { LinkLife } from '../bus/link-life.ts';
import type { OpenWire, Wire, WireSignal } from '../bus/wire.ts';
import { plainLink, type LinkQuirks } from '../bus-quirks.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { judgeMbap } from '../modbus/judge-mbap.ts';
import { encodeMbap, readMbap, type MbapFrame } from '../modbus/mbap.ts';
import { createOwedAnswers, type OwedAnswers } from '../modbus/owed-answers.ts';
import { createTransactionIds, type TransactionIds } from '../modbus/transaction-ids.ts';
import { createModbusCodec, type ModbusCodec } from './modbus-codec.ts';

export type MbapOptions = {
  readonly quirks: LinkQuirks;
  /** How long a new connection is listened to before it is used, where a unit without transactions owes an answer. */
  readonly quietMs: Millis;
  readonly scheduler: SchedulerLike;
};

/** The request on the wire; `next` goes out after a probe. */
type Flight = { readonly request: BusRequest; readonly transaction: number; readonly next: BusRequest | null };

/** What stays over all connections of a bus. */
type Shared = {
  readonly quirks: LinkQuirks;
  readonly options: MbapOptions | undefined;
  /** A gateway that kept an answer over a reconnect cannot hit an id again. */
  readonly ids: TransactionIds;
  readonly owed: OwedAnswers;
};

const keptOutdated = 32;

/**
 * Dials Modbus TCP. Framing and transactions are ours, because those of the library cannot be trusted: its
 * transaction ids wrap at 256, so that a late answer becomes another register's value, and it checks neither the
 * protocol id nor the byte count nor the echo of a write. Ids here use all 16 bits but 0, which some units always name, and
 * an answer reaches the codec only when every part of it fits the one request in flight. A unit whose transactions mean
 * nothing is asked as on RTU: what it may still owe can never pass for what was asked.
 */
export const createMbapDial = (openWire: OpenWire, options?: MbapOptions): DialLink => {
  const owed = createOwedAnswers(() => options?.scheduler.now() ?? 0);
  const shared: Shared = { quirks: options?.quirks ?? plainLink, options, ids: createTransactionIds(), owed };
  return (tell, trace) => new MbapLink(shared, openWire, tell, trace);
};

class MbapLink implements FieldLink {
  readonly #shared: Shared;
  readonly #life: LinkLife;
  readonly #trace: TraceBytes | undefined;
  readonly #wire: Wire;
  readonly #codec: ModbusCodec;
  #flight: Flight | null = null;
  /** The transactions of requests that were given up. */
  #outdated: readonly number[] = [];
  #pending: Uint8Array = new Uint8Array(0);
  #isOpen = false;

  constructor(shared: Shared, openWire: OpenWire, tell: (signal: LinkSignal) => void, trace: TraceBytes | undefined) {
    this.#shared = shared;
    this.#life = new LinkLife(tell);
    this.#trace = trace;
    this.#wire = openWire((signal) => this.#hear(signal));
    this.#codec = createModbusCodec((body) => {
      const bytes = encodeMbap(shared.ids.current(), body);
      trace?.('sent', bytes);
      this.#wire.write(bytes);
    });
  }

  send(request: BusRequest, mayStill: () => boolean = () => true): void {
    const { quirks, owed } = this.#shared;
    const probe = quirks.takesAnyTransaction(request.unit) ? owed.probe(request) : null;
    if (probe === null) this.#transmit(request, null, mayStill);
    else this.#transmit(probe, request, mayStill);
  }

  end(): void {
    this.#life.end();
    this.#wire.end();
  }

  #hear(signal: WireSignal): void {
    if (signal.kind === 'opened') return this.#openWhenNothingIsOwed();
    if (signal.kind === 'lost') return this.#life.say(signal);
    // Before the connection is used, whatever comes is old.
    if (this.#life.isOver || !this.#isOpen) return undefined;
    this.#trace?.('received', signal.bytes);
    return this.#receive(signal.bytes);
  }

  #openWhenNothingIsOwed(): void {
    const { options, owed } = this.#shared;
    const open = (): void => {
      this.#isOpen = true;
      this.#life.say({ kind: 'opened' });
    };
    if (options !== undefined && owed.isOwed()) this.#life.after(options.scheduler, options.quietMs, open);
    else open();
  }

  #receive(bytes: Uint8Array): void {
    const read = readMbap(this.#pending, bytes);
    this.#pending = read.rest;
    const isMore = read.frames.length > 1 || (read.frames.length === 1 && read.rest.length > 0);
    // Without transactions the second of two answers would pass for that to whatever is asked next.
    if (isMore && this.#flight !== null && this.#shared.quirks.takesAnyTransaction(this.#flight.request.unit)) {
      return this.#life.say({ kind: 'mismatched', fault: 'mismatch', why: 'more than one answer to a request' });
    }
    for (const frame of read.frames) if (!this.#life.isOver) this.#judge(frame);
    if (read.fault !== null) this.#life.say({ kind: 'mismatched', fault: 'mismatch', why: read.fault });
    return undefined;
  }

  #judge(frame: MbapFrame): void {
    const { quirks, ids } = this.#shared;
    const verdict = judgeMbap(frame, this.#flight, { outdated: this.#outdated, quirks, isRecent: ids.isRecent });
    if (verdict.kind === 'answer') this.#codec.receive(verdict.body);
    else this.#life.say(verdict);
  }

  #transmit(request: BusRequest, next: BusRequest | null, mayStill: () => boolean): void {
    if (!mayStill()) return this.#life.say({ kind: 'withdrawn' });
    const { quirks, options, ids, owed } = this.#shared;
    if (this.#flight !== null) this.#outdated = [...this.#outdated, this.#flight.transaction].slice(-keptOutdated);
    this.#flight = { request, transaction: ids.next(), next };
    const isOwing = quirks.takesAnyTransaction(request.unit);
    if (isOwing) owed.sent(request);
    return this.#codec.send(request, (outcome) => {
      this.#flight = null;
      if (isOwing) owed.answered(request);
      if (next === null) return this.#life.say({ kind: 'answered', outcome });
      const pauseMs = quirks.probePauseMs(request.unit);
      this.#life.say({ kind: 'probed', pauseMs });
      if (options !== undefined) this.#life.after(options.scheduler, pauseMs, () => this.#transmit(next, null, mayStill));
      return undefined;
    });
  }
}
