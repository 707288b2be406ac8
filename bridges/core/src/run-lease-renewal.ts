import { isFault, type Fault, type Term } from '@phloem/protocol';
import { exhaustMap, merge, Subject, timer, type SchedulerLike, type Subscription } from 'rxjs';
import { askInTime } from './ask-in-time.ts';
import type { RequestHub } from './request-queue.ts';

export type LeaseRenewalOptions = {
  readonly hub: Pick<RequestHub, 'hold' | 'release'>;
  /** Whether the program lives that the lease is held for. */
  readonly isAlive: () => boolean;
  readonly onChange: () => void;
  readonly clock: SchedulerLike;
};

const answerMs = 5000;
const lookEveryMs = 100;
/** A lease lasts 3 s. */
const renewEveryMs = 800;

/**
 * Holds a lease for as long as a program lives, on a timer of its own: other calls may take longer than a lease lasts. One call of the hub is
 * under way at a time, and the next one waits for its answer.
 */
export class LeaseRenewal {
  readonly #options: LeaseRenewalOptions;
  readonly #wake$ = new Subject<void>();
  readonly #following: Subscription;
  #term: Term | null = null;
  #fault: Fault | null = null;
  /** The hub may have granted a lease, though its answer was lost. */
  #mayHold = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(options: LeaseRenewalOptions) {
    this.#options = options;
    // exhaustMap: a look during a call is not made up for.
    this.#following = merge(timer(0, lookEveryMs, options.clock), this.#wake$)
      .pipe(exhaustMap(() => this.#follow()))
      .subscribe();
  }

  /** The term of the lease; null while it is not held. */
  get term(): Term | null {
    return this.#term;
  }

  /** Why the hub did not answer the newest call; null where it did. */
  get fault(): Fault | null {
    return this.#fault;
  }

  /** Looks at once whether the program lives. */
  wake(): void {
    this.#wake$.next();
  }

  /** The hub no longer knows a term. */
  lose(term: Term): void {
    if (this.#term !== term) return;
    this.#set(null, this.#fault);
    this.#askedAt = Number.NEGATIVE_INFINITY;
    this.wake();
  }

  /** Stops, and then gives the lease back: a renewal would take it again. */
  async close(): Promise<void> {
    const { clock } = this.#options;
    this.#following.unsubscribe();
    await askInTime(this.#underWay, answerMs, clock).catch(ignoreFault);
    if (this.#mayHold) await this.#release();
    this.#term = null;
  }

  async #follow(): Promise<void> {
    const { isAlive, clock } = this.#options;
    const isDue = clock.now() - this.#askedAt >= renewEveryMs;
    if (isAlive()) {
      if (isDue) await this.#hold();
    } else if (this.#mayHold && (isDue || this.#term !== null)) await this.#release();
  }

  async #hold(): Promise<void> {
    const { hub, clock } = this.#options;
    this.#askedAt = clock.now();
    this.#mayHold = true;
    const asked = hub.hold();
    this.#underWay = asked.catch(ignoreFault);
    try {
      const term = await askInTime(asked, answerMs, clock);
      this.#mayHold = term !== null;
      this.#set(term, null);
    } catch (error) {
      this.#set(null, toFault(error));
    }
    await this.#underWay;
  }

  /** A lease that cannot be given back ends by itself. */
  async #release(): Promise<void> {
    const { hub, clock } = this.#options;
    this.#askedAt = clock.now();
    this.#set(null, this.#fault);
    const asked = hub.release();
    this.#underWay = asked.catch(ignoreFault);
    try {
      await askInTime(asked, answerMs, clock);
      this.#mayHold = false;
      this.#set(null, null);
    } catch (error) {
      this.#set(null, toFault(error));
    }
    await this.#underWay;
    // The program may live again by now, and then needs no pause.
    if (!this.#mayHold) this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  #set(term: Term | null, fault: Fault | null): void {
    this.#term = term;
    this.#fault = fault;
    this.#options.onChange();
  }
}

const toFault = (error: unknown): Fault => {
  if (!isFault(error)) throw error;
  return error;
};

/** What cannot be said to a hub that is away ends there by itself. */
const ignoreFault = (error: unknown): void => void toFault(error);
