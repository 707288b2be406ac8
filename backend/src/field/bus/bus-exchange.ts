import type { LineSettings } from '@phloem/protocol';
import { toCount, type BusRequest } from '../modbus/bus-request.ts';
import type { BusEffect, Priority } from './bus-state.ts';
import type { BusOutcome } from './bus-outcome.ts';
import type { TraceBytes } from './field-link.ts';

/** How an exchange ended; `probe` came before a request to clear the line, `unsolicited` are bytes that nobody had asked for. */
export type ExchangeEnd = BusOutcome | { readonly kind: 'probe' } | { readonly kind: 'unsolicited'; readonly why: string };

/** What happened on a bus between a request and its end, with the bytes as they were on the wire. */
export type BusExchange = {
  readonly n: number;
  /** Null for unsolicited bytes. */
  readonly request: BusRequest | null;
  readonly priority: Priority | null;
  /** The speed of the line meanwhile; null for its own. */
  readonly line: LineSettings | null;
  readonly outcome: ExchangeEnd;
  readonly sent: Uint8Array;
  readonly received: Uint8Array;
  /** How long the bus was taken; null when nothing was sent. */
  readonly tookMs: number | null;
  /** When it ended, by the clock of the bus. */
  readonly endedAt: number;
};

/** Bytes of one exchange that are kept: more than any answer has, and no babbler fills the memory. */
const keptBytes = 1024;
const nothing = new Uint8Array(0);

type Settled = Extract<BusEffect, { kind: 'settle' }>;
type Begun = { readonly request: BusRequest; readonly priority: Priority; readonly line: LineSettings | null; readonly at: number };

const join = (head: Uint8Array, tail: Uint8Array): Uint8Array =>
  head.length >= keptBytes ? head : Uint8Array.from([...head, ...tail.subarray(0, keptBytes - head.length)]);

/** Puts the bytes of a bus to the requests that they belong to. One request is on the wire at a time. */
export const createTrace = (now: () => number, tell: (exchange: BusExchange) => void) => {
  let begun: Begun | null = null;
  let sent: Uint8Array = nothing;
  let received: Uint8Array = nothing;
  let lastByteAt = 0;
  let n = 0;

  const say = ({
    request,
    priority,
    line,
    outcome,
    tookMs,
  }: Pick<BusExchange, 'request' | 'priority' | 'line' | 'outcome' | 'tookMs'>): void => {
    n += 1;
    tell({ n, request, priority, line, outcome, tookMs, sent, received, endedAt: now() });
    sent = nothing;
    received = nothing;
  };
  const bytes: TraceBytes = (direction, piece) => {
    if (direction === 'sent') sent = join(sent, piece);
    else {
      received = join(received, piece);
      lastByteAt = now();
    }
  };
  return {
    bytes,
    begin: (request: BusRequest, priority: Priority, line: LineSettings | null = null): void => {
      // A unit that said it is busy is asked again without an end in between.
      if (begun !== null && received.length > 0) {
        say({ ...begun, outcome: { kind: 'exception', code: 6 }, tookMs: lastByteAt - begun.at });
      }
      begun = { request, priority, line, at: now() };
      sent = nothing;
      received = nothing;
    },
    /** What was asked first has been answered; the request itself goes out now. */
    probed: (): void => {
      if (begun === null) return;
      say({ ...begun, outcome: { kind: 'probe' }, tookMs: now() - begun.at });
      begun = { ...begun, at: now() };
    },
    /** The connection ended under the request, or its answer was read too late; it is asked again. */
    again: (code: 'modbus/link' | 'modbus/timeout', why: string): void => {
      if (begun === null) return;
      const outcome: BusOutcome = { kind: 'failed', code, why: `${why}; asked again`, isSent: true };
      say({ ...begun, outcome, tookMs: now() - begun.at });
      begun = null;
    },
    end: ({ request, line, outcome, wireMs }: Settled, priority: Priority): void => {
      const isOwn = begun?.request === request;
      if (!isOwn) {
        // It never left: what is on the wire is somebody else's.
        const [ownSent, ownReceived] = [sent, received];
        sent = nothing;
        received = nothing;
        say({ request, priority, line, outcome, tookMs: null });
        sent = ownSent;
        received = ownReceived;
        return;
      }
      say({ request, priority, line, outcome, tookMs: wireMs });
      begun = null;
    },
    unsolicited: (why: string): void =>
      say({ request: null, priority: null, line: null, outcome: { kind: 'unsolicited', why }, tookMs: null }),
  };
};

/** Claims that the exchange concerns the unit; unsolicited bytes concern everybody. */
export const isOfUnit = ({ request }: BusExchange, unit: number | null): boolean =>
  unit === null || request === null || request.unit === unit;

/** Claims that what was asked for covers all of these registers of a unit. */
export const covers = (
  request: BusRequest,
  place: { readonly unit: number; readonly function: number; readonly address: number; readonly count: number },
): boolean =>
  request.unit === place.unit &&
  request.function === place.function &&
  request.address <= place.address &&
  request.address + toCount(request) >= place.address + place.count;
