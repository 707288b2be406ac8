import { Subscription, type SchedulerAction, type SchedulerLike } from 'rxjs';
import type { Event, EventLoop } from './event-loop.ts';

type Kind = 'timer' | 'input';

/**
 * A process: its timers and inputs run only while it lives and is not stopped. It is also the RxJS clock of what runs
 * in it. Once it is dead, nothing that its code still does may have an effect: anyone who lends it the world asks `act`.
 */
export class SimProcess implements SchedulerLike {
  readonly name: string;
  readonly #loop: EventLoop;
  #held: { readonly kind: Kind; readonly event: Event; readonly work: () => void }[] = [];
  #isAlive = true;
  #isStopped = false;
  #actsLeft: number | null = null;
  readonly #atEnd: (() => void)[] = [];

  constructor(name: string, loop: EventLoop) {
    this.name = name;
    this.#loop = loop;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Running time; goes on while the process is stopped. */
  now(): number {
    return this.#loop.now;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    return new SimAction(this, work).schedule(state, delay);
  }

  /** Lets something happen in this process, unless it is over by then. */
  post(delay: number, kind: Kind, work: () => void): Event {
    const event = this.#loop.after(delay, () => this.#run(kind, event, work));
    return event;
  }

  /** Waits; for ever, when the process ends meanwhile. */
  pause(delay: number): Promise<void> {
    return new Promise((resolve) => void this.post(delay, 'input', resolve));
  }

  /** May the process still do something to the world? Each answer may be the last one: see `killAfter`. */
  act(): boolean {
    if (!this.#isAlive) return false;
    if (this.#actsLeft !== null) {
      this.#actsLeft -= 1;
      if (this.#actsLeft < 0) this.kill();
    }
    return this.#isAlive;
  }

  /** SIGKILL, just before it does something to the world for the next time but `acts`. */
  killAfter(acts: number): void {
    this.#actsLeft = acts;
  }

  /** The kill that was announced does not come. */
  spare(): void {
    this.#actsLeft = null;
  }

  kill(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#held = [];
    for (const work of this.#atEnd) work();
  }

  atEnd(work: () => void): void {
    this.#atEnd.push(work);
  }

  /** SIGSTOP. */
  stop(): void {
    this.#isStopped = true;
  }

  /** SIGCONT: as in Node, what timers wait for comes first, then what has come in. */
  go(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    const held = this.#held;
    this.#held = [];
    for (const kind of ['timer', 'input'] as const) {
      for (const one of held) if (one.kind === kind && !one.event.isOff) this.#again(one);
    }
  }

  #again({ kind, event, work }: { readonly kind: Kind; readonly event: Event; readonly work: () => void }): void {
    this.#loop.after(0, () => {
      if (!event.isOff) this.#run(kind, event, work);
    });
  }

  #run(kind: Kind, event: Event, work: () => void): void {
    if (!this.#isAlive) return;
    if (this.#isStopped) this.#held.push({ kind, event, work });
    else work();
  }
}

class SimAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #process: SimProcess;
  readonly #work: (this: SchedulerAction<T>, state?: T) => void;
  #event: Event | null = null;

  constructor(process: SimProcess, work: (this: SchedulerAction<T>, state?: T) => void) {
    super();
    this.#process = process;
    this.#work = work;
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this;
    this.#off();
    // As Node's timers do: whole milliseconds, and at least one.
    this.#event = this.#process.post(Math.max(1, Math.trunc(delay)), 'timer', () => {
      this.#event = null;
      this.#work.call(this, state);
    });
    return this;
  }

  override unsubscribe(): void {
    this.#off();
    super.unsubscribe();
  }

  #off(): void {
    if (this.#event !== null) this.#event.isOff = true;
    this.#event = null;
  }
}
