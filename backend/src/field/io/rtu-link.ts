import type { Millis } from '@phloem/protocol';
import type { SchedulerLike, Subscription } from 'rxjs';
import type { DialLink, LinkSignal } from '../bus/field-link.ts';
import type { OpenWire } from '../bus/wire.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { plainLink, type LinkQuirks } from '../bus-quirks.ts';
import { withCrc } from '../modbus/crc16.ts';
import { createOwedAnswers, type OwedAnswers } from '../modbus/owed-answers.ts';
import { readRtu } from '../modbus/rtu.ts';
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
  /** What is special about its units; nothing when left out. */
  readonly quirks?: LinkQuirks;
};

/** What is on the wire: the request of the owner, or a probe before it. */
type Flight = { readonly request: BusRequest; readonly next: BusRequest | null };

/**
 * Dials Modbus RTU, on a serial line or through a gateway. RTU has no transaction ids, so that an answer that comes
 * late looks like the answer to the next request. Three things keep it from being one: the line must be silent for
 * `quietMs` before it is `opened`, and what comes meanwhile is thrown away; an answer must be, to the byte, what the
 * request calls for; and a unit that owes an answer is first asked something whose answer looks different.
 */
export const createRtuDial = (openWire: OpenWire, { quietMs, gapMs, scheduler, quirks = plainLink }: RtuOptions): DialLink => {
  /** Over all connections: the requests whose answers may still come, and the last that were answered. */
  const owed: OwedAnswers = createOwedAnswers(() => scheduler.now());

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
      say({ kind: 'opened' });
    };

    const transmit = (request: BusRequest, next: BusRequest | null, mayStill: () => boolean): void => {
      const silence = scheduler.now() - lastByteAt;
      if (silence < gapMs) return after(gapMs - silence, () => transmit(request, next, mayStill));
      if (!mayStill()) return say({ kind: 'withdrawn' });
      received = new Uint8Array(0);
      // Nobody answers a broadcast.
      if (quirks.isBroadcast(request)) lastByteAt = scheduler.now();
      else {
        flight = { request, next };
        owed.sent(request);
      }
      codec.send(request, (outcome) => {
        flight = null;
        owed.answered(request);
        if (next === null) return say({ kind: 'answered', outcome });
        const pauseMs = quirks.probePauseMs(request.unit);
        say({ kind: 'probed', pauseMs });
        after(pauseMs, () => transmit(next, null, mayStill));
      });
    };

    const receive = (bytes: Uint8Array): void => {
      lastByteAt = scheduler.now();
      // Before the line is open, whatever comes is old.
      if (!isOpen || isOver) return;
      trace?.('received', bytes);
      if (flight === null) return say({ kind: 'mismatched', fault: 'late', why: 'bytes that match no request' });
      received = Uint8Array.from([...received, ...bytes]);
      const read = readRtu(flight.request, received, quirks.answersAs(flight.request.unit));
      if (read.kind === 'answer') codec.receive(read.body);
      else if (read.kind !== 'part') say({ kind: 'mismatched', fault: read.kind, why: read.why });
    };

    const wire = openWire((signal) => {
      if (signal.kind === 'bytes') return receive(signal.bytes);
      if (signal.kind === 'lost') return say(signal);
      lastByteAt = scheduler.now();
      openWhenQuiet();
    });
    const codec = createModbusCodec((body) => {
      const framed = withCrc(body);
      trace?.('sent', framed);
      wire.write(framed);
    });
    return {
      send: (request, mayStill = () => true) => {
        const probe = quirks.isBroadcast(request) ? null : owed.probe(request);
        if (probe === null) transmit(request, null, mayStill);
        else transmit(probe, request, mayStill);
      },
      end: () => {
        isOver = true;
        timer?.unsubscribe();
        wire.end();
      },
    };
  };
};
