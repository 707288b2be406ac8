import type { LineSettings, Millis } from '@phloem/protocol';
import type { BusRequest } from '../modbus/bus-request.ts';
import type { BusOutcome } from './bus-outcome.ts';

/** What is wrong with bytes: a checksum, an answer that nobody waits for (any more), or anything else that does not fit. */
export type WireFault = 'checksum' | 'late' | 'mismatch';

/** What one connection reports to its owner. `lost` is the last; after `end` nothing more is reported. */
export type LinkSignal =
  | { readonly kind: 'opened' }
  | { readonly kind: 'lost'; readonly why: string }
  /** An answer that is in every part that of the request in flight. */
  | { readonly kind: 'answered'; readonly outcome: BusOutcome }
  /** A unit that owed an answer has been asked something else first and has answered: the request goes out after a pause. */
  | { readonly kind: 'probed'; readonly pauseMs: Millis }
  /** Nobody wants the request any more by the time at which it could go out; nothing of it was sent. */
  | { readonly kind: 'withdrawn' }
  /** An answer to a request that was given up, known by its transaction. */
  | { readonly kind: 'outdated'; readonly why: string }
  /** Bytes that belong to no request, or not to this one. */
  | { readonly kind: 'mismatched'; readonly fault: WireFault; readonly why: string };

/** One connection to a bus, from its dial to its end. The owner sends one request at a time. */
export interface FieldLink {
  /** `mayStill` is asked right before the bytes of the request go out, after whatever has to be waited for first. */
  send(request: BusRequest, mayStill?: () => boolean): void;
  /** Drops the connection now, without waiting for the peer. */
  end(): void;
}

/** Called with every byte that leaves and comes, as it was on the wire, before what follows from it is reported. */
export type TraceBytes = (direction: 'sent' | 'received', bytes: Uint8Array) => void;

/** At which speed a serial line is opened, and how long it is silent before it is used; null for what is usual. */
export type DialHow = { readonly line: LineSettings | null; readonly quietMs: Millis | null };

/** Begins a new connection. */
export type DialLink = (tell: (signal: LinkSignal) => void, trace?: TraceBytes, how?: DialHow) => FieldLink;
