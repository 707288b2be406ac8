import type { BridgeRecord, Target } from '@phloem/bridge';
import { Fault, isFault } from '@phloem/protocol';
import { connect, credentials, type ConfirmChannel, type Options } from 'amqplib';
import { toAmqpMessage } from '../to-amqp-message.ts';

/** Where the log goes in RabbitMQ. */
export type RabbitmqOptions = {
  /** `amqp://user@127.0.0.1:5672/vhost`, or `amqps://` for TLS. */
  readonly url: string;
  readonly password?: string;
  /** The name of the exchange: `phloem`. */
  readonly prefix: string;
  /** The first word of every routing key. The stream is `<prefix>.<site>.log`. */
  readonly site: string;
  /** Roughly how much the stream keeps. */
  readonly keepBytes: number;
};

const maxSegmentBytes = 500_000_000;

/**
 * Connects to RabbitMQ 3.9 or later, declares a durable topic exchange and a stream queue bound to it, and publishes each record to the
 * exchange. It cannot say what the server has: each record comes at least once and in order, always with the same `messageId`.
 *
 * @throws Fault `bridge/unreachable`, or `bridge/refused` when the server refuses the account, the exchange or the stream.
 */
export const openRabbitmqTarget = async (options: RabbitmqOptions): Promise<Target> => {
  const { prefix, site } = options;
  const ending = new AbortController();
  const { promise: gone, reject: fail } = Promise.withResolvers<never>();
  // It may end while nothing is under way.
  gone.catch(() => undefined);
  try {
    const channel = await openChannel(options, ending.signal, (error) => fail(toFault(error)));
    // A channel that the server closes gives its reason here; what is under way only learns that it has ended.
    await Promise.race([gone, declare(channel, options)]);
    const publish = createPublisher(channel, options);
    return {
      position: async () => 'unknown',
      put: async ({ records }) => {
        await Promise.race([gone, Promise.all(records.map((record) => publish(record)))]).catch((error: unknown) => {
          throw toFault(error);
        });
      },
      close: async () => {
        fail(new Fault('bridge/unreachable', `the connection to ${prefix}.${site}.log was closed`));
        ending.abort();
      },
    };
  } catch (error) {
    ending.abort();
    throw toFault(error);
  }
};

/** A new client for each attempt: the library's own recovery is off unless asked for. */
const openChannel = async (
  { url, password }: RabbitmqOptions,
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

/** An exchange drops what no queue takes, and confirms it nevertheless; so the bridge brings a queue of its own. */
const declare = async (channel: ConfirmChannel, { prefix, site, keepBytes }: RabbitmqOptions): Promise<void> => {
  const stream = `${prefix}.${site}.log`;
  await channel.assertExchange(prefix, 'topic', { durable: true });
  await channel.assertQueue(stream, {
    durable: true,
    arguments: {
      'x-queue-type': 'stream',
      'x-max-length-bytes': keepBytes,
      'x-stream-max-segment-size-bytes': Math.min(maxSegmentBytes, Math.ceil(keepBytes / 4)),
    },
  });
  await channel.bindQueue(stream, prefix, `${site}.#`);
};

/** Publishes a record; resolved once the server has confirmed it and no less than one queue has it. */
const createPublisher = (channel: ConfirmChannel, { prefix, site }: RabbitmqOptions) => {
  const returned = new Set<unknown>();
  channel.on('return', ({ properties }: { readonly properties: Options.Publish }) => returned.add(properties.messageId));
  return (record: BridgeRecord): Promise<void> =>
    new Promise((resolve, reject) => {
      const { id, key, type, body } = toAmqpMessage(record, site);
      const options: Options.Publish = { mandatory: true, persistent: true, messageId: id, type, contentType: 'application/json' };
      channel.publish(prefix, key, Buffer.from(body), options, (error: unknown) => {
        // The return of a message comes before its confirm.
        if (returned.delete(id)) {
          reject(new Fault('bridge/refused', `RabbitMQ: no queue took ${key}; the bridge binds ${prefix}.${site}.log again`));
        } else if (error instanceof Error && error.message === 'message nacked') {
          reject(new Fault('bridge/refused', `RabbitMQ: a queue bound to ${prefix} did not take ${key}; see whether one of them is full`));
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
