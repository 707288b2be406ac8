import { connect, type Channel, type ConsumeMessage } from 'amqplib';
import { until } from '../../support/until.ts';

/** A message as a foreign reader finds it. */
export type FoundMessage = {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly isPersistent: boolean;
  readonly offset: number;
  readonly body: { readonly [key: string]: unknown };
};

/** A delivery as `FoundMessage`. */
export const toFoundMessage = ({ content, fields, properties }: ConsumeMessage): FoundMessage => ({
  id: String(properties.messageId),
  key: fields.routingKey,
  type: String(properties.type),
  isPersistent: properties.deliveryMode === 2,
  offset: Number(properties.headers?.['x-stream-offset']),
  body: JSON.parse(content.toString()) as FoundMessage['body'],
});

/** Somebody else at RabbitMQ, who reads the stream of a bridge and gets in its way; removes everything at the end. */
export const openStranger = async (url: string, prefix: string, site: string) => {
  const stream = `${prefix}.${site}.log`;
  const model = await connect(url.replace('guest@', ''));
  const channel = await model.createChannel();
  const spare = `${prefix}.full`;
  /** Reads with a channel of its own, which an unknown stream closes. */
  const consume = async (offset: number, take: (message: FoundMessage) => void): Promise<Channel> => {
    const reading = await model.createChannel();
    reading.on('error', () => undefined);
    await reading.prefetch(100);
    const handle = (message: ConsumeMessage | null): void => {
      if (message === null) return;
      take(toFoundMessage(message));
      reading.ack(message);
    };
    await reading.consume(stream, handle, { arguments: { 'x-stream-offset': offset } });
    return reading;
  };
  return {
    /** Gives every message of the stream, those to come included; rejects where there is no stream. */
    follow: (take: (message: FoundMessage) => void): Promise<Channel> => consume(0, take),
    /** The messages from an offset on, once there are so many. */
    read: async (count: number, offset = 0): Promise<readonly FoundMessage[]> => {
      const found: FoundMessage[] = [];
      const reading = await consume(offset, (message) => found.push(message));
      await until(
        `${count} messages`,
        () => found,
        ({ length }) => length >= count,
      );
      await reading.close();
      return found;
    },
    /** How many messages the stream holds; rejects where there is none. */
    count: async (): Promise<number> => (await channel.checkQueue(stream)).messageCount,
    unbind: async (): Promise<void> => {
      await channel.unbindQueue(stream, prefix, `${site}.#`);
    },
    bindFullQueue: async (): Promise<void> => {
      await channel.assertQueue(spare, { durable: true, arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } });
      await channel.bindQueue(spare, prefix, '#');
    },
    deleteFullQueue: async (): Promise<void> => {
      await channel.deleteQueue(spare);
    },
    /** Binds a queue that ends with this connection, and says how many messages it holds. */
    bindOwnQueue: async (pattern: string): Promise<() => Promise<number>> => {
      const { queue } = await channel.assertQueue('', { exclusive: true });
      await channel.bindQueue(queue, prefix, pattern);
      return async () => (await channel.checkQueue(queue)).messageCount;
    },
    takeExchange: async (): Promise<void> => {
      await channel.assertExchange(prefix, 'fanout', { durable: true });
    },
    takeQueue: async (): Promise<void> => {
      await channel.assertQueue(stream, { durable: true });
    },
    deleteExchange: async (): Promise<void> => {
      await channel.deleteExchange(prefix);
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await channel.deleteQueue(stream);
      await channel.deleteQueue(spare);
      await channel.deleteExchange(prefix);
      await model.close();
    },
  };
};
