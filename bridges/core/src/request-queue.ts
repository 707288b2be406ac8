import type { DeviceId, DeviceValue, RequestAnswer, Term } from '@phloem/protocol';

/** What a message of a queue asks for. */
export type WantedChange = {
  readonly device: DeviceId;
  readonly value: DeviceValue;
  readonly op: 'set' | 'momentary';
  /** How old the request may become; null for what the bridge allows. */
  readonly ttlMs: number | null;
  readonly reason: string | null;
};

/** A message of the queue of a foreign program. */
export type QueuedRequest = {
  /** What the queue calls it. The hub knows the request by it, so a message that comes again is not acted on again. */
  readonly id: string;
  /** What it asks for; a text says why that cannot be read. */
  readonly wanted: WantedChange | string;
  /** How old it was when it was taken, by the clock of the queue. */
  readonly ageMs: number;
};

/** What came of a message. Only the phase `confirmed` says that the device was read back with this value. */
export type RequestOutcome = {
  readonly id: string;
  readonly device: DeviceId | null;
  readonly value: DeviceValue | null;
  readonly outcome: RequestAnswer['outcome'];
  readonly phase: RequestAnswer['phase'];
  readonly code: string | null;
  readonly message: string | null;
};

/**
 * The newest sign of life of a foreign program: its text, null where there is none, and its age, null where that cannot be read. Where the
 * age is `unknown`, only a text that differs from the one before is a sign of life.
 */
export type SignOfLife = { readonly text: string | null; readonly ageMs: number | 'unknown' | null };

/** One connection to the queue of a foreign program. Every call may throw a Fault, after which a new connection is made. */
export interface RequestQueue {
  /** The newest sign of life of the program. */
  life(): Promise<SignOfLife>;
  /** Messages that were not given before on this connection, oldest first; waits a moment where there is none. */
  take(max: number): Promise<readonly QueuedRequest[]>;
  /** Writes the first outcome of a message, and only then removes the message from the queue. */
  settle(request: QueuedRequest, outcome: RequestOutcome): Promise<void>;
  /** Writes how an accepted request went on. */
  update(outcome: RequestOutcome): Promise<void>;
  /** Accepted requests whose end has not been written, such as those of an earlier connection. */
  unfinished(): Promise<readonly string[]>;
  /** The bridge got the right to command, or lost it. What the program requested before no longer stands after a grant. */
  announce(control: { readonly isGranted: boolean; readonly term: Term | null }): Promise<void>;
  close(): Promise<void>;
}

/** The hub, for a program that requests device states. Every call may throw a Fault. */
export interface RequestHub {
  /** Gets or renews the lease; null while another service holds it. */
  hold(): Promise<Term | null>;
  release(): Promise<void>;
  request(term: Term, id: string, wanted: WantedChange, ttlMs: number): Promise<RequestAnswer>;
  /** What came of a request that was accepted; null where none was. */
  find(id: string): Promise<RequestAnswer | null>;
}

/** Claims that nothing more comes of a request. */
export const isFinished = (phase: RequestAnswer['phase']): boolean => phase !== 'requested' && phase !== 'held' && phase !== 'writing';
