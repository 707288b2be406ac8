import { connect, type ChannelModel, type ConsumeMessage } from 'amqplib';
import { toFoundMessage, type FoundMessage } from './rabbitmq-stranger.ts';

/** A reader of a stream who comes back after each end of its server, at the offset behind the newest message that it has. */
export type Follower = AsyncDisposable & {
  /** Everything so far. Connects again first where that is needed; rejects while the server is away. */
  read(): Promise<readonly FoundMessage[]>;
};

/** Follows a stream of RabbitMQ from its beginning. */
export const openFollower = (url: string, stream: string): Follower => {
  const all: FoundMessage[] = [];
  let model: ChannelModel | null = null;
  const follow = async (): Promise<void> => {
    const opened = await connect(url, { timeout: 5000 });
    // Only its end matters, and `close` reports that too.
    opened.on('error', () => undefined);
    opened.on('close', () => {
      if (model === opened) model = null;
    });
    const channel = await opened.createChannel();
    channel.on('error', () => undefined);
    await channel.prefetch(100);
    const take = (message: ConsumeMessage | null): void => {
      if (message === null) return;
      all.push(toFoundMessage(message));
      channel.ack(message);
    };
    try {
      const next = (all.at(-1)?.offset ?? -1) + 1;
      await channel.consume(stream, take, { arguments: { 'x-stream-offset': next } });
      model = opened;
    } catch (error) {
      await opened.close().catch(() => undefined);
      throw error;
    }
  };
  return {
    read: async () => {
      if (model === null) await follow();
      return all;
    },
    [Symbol.asyncDispose]: async () => {
      await model?.close();
    },
  };
};
