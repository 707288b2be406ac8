import type { Hello } from '@phloem/protocol';
import type { Observable } from 'rxjs';

/**
 * One end of a pair that carries messages in order, without loss: within a process, or to a worker thread. A message is never
 * delivered within the `post` that sends it.
 */
export interface MessageEnd {
  post(message: unknown): void;
  /** What the other end posts. Hot; subscribe at once. Completes when the other end is gone. */
  readonly messages$: Observable<unknown>;
}

/** What the node's end says of its connections, each known by its number. */
export type FromNode =
  | { readonly kind: 'dial'; readonly n: number; readonly hello: Hello }
  | { readonly kind: 'message'; readonly n: number; readonly event: string; readonly payload: unknown }
  | { readonly kind: 'taken'; readonly n: number; readonly bytes: number }
  | { readonly kind: 'hang-up'; readonly n: number };

/** What the hub's end says of them. */
export type FromHub =
  | { readonly kind: 'open'; readonly n: number }
  | { readonly kind: 'message'; readonly n: number; readonly event: string; readonly payload: unknown }
  | { readonly kind: 'taken'; readonly n: number; readonly bytes: number }
  | { readonly kind: 'closed'; readonly n: number; readonly why: string };

/** Bytes that one may have taken before its end reports them. */
const reportEvery = 16 * 1024;

const listSizes = { entries: 320, commands: 320, transactions: 320, readings: 160 } as const;
const restSize = 512;

/** About how many bytes a message is. Nothing is encoded within a process, so nothing is counted. */
const estimateBytes = (payload: unknown): number => {
  if (typeof payload !== 'object' || payload === null) return restSize;
  return Object.entries(listSizes).reduce((sum, [name, each]) => {
    const list: unknown = Object.hasOwn(payload, name) ? Reflect.get(payload, name) : null;
    return Array.isArray(list) ? sum + each * list.length : sum;
  }, restSize);
};

/**
 * How much of one connection is on its way, both ways. What this side sent counts until the other side has taken it, so that a
 * worker thread that is busy slows its sender down as a network would.
 */
export class Flow {
  #buffered = 0;
  #taken = 0;
  readonly #report: (bytes: number) => void;

  constructor(report: (bytes: number) => void) {
    this.#report = report;
  }

  /** Bytes that were sent, and that the other side has not reported as taken. */
  get buffered(): number {
    // What one side may keep to itself is nothing that waits.
    return Math.max(0, this.#buffered - reportEvery);
  }

  sent(payload: unknown): void {
    this.#buffered += estimateBytes(payload);
  }

  /** The other side has taken so much of what was sent. */
  reported(bytes: number): void {
    this.#buffered -= bytes;
  }

  /** This side has taken a message. */
  took(payload: unknown): void {
    this.#taken += estimateBytes(payload);
    if (this.#taken < reportEvery) return;
    this.#report(this.#taken);
    this.#taken = 0;
  }
}
