import type { SchedulerLike, Subscription } from 'rxjs';
import type { LinkSignal } from './field-link.ts';

/** What a link reports and waits for, until its owner ends it: after that nothing is reported and nothing happens any more. */
export class LinkLife {
  readonly #tell: (signal: LinkSignal) => void;
  #isOver = false;
  #timer: Subscription | null = null;

  constructor(tell: (signal: LinkSignal) => void) {
    this.#tell = tell;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  say(signal: LinkSignal): void {
    if (!this.#isOver) this.#tell(signal);
  }

  /** Waits for one thing at a time: what it waited for before does not happen. */
  after(scheduler: SchedulerLike, delayMs: number, work: () => void): void {
    this.#timer?.unsubscribe();
    this.#timer = scheduler.schedule(work, Math.max(0, Math.ceil(delayMs)));
  }

  end(): void {
    this.#isOver = true;
    this.#timer?.unsubscribe();
  }
}
