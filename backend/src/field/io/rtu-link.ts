import type { Millis } from '@phloem/protocol';
import type { SchedulerLike, Subscription } from 'rxjs';
import type { DialLink, LinkSignal } from '../bus/field-link.ts';
import type { OpenWire } from '../bus/wire.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { withCrc } from '../modbus/crc16.ts';
import { isConfusable, readRtu, toProbe } from '../modbus/rtu.ts';
import { createModbusCodec } from './modbus-codec.ts';

export type RtuOptions = {
  /**
   * How long nothing may have come before a line is used after it was opened or has failed. Twice the answer time-out
   * holds for answers that are up to three times as late as they may be.
   */
  readonly quietMs: Millis;
  /** The silence between two frames. */
  readonly gapMs: Millis;
  readonly scheduler: SchedulerLike;
};

type Owed = { readonly request: BusRequest; readonly since: number };
/** What is on the wire: the request of the owner, or a probe before it. */
type Flight = { readonly request: BusRequest; readonly next: BusRequest | null };

/** An answer that is later than this belongs to nothing that anybody still remembers. */
const forgetMs = 60_000;
const keptAnswers = 4;

/**
 * Dials Modbus RTU, on a serial line or through a gateway. RTU has no transaction ids, so that an answer that comes
 * late looks like the answer to the next request. Three things keep it from being one: the line must be silent for
 * `quietMs` before it is `opened`, and what comes meanwhile is thrown away; an answer must be, to the byte, what the
 * request calls for; and a unit that owes an answer is first asked something whose answer looks different.
 */
export const createRtuDial = (openWire: OpenWire, { quietMs, gapMs, scheduler }: RtuOptions): DialLink => {
  /** By unit, over all connections: the requests whose answers may still come, and the last that were answered. */
  const owed = new Map<number, readonly Owed[]>();
  const answered = new Map<number, readonly BusRequest[]>();

  const toOwed = (unit: number): readonly Owed[] => (owed.get(unit) ?? []).filter(({ since }) => scheduler.now() - since < forgetMs);
  const remember = (request: BusRequest): void => {
    // Answers come in the order of the requests: with this one, none before it can still come.
    owed.delete(request.unit);
    const others = (answered.get(request.unit) ?? []).filter((old) => !isConfusable(old, request));
    answered.set(request.unit, [request, ...others].slice(0, keptAnswers));
  };

  return (tell, trace, how) => {
    const quietFor = how?.quietMs ?? quietMs;
    let flight: Flight | null = null;
    let received: Uint8Array = new Uint8Array(0);
    let lastByteAt = scheduler.now();
    let isOver = false;
    let isOpen = false;
    let timer: Subscription | null = null;

    const say = (signal: LinkSignal): void => {
      if (!isOver) tell(signal);
    };
    const after = (delay: number, work: () => void): void => {
      timer?.unsubscribe();
      timer = scheduler.schedule(work, Math.max(0, Math.ceil(delay)));
    };

    const openWhenQuiet = (): void => {
      const silence = scheduler.now() - lastByteAt;
      if (silence < quietFor) return after(quietFor - silence, openWhenQuiet);
      isOpen = true;
      say({ type: 'opened' });
    };

    const transmit = (request: BusRequest, next: BusRequest | null): void => {
      const silence = scheduler.now() - lastByteAt;
      if (silence < gapMs) return after(gapMs - silence, () => transmit(request, next));
      received = new Uint8Array(0);
      if (request.unit === 0) {
        // Nobody answers a broadcast; every unit needs a moment to do it.
        lastByteAt = scheduler.now();
      } else {
        flight = { request, next };
        owed.set(request.unit, [...toOwed(request.unit), { request, since: scheduler.now() }]);
      }
      codec.send(request, (outcome) => {
        flight = null;
        remember(request);
        if (next === null) return say({ type: 'answered', outcome });
        say({ type: 'probed' });
        transmit(next, null);
      });
    };

    const receive = (bytes: Uint8Array): void => {
      lastByteAt = scheduler.now();
      // Before the line is open, whatever comes is old.
      if (!isOpen || isOver) return;
      trace?.('received', bytes);
      if (flight === null) return say({ type: 'mismatched', fault: 'late', why: 'bytes that nobody waits for' });
      received = Uint8Array.from([...received, ...bytes]);
      const read = readRtu(flight.request, received);
      if (read.kind === 'answer') codec.receive(read.body);
      else if (read.kind !== 'part') say({ type: 'mismatched', fault: read.kind, why: read.why });
    };

    const wire = openWire((signal) => {
      if (signal.type === 'bytes') return receive(signal.bytes);
      if (signal.type === 'lost') return say(signal);
      lastByteAt = scheduler.now();
      openWhenQuiet();
    });
    const codec = createModbusCodec((body) => {
      const framed = withCrc(body);
      trace?.('sent', framed);
      wire.write(framed);
    });
    return {
      send: (request) => {
        const [first, ...others] = toOwed(request.unit).map((old) => old.request);
        if (first === undefined) return transmit(request, null);
        transmit(toProbe([first, ...others], answered.get(request.unit) ?? []), request);
      },
      end: () => {
        isOver = true;
        timer?.unsubscribe();
        wire.end();
      },
    };
  };
};
