import type { Millis } from '@phloem/protocol';
import type { BusRequest } from '../modbus/bus-request.ts';
import type { BackOff } from './back-off.ts';
import type { Breaker } from './breaker.ts';
import type { WireFault } from './field-link.ts';

/** What a request is for; the order is the order in which a bus serves. */
export const priorities = ['safe', 'write', 'read-back', 'control', 'poll', 'scan'] as const;
export type Priority = (typeof priorities)[number];

/** How a request ended. `isSent` false: it certainly had no effect; true: it may have had one. */
export type BusOutcome =
  | { readonly kind: 'bits'; readonly values: readonly boolean[] }
  | { readonly kind: 'words'; readonly values: readonly number[] }
  | { readonly kind: 'echoed' }
  /** A broadcast has left; nobody answers one. */
  | { readonly kind: 'sent' }
  /** Its guard said no when its turn had come; nothing was sent. */
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'exception'; readonly code: number }
  | {
      readonly kind: 'failed';
      readonly code: 'modbus/timeout' | 'modbus/mismatch' | 'modbus/link';
      readonly why: string;
      readonly isSent: boolean;
    };

/** A request that waits for its turn. */
export type Waiting = {
  readonly ticket: number;
  readonly request: BusRequest;
  readonly priority: Priority;
  readonly waitUntil: number;
  readonly notBefore: number;
  readonly tries: number;
};
/** The request that is on the wire. */
export type Flight = Waiting & { readonly sentAt: number; readonly deadline: number };

/** `isProven`: this connection has brought a right answer. `attempt` counts the dials in vain. */
export type BusLink =
  | { readonly phase: 'resting'; readonly attempt: number; readonly until: number }
  | { readonly phase: 'dialing'; readonly attempt: number; readonly deadline: number }
  | { readonly phase: 'up'; readonly attempt: number; readonly isProven: boolean }
  | { readonly phase: 'closed' };

export type BusState = {
  readonly link: BusLink;
  /** In the order of service. */
  readonly queue: readonly Waiting[];
  readonly flight: Flight | null;
  readonly breakers: ReadonlyMap<number, Breaker>;
};

export type BusEvent =
  | { readonly type: 'started' }
  | {
      readonly type: 'asked';
      readonly ticket: number;
      readonly request: BusRequest;
      readonly priority: Priority;
      readonly waitMs: Millis;
    }
  | { readonly type: 'opened' }
  | { readonly type: 'lost'; readonly why: string }
  | { readonly type: 'answered'; readonly outcome: BusOutcome }
  | { readonly type: 'mismatched'; readonly fault: WireFault; readonly why: string }
  /** Only now does the request in flight go out: its answer has the whole time again. */
  | { readonly type: 'probed' }
  /** The shell did not send what it was told to: the guard said no. */
  | { readonly type: 'withdrawn' }
  | { readonly type: 'woken' }
  | { readonly type: 'closed' };

/** What the shell does next, in order. `settle` also says how long the wire was used, for the figures. */
export type BusEffect =
  | { readonly type: 'dial' }
  | { readonly type: 'hang-up' }
  | { readonly type: 'send'; readonly ticket: number; readonly request: BusRequest }
  | {
      readonly type: 'settle';
      readonly ticket: number;
      readonly request: BusRequest;
      readonly outcome: BusOutcome;
      readonly wireMs: number | null;
    };

export type BusPolicy = {
  readonly connectMs: Millis;
  readonly answerMs: Millis;
  readonly pauseAfter: BackOff;
  /** How long to leave a unit alone that said it is busy: 100 to 500 ms. */
  readonly busyPause: () => Millis;
};

export type BusStep = { readonly state: BusState; readonly effects: readonly BusEffect[] };

/** A bus before anything has happened. The first event is `started`. */
export const idleBus: BusState = { link: { phase: 'closed' }, queue: [], flight: null, breakers: new Map() };
