import { isFault } from '@phloem/protocol';
import type { HubClient } from '@phloem/backend/client';

export type Patience = {
  /** Waits between two attempts, in ms; after the last one it gives up. */
  readonly pausesMs: readonly number[];
  readonly pause: (ms: number) => Promise<unknown>;
};

/** Three minutes in all: a hub that is killed is back within seconds, on a busy machine within a minute. */
export const usualPausesMs: readonly number[] = [100, 200, 500, 1000, 2000, ...Array.from({ length: 35 }, () => 5000)];

/**
 * Asks a hub that may be starting again, or too busy to answer in time. Only for requests that may be repeated: what was
 * asked may have been done although no answer came.
 *
 * @throws Fault of the last attempt; at once when it is not to be repeated.
 */
export const askPatiently = async <T>(ask: () => Promise<T>, { pausesMs, pause }: Patience): Promise<T> => {
  for (const ms of pausesMs) {
    try {
      return await ask();
    } catch (error) {
      if (!isFault(error) || !error.isRetryable) throw error;
      await pause(ms);
    }
  }
  return ask();
};

/** A client whose requests are repeated while the hub cannot answer. */
export const createPatientClient = (client: Pick<HubClient, 'get' | 'post'>, patience: Patience): Pick<HubClient, 'get' | 'post'> => ({
  get: (path) => askPatiently(() => client.get(path), patience),
  post: (path, body) => askPatiently(() => client.post(path, body), patience),
});
