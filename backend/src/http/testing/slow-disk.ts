import type { HubStore } from '../../store/hub-store.ts';

/** A store whose disk can be made to wait until a number of requests have written: what they are answered comes after all of it. */
export const createSlowDisk = (store: HubStore) => {
  let awaited = 1;
  let waiting: (() => void)[] = [];
  return {
    store: {
      log: store.log,
      sync: async () => {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length < awaited) return;
          for (const go of waiting) go();
          waiting = [];
          awaited = 1;
        });
        return store.sync();
      },
    },
    /** The next syncs wait for one another. */
    waitFor: (requests: number): void => void (awaited = requests),
  };
};
