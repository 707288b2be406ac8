import type { Millis } from '@phloem/protocol';
import type { SchedulerLike, Subscription } from 'rxjs';
import type { DialLink, LinkSignal } from '../bus/field-link.ts';
import type { OpenWire } from '../bus/wire.ts';
import { plainLink, type LinkQuirks } from '../bus-quirks.ts';
import type { BusRequest } from '../modbus/bus-request.ts';
import { checkAnswer } from '../modbus/check-answer.ts';
import { encodeMbap, readMbap, type MbapFrame } from '../modbus/mbap.ts';
import { createOwedAnswers } from '../modbus/owed-answers.ts';
import { createModbusCodec } from './modbus-codec.ts';

export type MbapOptions = {
  readonly quirks: LinkQuirks;
  /** How long a new connection is listened to before it is used, where a unit without transactions owes an answer. */
  readonly quietMs: Millis;
  readonly scheduler: SchedulerLike;
};

type Flight = { readonly request: BusRequest; readonly transaction: number; readonly next: BusRequest | null };

const lastTransaction = 0xffff;
/** Ids that were given out so lately that an answer to one of them is late rather than wrong. */
const recentIds = 1_000;
const keptOutdated = 32;
/** What an answer that names another transaction looks like to a person. */
const toStrangeWords = (got: number, { request, transaction }: Flight): string =>
  `unit ${request.unit} answered with transaction id ${got} instead of ${transaction}; if it always does, set transactionId: any in its quirks`;

/**
 * Dials Modbus TCP. Framing and transactions are ours, because those of the library cannot be trusted: its
 * transaction ids wrap at 256, so that a late answer becomes another register's value, and it checks neither the
 * protocol id nor the byte count nor the echo of a write. Ids here use all 16 bits but 0, which some units always name, and
 * an answer reaches the codec only when every part of it fits the one request in flight. A unit whose transactions mean
 * nothing is asked as on RTU: what it may still owe can never pass for what was asked.
 */
export const createMbapDial = (openWire: OpenWire, options?: MbapOptions): DialLink => {
  const quirks = options?.quirks ?? plainLink;
  const { takesAnyTransaction, answersAs } = quirks;
  const now = (): number => options?.scheduler.now() ?? 0;
  // Goes on from connection to connection: a gateway that kept an answer over a reconnect cannot hit an id again.
  let transaction = 0;
  const owed = createOwedAnswers(now);
  return (tell, trace) => {
    let flight: Flight | null = null;
    let outdated: readonly number[] = [];
    let pending: Uint8Array = new Uint8Array(0);
    let isOver = false;
    let isOpen = false;
    let timer: Subscription | null = null;

    const say = (signal: LinkSignal): void => {
      if (!isOver) tell(signal);
    };
    const receive = ({ transaction: got, body }: MbapFrame): void => {
      if (outdated.includes(got)) return say({ kind: 'outdated', why: `a late answer to transaction ${got}` });
      if (flight === null)
        return say({ kind: 'mismatched', fault: 'late', why: `an answer to transaction ${got}, which matches no request` });
      const { request } = flight;
      const own = body[0] === answersAs(request.unit) ? Uint8Array.from([request.unit, ...body.subarray(1)]) : body;
      const check = checkAnswer(request, own);
      if (got !== flight.transaction && !takesAnyTransaction(request.unit)) {
        const isLate = got !== 0 && ((transaction - got) & lastTransaction) < recentIds;
        if (isLate || check.kind === 'mismatch')
          return say({ kind: 'mismatched', fault: 'late', why: `an answer to transaction ${got}, which matches no request` });
        return say({ kind: 'mismatched', fault: 'mismatch', why: toStrangeWords(got, flight) });
      }
      if (check.kind === 'mismatch') return say({ kind: 'mismatched', fault: 'mismatch', why: check.why });
      codec.receive(own);
    };
    const receiveBytes = (bytes: Uint8Array): void => {
      const read = readMbap(pending, bytes);
      pending = read.rest;
      const isMore = read.frames.length > 1 || (read.frames.length === 1 && read.rest.length > 0);
      // Without transactions the second of two answers would pass for that to whatever is asked next.
      if (isMore && flight !== null && takesAnyTransaction(flight.request.unit))
        return say({ kind: 'mismatched', fault: 'mismatch', why: 'more than one answer to a request' });
      for (const frame of read.frames) if (!isOver) receive(frame);
      if (read.fault !== null) say({ kind: 'mismatched', fault: 'mismatch', why: read.fault });
    };
    const opened = (): void => {
      isOpen = true;
      say({ kind: 'opened' });
    };

    const wire = openWire((signal) => {
      if (signal.kind === 'opened' && options !== undefined && owed.isOwed()) {
        timer = options.scheduler.schedule(opened, options.quietMs);
        return;
      }
      if (signal.kind === 'opened') return opened();
      if (signal.kind === 'lost') return say(signal);
      // Before the connection is used, whatever comes is old.
      if (isOver || !isOpen) return;
      trace?.('received', signal.bytes);
      receiveBytes(signal.bytes);
    });
    const codec = createModbusCodec((body) => {
      const bytes = encodeMbap(transaction, body);
      trace?.('sent', bytes);
      wire.write(bytes);
    });
    const transmit = (request: BusRequest, next: BusRequest | null, mayStill: () => boolean): void => {
      if (!mayStill()) return say({ kind: 'withdrawn' });
      if (flight !== null) outdated = [...outdated, flight.transaction].slice(-keptOutdated);
      transaction = (transaction % lastTransaction) + 1;
      flight = { request, transaction, next };
      const isOwing = takesAnyTransaction(request.unit);
      if (isOwing) owed.sent(request);
      codec.send(request, (outcome) => {
        flight = null;
        if (isOwing) owed.answered(request);
        if (next === null) return say({ kind: 'answered', outcome });
        const pauseMs = quirks.probePauseMs(request.unit);
        say({ kind: 'probed', pauseMs });
        timer = options?.scheduler.schedule(() => isOver || transmit(next, null, mayStill), pauseMs) ?? null;
      });
    };
    return {
      send: (request, mayStill = () => true) => {
        const probe = takesAnyTransaction(request.unit) ? owed.probe(request) : null;
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
