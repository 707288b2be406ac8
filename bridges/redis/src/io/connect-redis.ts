import { Fault, isFault } from '@phloem/protocol';
import { createClient, ErrorReply } from '@redis/client';

/** How to reach a server. */
export type RedisAddress = {
  /** `redis://127.0.0.1:6379/0`, or `rediss://` for TLS. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
};

/** @throws Fault `bridge/unreachable`, or `bridge/refused` when the server does not accept the account. */
export const connectRedis = async ({ url, username, password }: RedisAddress) => {
  const client = createClient({
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    // The bridge makes a new client for every attempt: nothing may be kept for later, nothing sent again.
    disableOfflineQueue: true,
    socket: { reconnectStrategy: false, connectTimeout: 4000 },
    maintNotifications: 'disabled',
  });
  // What is under way rejects with the same error; without a listener it would end the process.
  client.on('error', () => undefined);
  await explain(client.connect());
  return client;
};

/** What a failure of the client means to the bridge. A server that is loading its data is not there yet. */
export const explain = async <T>(asked: Promise<T>): Promise<T> => {
  try {
    return await asked;
  } catch (error) {
    if (isFault(error) || !(error instanceof Error)) throw error;
    const isRefused = error instanceof ErrorReply && !error.message.startsWith('LOADING');
    throw new Fault(isRefused ? 'bridge/refused' : 'bridge/unreachable', `Redis: ${error.message}`, { cause: error });
  }
};
