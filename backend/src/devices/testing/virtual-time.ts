import { VirtualTimeScheduler } from 'rxjs';
import type { HubClock } from '../../log/hub-clock.ts';

/** Lets everything run that waits for a promise, and for what that promise starts. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
};

/** Time under the test's hand: a scheduler, the hub's two clocks over it, and a wall clock that may jump. */
export class VirtualTime {
  readonly scheduler = new VirtualTimeScheduler();
  readonly clock: HubClock;
  #wall: number;
  #stoodStill = 0;

  constructor(options: { readonly up: number; readonly at: number }) {
    this.scheduler.frame = options.up;
    this.#wall = options.at - options.up;
    const up = (): number => this.scheduler.frame + this.#stoodStill;
    this.clock = { up, at: () => up() + this.#wall };
  }

  /** The wall clock jumps. */
  stepWall(ms: number): void {
    this.#wall += ms;
  }

  /** The process does not run for so long: its clocks go on, and every timer is late by that. */
  standStill(ms: number): void {
    this.#stoodStill += ms;
  }

  /** Lets time pass; whatever becomes due runs in its order, and what it starts in between too. */
  async advance(ms: number): Promise<void> {
    const { scheduler } = this;
    const target = scheduler.frame + ms;
    await settle();
    for (;;) {
      const next = scheduler.actions.filter(({ closed }) => !closed).toSorted((a, b) => a.delay - b.delay)[0];
      if (next === undefined || next.delay > target) break;
      scheduler.maxFrames = next.delay;
      scheduler.flush();
      await settle();
    }
    scheduler.frame = target;
  }
}
