import { DiscardPolicy, jetstreamManager, JetStreamApiError, type StreamConfig } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { addressOf } from './addresses.ts';

/** A record as a reader of the stream finds it. */
export type NatsFound = {
  readonly record: string;
  readonly ordinal: number;
  readonly lsn: number;
  readonly prev: number;
  readonly entry?: unknown;
};

const hostOf = (url: string): string => new URL(url).host;

/** A reader of a stream that has nothing to do with the bridge. The stream goes with it, unless it only reads. */
export const openNatsStranger = async (stream: string, prefix: string, url = addressOf('nats'), onlyReads = false) => {
  const connection = await connect({ servers: hostOf(url), reconnect: false, timeout: 4000 });
  const manager = await jetstreamManager(connection, { timeout: 4000 });
  const readAll = async (): Promise<readonly { readonly subject: string; readonly text: string }[]> => {
    const { messages } = (await manager.streams.info(stream)).state;
    if (messages === 0) return [];
    const consumer = await manager.jetstream().consumers.get(stream);
    const found: { readonly subject: string; readonly text: string }[] = [];
    for await (const message of await consumer.fetch({ max_messages: messages, expires: 4000 })) {
      found.push({ subject: message.subject, text: message.string() });
    }
    return found;
  };
  const records = async (): Promise<readonly NatsFound[]> => (await readAll()).map(({ text }) => JSON.parse(text) as NatsFound);
  const remove = async (): Promise<void> => {
    await manager.streams.delete(stream).catch((error: unknown) => {
      if (!(error instanceof JetStreamApiError && error.code === 10_059)) throw error;
    });
  };
  return {
    connection,
    manager,
    records,
    places: async (): Promise<readonly string[]> => (await records()).map(({ ordinal, lsn }) => `${ordinal}-${lsn}`),
    remove,
    make: (more: Partial<StreamConfig> = {}) =>
      manager.streams.add({ name: stream, subjects: [`${prefix}.log.>`], discard: DiscardPolicy.Old, ...more }),
    /** A server that comes back with an older state: its sequence is older too, which deleting messages would not give it. */
    restore: async (count: number): Promise<void> => {
      const kept = (await readAll()).slice(0, count);
      const { config } = await manager.streams.info(stream);
      await remove();
      await manager.streams.add(config);
      for (const { subject, text } of kept) await manager.jetstream().publish(subject, text);
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      if (!onlyReads) await remove();
      await connection.close();
    },
  };
};
