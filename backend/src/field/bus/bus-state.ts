import type { LineSettings, Millis } from '@phloem/protocol';
import type { BusRequest } from '../modbus/bus-request.ts';
import type { BackOff } from './back-off.ts';
import type { Breaker } from './breaker.ts';
import type { BusTiming, UnitTimes } from './bus-timing.ts';
import type { WireFault } from './field-link.ts';
import type { BusOutcome } from './bus-outcome.ts';

/** What a request is for; the order is the order in which a bus serves. */
export const priorities = ['hub', 'write', 'read-back', 'control', 'poll', 'scan'] as const;
export type Priority = (typeof priorities)[number];

/** A request that waits for its turn. */
export type Waiting = {
  readonly ticket: number;
  readonly request: BusRequest;
  readonly priority: Priority;
  /** The speed at which a serial line is to ask it; null for the line's own. */
  readonly line: LineSettings | null;
  readonly waitUntil: number;
  readonly notBefore: number;
  /** How long its unit must have been left alone before. */
  readonly restMs: number;
  readonly tries: number;
};
/** The request that is on the wire. */
export type Flight = Waiting & { readonly sentAt: number; readonly allowedMs: Millis; readonly deadline: number };

/**
 * A serial line at another speed for one request: it is opened there, asks, and is opened at its own speed again. The
 * request ends with the last of these, so that what it says it took is what everybody else waited for.
 */
export type Away = {
  readonly phase: 'away';
  readonly step: 'leaving' | 'asking' | 'returning';
  readonly waiting: Waiting & { readonly line: LineSettings };
  readonly began: number;
  readonly deadline: number;
  /** How the request ended, once it has. */
  readonly outcome: BusOutcome | null;
};

/**
 * `isProven`: this connection has brought a right answer. `attempt` counts the dials in vain. `idle`: the peer closed the
 * connection while nothing was asked, and it is dialled when somebody asks.
 */
export type BusLink =
  | { readonly phase: 'idle' }
  | { readonly phase: 'resting'; readonly attempt: number; readonly until: number }
  | { readonly phase: 'dialing'; readonly attempt: number; readonly deadline: number }
  | { readonly phase: 'up'; readonly attempt: number; readonly isProven: boolean }
  | Away
  | { readonly phase: 'closed' };

export type BusState = {
  readonly link: BusLink;
  /** In the order of service. */
  readonly queue: readonly Waiting[];
  readonly flight: Flight | null;
  readonly breakers: ReadonlyMap<number, Breaker>;
  readonly times: ReadonlyMap<number, UnitTimes>;
  /** Before this moment nothing goes out. */
  readonly clearAt: number;
  /** Since when there is no connection that works; null while there is one, or none is needed. */
  readonly brokenSince: number | null;
  /** Claims that some unit has answered since the bus was opened. */
  readonly hasAnswered: boolean;
};

export type BusEvent =
  | { readonly kind: 'started' }
  | {
      readonly kind: 'asked';
      readonly ticket: number;
      readonly request: BusRequest;
      readonly priority: Priority;
      readonly line?: LineSettings | null;
      readonly waitMs: Millis;
      readonly restMs?: Millis;
    }
  | { readonly kind: 'opened' }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'answered'; readonly outcome: BusOutcome }
  | { readonly kind: 'mismatched'; readonly fault: WireFault; readonly why: string }
  /** An answer that came too late, and is known by its transaction: it harms nothing. */
  | { readonly kind: 'outdated'; readonly why: string }
  /** Only after this pause does the request in flight go out: its answer has the whole time again. */
  | { readonly kind: 'probed'; readonly pauseMs: Millis }
  /** The shell did not send what it was commanded to: the guard said no. */
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'woken' }
  | { readonly kind: 'closed' };

/** What the shell does next, in order. `settle` also says how long it took, and how long nobody else could be served. */
export type BusEffect =
  /** `quietMs`: how long nothing may have come before the line is used; null for what its kind takes after a fault. */
  | { readonly kind: 'dial'; readonly line: LineSettings | null; readonly quietMs: Millis | null }
  | { readonly kind: 'hang-up' }
  | { readonly kind: 'send'; readonly ticket: number; readonly request: BusRequest }
  /** The connection ended under a read, or its answer was read too late: it is asked again. */
  | { readonly kind: 'retry'; readonly ticket: number; readonly code: 'modbus/link' | 'modbus/timeout'; readonly why: string }
  | {
      readonly kind: 'settle';
      readonly ticket: number;
      readonly request: BusRequest;
      readonly line: LineSettings | null;
      readonly outcome: BusOutcome;
      readonly wireMs: number | null;
      readonly costMs: number | null;
    };

export type BusPolicy = {
  readonly connectMs: Millis;
  readonly answerMs: Millis;
  /** How long the line is left alone after an answer that did not come; 0 where answers have the number of their request. */
  readonly silenceMs: Millis;
  /** How long an answer may take at another speed, on its way included. */
  readonly answerMsAt: (line: LineSettings) => Millis;
  /** What a unit has usually taken to answer of late, in milliseconds; null where it never has. */
  readonly usualMs: (unit: number) => number | null;
  readonly pauseAfter: BackOff;
  /** How long to leave a unit alone that said it is busy: 100 to 500 ms. */
  readonly busyPause: () => Millis;
  readonly timing: BusTiming;
};

export type BusStep = { readonly state: BusState; readonly effects: readonly BusEffect[] };

/** A bus before anything has happened. The first event is `started`. */
export const idleBus: BusState = {
  link: { phase: 'closed' },
  queue: [],
  flight: null,
  breakers: new Map(),
  times: new Map(),
  clearAt: 0,
  brokenSince: null,
  hasAnswered: false,
};
