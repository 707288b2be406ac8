import { Subject } from 'rxjs';
import { freezeDeep } from '../freeze-deep.ts';
import type { MessageEnd } from '../message-end.ts';

export type MessageEndsOptions = {
  /** Freezes every message, so that a change of what both sides share throws where it is made. */
  readonly freeze: boolean;
  /** Runs something after a turn of the event loop: `setImmediate`. */
  readonly afterTurn: (work: () => void) => void;
};

/** After so many deliveries in microtasks one waits for a turn of the event loop. */
const deliveriesInTurn = 64;

/** One direction: what is posted comes out in order, in a microtask. */
class Lane {
  readonly messages = new Subject<unknown>();
  readonly #options: MessageEndsOptions;
  #waiting: unknown[] = [];
  #deliveries = 0;

  constructor(options: MessageEndsOptions) {
    this.#options = options;
  }

  post(message: unknown): void {
    const { freeze, afterTurn } = this.#options;
    if (freeze) freezeDeep(message);
    if (this.#waiting.push(message) > 1) return;
    this.#deliveries += 1;
    // Microtasks run before timers and sockets: two sides that answer each other without end would stop everything else.
    if (this.#deliveries % deliveriesInTurn === 0) afterTurn(() => this.#deliver());
    else queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    const due = this.#waiting;
    this.#waiting = [];
    for (const message of due) this.messages.next(message);
  }
}

/** Two message ends in memory, joined. Messages are not copied. */
export const createMessageEnds = (options: MessageEndsOptions): readonly [MessageEnd, MessageEnd] => {
  const there = new Lane(options);
  const back = new Lane(options);
  return [
    { post: (message) => there.post(message), messages$: back.messages },
    { post: (message) => back.post(message), messages$: there.messages },
  ];
};
