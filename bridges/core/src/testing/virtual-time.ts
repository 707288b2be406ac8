import { VirtualTimeScheduler } from 'rxjs';

/** Time that a test advances. */
export type VirtualTime = {
  readonly clock: VirtualTimeScheduler;
  /** What becomes due runs in its order, and so does what waits for a promise. */
  readonly advance: (ms: number) => Promise<void>;
};

export const createVirtualTime = (): VirtualTime => {
  const clock = new VirtualTimeScheduler();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
  };
  return {
    clock,
    advance: async (ms) => {
      const until = clock.frame + ms;
      await settle();
      for (;;) {
        const next = clock.actions.filter(({ closed }) => !closed).toSorted((a, b) => a.delay - b.delay)[0];
        if (next === undefined || next.delay > until) break;
        clock.maxFrames = next.delay;
        clock.flush();
        await settle();
      }
      clock.frame = until;
    },
  };
};
