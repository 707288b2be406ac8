import { Fault, isFault } from '@phloem/protocol';
import { connect, credentials, type ConfirmChannel, type Options } from 'amqplib';

/** How to reach a server. */
export type RabbitmqAddress = {
  /** `amqp://user@127.0.0.1:5672/vhost`, or `amqps://` for TLS. */
  readonly url: string;
  readonly password?: string;
};

/** A channel with a connection of its own. */
export type RabbitmqConnection = {
  readonly channel: ConfirmChannel;
  /** Calls the channel; one that has ended answers nothing, or throws, and the reason why it ended takes the place of that. */
  readonly ask: <T>(call: () => T | Promise<T>) => Promise<T>;
  /** Ends the socket at once: a farewell would wait for the server. */
  readonly close: (why: string) => void;
};

/**
 * Connects, and opens a channel. A new client for each attempt: the library's own recovery is off unless asked for.
 *
 * @throws Fault `bridge/unreachable`, or `bridge/refused` when the server refuses the account.
 */
export const connectRabbitmq = async (address: RabbitmqAddress): Promise<RabbitmqConnection> => {
  const ending = new AbortController();
  const { promise: gone, reject } = Promise.withResolvers<never>();
  // It may end while nothing is under way.
  gone.catch(() => undefined);
  const fail = (error: unknown): void => reject(toFault(error));
  try {
    const channel = await openChannel(address, ending.signal, fail);
    return {
      channel,
      // A channel that the server closes gives its reason here; what is under way only learns that it has ended.
      ask: async (call) => {
        try {
          return await Promise.race([gone, call()]);
        } catch (error) {
          throw toFault(error);
        }
      },
      close: (why) => {
        fail(new Fault('bridge/unreachable', why));
        ending.abort();
      },
    };
  } catch (error) {
    ending.abort();
    throw toFault(error);
  }
};

const openChannel = async (
  { url, password }: RabbitmqAddress,
  signal: AbortSignal,
  fail: (error: unknown) => void,
): Promise<ConfirmChannel> => {
  const address = new URL(url);
  const user = address.username === '' ? 'guest' : decodeURIComponent(address.username);
  address.username = '';
  address.searchParams.set('heartbeat', '5');
  // The signal ends the socket at once, as Node's sockets know it; a farewell of the library would wait for the server.
  const socket = { timeout: 4000, noDelay: true, credentials: credentials.plain(user, password ?? 'guest'), signal };
  const model = await connect(address.href, socket);
  const ended = (): void => fail(new Fault('bridge/unreachable', 'RabbitMQ: the connection has ended'));
  model.on('error', fail).on('close', ended);
  const channel = await model.createConfirmChannel();
  channel.on('error', fail).on('close', ended);
  return channel;
};

/** A message for an exchange. */
export type OutgoingMessage = { readonly id: string; readonly key: string; readonly type: string; readonly body: string };

/** What to say where a message did not arrive. */
export type PublishProblems = { readonly toReturned: (key: string) => string; readonly toRejected: (key: string) => string };

/** Publishes messages to an exchange; each is resolved once the server has confirmed it and no less than one queue has it. */
export const createPublisher = (channel: ConfirmChannel, exchange: string, { toReturned, toRejected }: PublishProblems) => {
  const returned = new Set<unknown>();
  channel.on('return', ({ properties }: { readonly properties: Options.Publish }) => returned.add(properties.messageId));
  return ({ id, key, type, body }: OutgoingMessage, more: Options.Publish = {}): Promise<void> =>
    new Promise((resolve, reject) => {
      const options = { ...more, mandatory: true, persistent: true, messageId: id, type, contentType: 'application/json' };
      channel.publish(exchange, key, Buffer.from(body), options, (error: unknown) => {
        // The return of a message comes before its confirm.
        if (returned.delete(id)) reject(new Fault('bridge/refused', `RabbitMQ: ${toReturned(key)}`));
        else if (error instanceof Error && error.message === 'message nacked') {
          reject(new Fault('bridge/refused', `RabbitMQ: ${toRejected(key)}`));
        } else if (error === null || error === undefined) resolve();
        // Otherwise the channel has ended, and gives the reason itself.
      });
    });
};

/** Replies of the server that the same request would get again, and what to do about each. */
const refusals: readonly (readonly [code: number, name: string, advice: string])[] = [
  [403, 'ACCESS-REFUSED', 'see whether the user, its password and its rights to configure, write and read are right'],
  [404, 'NOT-FOUND', 'it was deleted, and the bridge declares it again'],
  [406, 'PRECONDITION-FAILED', 'delete it at RabbitMQ, or choose another prefix or site'],
  [530, 'NOT-ALLOWED', 'see whether the virtual host exists and the user may use it'],
];

/** What a failure of the client means to the bridge. */
const toFault = (error: unknown): unknown => {
  if (isFault(error) || !(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  const refusal = refusals.find(([number, name]) => code === number || error.message.includes(`(${name})`));
  const message = `RabbitMQ: ${error.message || String(code)}`;
  if (refusal === undefined) return new Fault('bridge/unreachable', message, { cause: error });
  return new Fault('bridge/refused', `${message}; ${refusal[2]}`, { cause: error });
};
