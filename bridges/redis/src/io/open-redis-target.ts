import { judgePut, type Batch, type Place, type Target } from '@phloem/bridge';
import { Fault } from '@phloem/protocol';
import { appendScript, toScriptArguments } from '../append-script.ts';
import { connectRedis, explain, type RedisAddress } from './connect-redis.ts';
import { parseStreamId, toRedisRecord, toStreamId } from '../to-redis-record.ts';

/** Where the log goes in Redis. */
export type RedisOptions = RedisAddress & {
  /** Before the names of the keys: `phloem:my_site`. */
  readonly prefix: string;
  /** Before the names of the channels; usually empty. */
  readonly channelPrefix: string;
  /** Roughly how many records the stream keeps. */
  readonly maxLength: number;
};

/**
 * Connects to Redis 5 or later: the log in the stream `<prefix>:log`, newest readings in the hash `<prefix>:values`, newest device
 * states in `<prefix>:devices`, and both on channels for anyone who listens.
 *
 * @throws Fault `bridge/unreachable`, or `bridge/refused` when the server does not accept the account.
 */
export const openRedisTarget = async (options: RedisOptions): Promise<Target> => {
  const { prefix, channelPrefix, maxLength } = options;
  const client = await connectRedis(options);
  const keys = [`${prefix}:log`, `${prefix}:values`, `${prefix}:devices`];
  const readEnd = async (): Promise<Place | null> => {
    const newest = (await explain(client.xRevRange(`${prefix}:log`, '+', '-', { COUNT: 1 })))?.[0];
    if (newest === undefined) return null;
    const place = parseStreamId(newest.id);
    const epoch = newest.message['epoch'];
    if (place === null || epoch === undefined) {
      throw new Fault('bridge/refused', `${prefix}:log ends with ${newest.id}, which no bridge wrote: choose another prefix`);
    }
    return { ...place, epoch };
  };
  /** Appends if the stream still ends where it is thought to. */
  const append = async ({ after, records }: Batch): Promise<boolean> => {
    const expected = after === null ? '' : toStreamId(after);
    const args = toScriptArguments(
      expected,
      maxLength,
      records.map((record) => toRedisRecord(record, channelPrefix)),
    );
    const found: unknown = await explain(client.sendCommand(['EVAL', appendScript, String(keys.length), ...keys, ...args]));
    return found === expected;
  };

  return {
    position: readEnd,
    put: async (batch) => {
      if (await append(batch)) return;
      const end = await readEnd();
      const missing = judgePut(end, batch);
      if (missing.length === 0) return;
      const isDone = await append({ after: end, records: missing });
      if (!isDone) throw new Fault('bridge/fenced', `another bridge writes to ${prefix}:log`);
    },
    close: async () => {
      if (client.isOpen) client.destroy();
    },
  };
};
