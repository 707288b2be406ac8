import type { Target } from '@phloem/bridge';
import type { ConfirmChannel } from 'amqplib';
import { toAmqpMessage } from '../to-amqp-message.ts';
import { connectRabbitmq, createPublisher, type RabbitmqAddress } from './connect-rabbitmq.ts';

/** Where the log goes in RabbitMQ. */
export type RabbitmqOptions = RabbitmqAddress & {
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
  const stream = `${prefix}.${site}.log`;
  const { channel, ask, close } = await connectRabbitmq(options);
  try {
    await ask(() => declare(channel, stream, options));
  } catch (error) {
    close(`the connection to ${stream} was closed`);
    throw error;
  }
  const publish = createPublisher(channel, prefix, {
    toReturned: (key) => `no queue took ${key}; the bridge binds ${stream} again`,
    toRejected: (key) => `a queue bound to ${prefix} did not take ${key}; see whether one of them is full`,
  });
  return {
    position: async () => 'unknown',
    put: async ({ records }) => {
      await ask(() => Promise.all(records.map((record) => publish(toAmqpMessage(record, site)))));
    },
    close: async () => close(`the connection to ${stream} was closed`),
  };
};

/** An exchange drops what no queue takes, and confirms it nevertheless; so the bridge brings a queue of its own. */
const declare = async (channel: ConfirmChannel, stream: string, { prefix, site, keepBytes }: RabbitmqOptions): Promise<void> => {
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
