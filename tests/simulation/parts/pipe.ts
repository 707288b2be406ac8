import type { EventLoop } from '../engine/event-loop.ts';
import type { Random } from '../engine/random.ts';
import type { SimProcess } from '../engine/sim-process.ts';

type Way = { readonly minMs: number; readonly maxMs: number };

/**
 * One direction of a connection. What is put in comes out in the same order, each after its own delay; late when it is
 * stalled, never when it is a black hole. What the other side's process has not taken yet is still on its way.
 */
export class Pipe<T> {
  readonly #loop: EventLoop;
  readonly #random: Random;
  readonly #to: SimProcess;
  readonly #take: (item: T) => void;
  readonly #way: Way;
  #lastAt = 0;
  #bytes = 0;
  #isBlackHole = false;
  #isClosed = false;
  #generation = 0;

  constructor(options: { loop: EventLoop; random: Random; to: SimProcess; way: Way; take: (item: T) => void }) {
    this.#loop = options.loop;
    this.#random = options.random;
    this.#to = options.to;
    this.#way = options.way;
    this.#take = options.take;
  }

  /** What has been put in and not taken out. */
  get bytes(): number {
    return this.#bytes;
  }

  get isBlackHole(): boolean {
    return this.#isBlackHole;
  }

  put(item: T, bytes: number): void {
    if (this.#isClosed) return;
    this.#bytes += bytes;
    if (this.#isBlackHole) return;
    const generation = this.#generation;
    this.#lastAt = Math.max(this.#lastAt, this.#loop.now + this.#random.between(this.#way.minMs, this.#way.maxMs));
    this.#loop.after(this.#lastAt - this.#loop.now, () => {
      this.#to.post(0, 'input', () => {
        if (generation !== this.#generation) return;
        this.#bytes -= bytes;
        this.#take(item);
      });
    });
  }

  /** What is put in from now on comes out no earlier than this. */
  stall(ms: number): void {
    this.#lastAt = Math.max(this.#lastAt, this.#loop.now + ms);
  }

  /** From now on nothing comes out, what is on its way included, and nobody is notified. */
  swallow(): void {
    this.#isBlackHole = true;
    this.#generation += 1;
  }

  /** Nothing more goes in. What is on its way comes out, or is lost with the connection. */
  close(isLost: boolean): void {
    this.#isClosed = true;
    if (isLost) this.#generation += 1;
  }
}
