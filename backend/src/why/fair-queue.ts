import { Fault } from '@phloem/protocol';

/** How many turns there are at once, and how many may wait for one: of all, and of one person. */
export type QueueLimits = {
  readonly maxRunning: number;
  readonly maxRunningOfOne: number;
  readonly maxWaiting: number;
  readonly maxWaitingOfOne: number;
};

type Waiting = { readonly person: string; readonly begin: () => void };

/** Gives turns in the order in which they are asked for, but to nobody who has as many as one person may have. */
export interface FairQueue {
  /**
   * Resolves when it is the turn of `person`, with what ends the turn; call it once. A `signal` takes a waiting person out.
   *
   * @throws Fault `why/busy` when too many wait, or the reason of `signal`.
   */
  enter(person: string, signal: AbortSignal): Promise<() => void>;
}

export const createFairQueue = ({ maxRunning, maxRunningOfOne, maxWaiting, maxWaitingOfOne }: QueueLimits): FairQueue => {
  const running: string[] = [];
  const waiting: Waiting[] = [];
  const count = (persons: readonly string[], person: string): number => persons.filter((one) => one === person).length;
  const mayRun = (person: string): boolean => running.length < maxRunning && count(running, person) < maxRunningOfOne;

  const next = (): void => {
    const index = waiting.findIndex(({ person }) => mayRun(person));
    if (index < 0) return;
    waiting.splice(index, 1)[0]?.begin();
    next();
  };
  const begin = (person: string): (() => void) => {
    running.push(person);
    return () => {
      running.splice(running.indexOf(person), 1);
      next();
    };
  };

  return {
    enter: async (person, signal) => {
      signal.throwIfAborted();
      if (mayRun(person)) return begin(person);
      const own = count(
        waiting.map((one) => one.person),
        person,
      );
      if (waiting.length >= maxWaiting) throw new Fault('why/busy', 'other questions are being answered; ask again in a moment');
      if (own >= maxWaitingOfOne) throw new Fault('why/busy', 'your other questions are being answered; ask again in a moment');
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(signal.reason as Error);
        };
        const entry = {
          person,
          begin: () => {
            signal.removeEventListener('abort', leave);
            resolve(begin(person));
          },
        };
        waiting.push(entry);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
};
