import type { Millis } from '@phloem/protocol';
import type { SchedulerLike } from 'rxjs';
import type { DialLink, FieldLink, LinkSignal, TraceBytes } from '../bus/field-link.ts';
import { LinkLife } from '../bus/link-life.ts';
import type { OpenWire, Wire, WireSignal } from '../bus/wire.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { plainLink, type LinkQuirks } from '../bus-quirks.ts';
import { withCrc } from '../modbus/crc16.ts';
import { createOwedAnswers, type OwedAnswers } from '../modbus/owed-answers.ts';
import { readRtu } from '../modbus/rtu.ts';
import { createModbusCodec, type ModbusCodec } from './modbus-codec.ts';

export type RtuOptions = {
  /**
   * How long nothing may have come before a line is used after it was opened or has failed. Twice the answer time-out
   * holds for answers that are up to three times as late as they may be.
   */
  readonly quietMs: Millis;
  /** The silence between two frames. */
  readonly gapMs: Millis;
  readonly scheduler: SchedulerLike;
  /** What is special about its units; nothing when left out. */
  readonly quirks?: LinkQuirks;
};

/** What is on the wire: the request of the owner, or a probe before it. */
type Flight = { readonly request: BusRequest; readonly next: BusRequest | null };

/** What stays over all connections of a bus: the requests whose answers may still come, and the last that were answered. */
type Shared = Required<RtuOptions> & { readonly owed: OwedAnswers };

/**
 * Dials Modbus RTU, on a serial line or through a gateway. RTU has no transaction ids, so that an answer that comes
 * late looks like the answer to the next request. Three things keep it from being one: the line must be silent for
 * `quietMs` before it is `opened`, and what comes meanwhile is thrown away; an answer must be, to the byte, what the
 * request calls for; and a unit that owes an answer is first asked something whose answer looks different.
 */
export const createRtuDial = (openWire: OpenWire, { quirks = plainLink, ...options }: RtuOptions): DialLink => {
  const shared: Shared = { ...options, quirks, owed: createOwedAnswers(() => options.scheduler.now()) };
  return (tell, trace, how) => new RtuLink({ ...shared, quietMs: how?.quietMs ?? shared.quietMs }, openWire, tell, trace);
};

class RtuLink implements FieldLink {
  readonly #shared: Shared;
  readonly #life: LinkLife;
  readonly #trace: TraceBytes | undefined;
  readonly #wire: Wire;
  readonly #codec: ModbusCodec;
  #flight: Flight | null = null;
  #received: Uint8Array = new Uint8Array(0);
  #lastByteAt: number;
  #isOpen = false;

  constructor(shared: Shared, openWire: OpenWire, tell: (signal: LinkSignal) => void, trace: TraceBytes | undefined) {
    this.#shared = shared;
    this.#life = new LinkLife(tell);
    this.#trace = trace;
    this.#lastByteAt = shared.scheduler.now();
    this.#wire = openWire((signal) => this.#hear(signal));
    this.#codec = createModbusCodec((body) => {
      const framed = withCrc(body);
      trace?.('sent', framed);
      this.#wire.write(framed);
    });
  }

  send(request: BusRequest, mayStill: () => boolean = () => true): void {
    const { quirks, owed } = this.#shared;
    const probe = quirks.isBroadcast(request) ? null : owed.probe(request);
    if (probe === null) this.#transmit(request, null, mayStill);
    else this.#transmit(probe, request, mayStill);
  }

  end(): void {
    this.#life.end();
    this.#wire.end();
  }

  /** How long nothing has come. */
  #silence(): number {
    return this.#shared.scheduler.now() - this.#lastByteAt;
  }

  #hear(signal: WireSignal): void {
    if (signal.kind === 'bytes') return this.#receive(signal.bytes);
    if (signal.kind === 'lost') return this.#life.say(signal);
    this.#lastByteAt = this.#shared.scheduler.now();
    return this.#openWhenQuiet();
  }

  #openWhenQuiet(): void {
    const leftMs = this.#shared.quietMs - this.#silence();
    if (leftMs > 0) return this.#life.after(this.#shared.scheduler, leftMs, () => this.#openWhenQuiet());
    this.#isOpen = true;
    return this.#life.say({ kind: 'opened' });
  }

  #transmit(request: BusRequest, next: BusRequest | null, mayStill: () => boolean): void {
    const { quirks, scheduler, gapMs, owed } = this.#shared;
    const leftMs = gapMs - this.#silence();
    if (leftMs > 0) return this.#life.after(this.#shared.scheduler, leftMs, () => this.#transmit(request, next, mayStill));
    if (!mayStill()) return this.#life.say({ kind: 'withdrawn' });
    this.#received = new Uint8Array(0);
    // Nobody answers a broadcast.
    if (quirks.isBroadcast(request)) this.#lastByteAt = scheduler.now();
    else {
      this.#flight = { request, next };
      owed.sent(request);
    }
    return this.#codec.send(request, (outcome) => {
      this.#flight = null;
      owed.answered(request);
      if (next === null) return this.#life.say({ kind: 'answered', outcome });
      const pauseMs = quirks.probePauseMs(request.unit);
      this.#life.say({ kind: 'probed', pauseMs });
      return this.#life.after(this.#shared.scheduler, pauseMs, () => this.#transmit(next, null, mayStill));
    });
  }

  #receive(bytes: Uint8Array): void {
    this.#lastByteAt = this.#shared.scheduler.now();
    // Before the line is open, whatever comes is old.
    if (!this.#isOpen || this.#life.isOver) return undefined;
    this.#trace?.('received', bytes);
    if (this.#flight === null) return this.#life.say({ kind: 'mismatched', fault: 'late', why: 'bytes that match no request' });
    const { request } = this.#flight;
    this.#received = Uint8Array.from([...this.#received, ...bytes]);
    const read = readRtu(request, this.#received, this.#shared.quirks.answersAs(request.unit));
    if (read.kind === 'answer') return this.#codec.receive(read.body);
    return read.kind === 'part' ? undefined : this.#life.say({ kind: 'mismatched', fault: read.kind, why: read.why });
  }
}
