import { isFinished, type QueuedRequest, type RequestOutcome, type RequestQueue, type SignOfLife } from '@phloem/bridge';
import { Fault } from '@phloem/protocol';
import { olderId, toQueuedRequest, type StreamEntry } from '../to-queued-request.ts';
import { connectRedis, explain, type RedisAddress } from './connect-redis.ts';

/** Where a foreign program puts its requests. */
export type RedisRequestsOptions = RedisAddress & {
  /** Before the names of the keys: `phloem:my_site`. */
  readonly prefix: string;
  /** The name of this bridge, under which the server keeps what it has not acknowledged. */
  readonly consumer: string;
};

const group = 'phloem';
/** How long a read waits for an entry. */
const blockMs = 100;
const keptMs = 86_400_000;
const keptAnswers = 10_000;
const trimEveryMs = 60_000;

export const toRequestKeys = (prefix: string) => ({
  requests: `${prefix}:requests`,
  alive: `${prefix}:alive`,
  answers: `${prefix}:answers`,
  answer: (id: string): string => `${prefix}:answer:${id}`,
  refused: `${prefix}:refused`,
  open: `${prefix}:open`,
});

type Client = Awaited<ReturnType<typeof connectRedis>>;
type Keys = ReturnType<typeof toRequestKeys>;

/**
 * Connects to Redis 6.2 or later, and reads the stream `<prefix>:requests` as a consumer group. An entry is acknowledged in the transaction
 * that writes its first answer.
 *
 * @throws Fault `bridge/unreachable`, or `bridge/refused` when the server does not accept the account or lacks a key.
 */
export const openRedisRequests = async ({ prefix, consumer, ...address }: RedisRequestsOptions): Promise<RequestQueue> => {
  const client = await connectRedis(address);
  try {
    const queue = new RedisRequests(client, toRequestKeys(prefix), consumer);
    await queue.join();
    return queue;
  } catch (error) {
    client.destroy();
    throw error;
  }
};

class RedisRequests implements RequestQueue {
  readonly #client: Client;
  readonly #keys: Keys;
  readonly #consumer: string;
  /** Entries that were given to a consumer before, and not acknowledged. */
  #left: StreamEntry[] = [];
  readonly #raw = new Map<string, StreamEntry['message']>();
  #trimmedAt = Number.NEGATIVE_INFINITY;

  constructor(client: Client, keys: Keys, consumer: string) {
    this.#client = client;
    this.#keys = keys;
    this.#consumer = consumer;
  }

  /** Makes the group, and takes over what consumers before have left. */
  async join(): Promise<void> {
    const { requests } = this.#keys;
    const begin = `${(await this.#now()) - keptMs}-0`;
    await explain(
      this.#client.xGroupCreate(requests, group, begin, { MKSTREAM: true }).catch((error: unknown) => {
        if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
      }),
    );
    for (let from = '0-0'; ;) {
      const { nextId, messages } = await explain(this.#client.xAutoClaim(requests, group, this.#consumer, 0, from, { COUNT: 100 }));
      this.#left.push(...messages.filter((entry) => entry !== null));
      if (nextId === '0-0') return;
      from = nextId;
    }
  }

  async life(): Promise<SignOfLife> {
    return { text: await explain(this.#client.get(this.#keys.alive)), ageMs: 'unknown' };
  }

  async take(max: number): Promise<readonly QueuedRequest[]> {
    const entries = this.#left.length > 0 ? this.#left.splice(0, max) : await this.#read(max);
    if (entries.length === 0) {
      await this.#trim();
      return [];
    }
    // Asked after they were read: no entry looks younger than it is.
    const serverNow = await this.#now();
    for (const { id, message } of entries) this.#raw.set(id, message);
    return entries.map((entry) => toQueuedRequest(entry, serverNow));
  }

  async settle({ id }: QueuedRequest, outcome: RequestOutcome): Promise<void> {
    const { requests, refused, open } = this.#keys;
    const multi = this.#write(outcome);
    if (outcome.outcome === 'refused') {
      const request = JSON.stringify(this.#raw.get(id) ?? {});
      multi.xAdd(refused, '*', { id, code: outcome.code ?? '', message: outcome.message ?? '', request }, toTrim(keptAnswers));
    } else if (!isFinished(outcome.phase)) multi.sAdd(open, id);
    multi.xAck(requests, group, id);
    await explain(multi.exec());
    this.#raw.delete(id);
  }

  async update(outcome: RequestOutcome): Promise<void> {
    const multi = this.#write(outcome);
    if (isFinished(outcome.phase)) multi.sRem(this.#keys.open, outcome.id);
    await explain(multi.exec());
  }

  async unfinished(): Promise<readonly string[]> {
    return explain(this.#client.sMembers(this.#keys.open));
  }

  async announce({ isGranted, term }: { readonly isGranted: boolean; readonly term: number | null }): Promise<void> {
    const fields = { control: isGranted ? 'granted' : 'none', term: String(term ?? '') };
    await explain(this.#client.xAdd(this.#keys.answers, '*', fields, toTrim(keptAnswers)));
  }

  async close(): Promise<void> {
    if (this.#client.isOpen) this.#client.destroy();
  }

  #write(outcome: RequestOutcome) {
    const { answers, answer } = this.#keys;
    const { id, device, value, outcome: result, phase, code, message } = outcome;
    const fields = {
      id,
      device: device ?? '',
      value: JSON.stringify(value),
      outcome: result,
      phase,
      code: code ?? '',
      message: message ?? '',
    };
    return this.#client
      .multi()
      .xAdd(answers, '*', fields, toTrim(keptAnswers))
      .set(answer(id), JSON.stringify(outcome), { expiration: { type: 'PX', value: keptMs } });
  }

  async #read(max: number): Promise<readonly StreamEntry[]> {
    const streams = [{ key: this.#keys.requests, id: '>' }];
    const found = await explain(this.#client.xReadGroup(group, this.#consumer, streams, { COUNT: max, BLOCK: blockMs }));
    return (found as readonly { readonly messages: readonly StreamEntry[] }[] | null)?.[0]?.messages ?? [];
  }

  async #now(): Promise<number> {
    const reply: unknown = await explain(this.#client.sendCommand(['TIME']));
    const [seconds, micros] = Array.isArray(reply) ? reply.map(Number) : [];
    if (seconds === undefined || micros === undefined) throw new Fault('bridge/refused', 'Redis: the server does not say what time it is');
    return seconds * 1000 + Math.floor(micros / 1000);
  }

  /** Removes entries that are a day old, and that every group of the stream has acknowledged. */
  async #trim(): Promise<void> {
    if (performance.now() - this.#trimmedAt < trimEveryMs) return;
    this.#trimmedAt = performance.now();
    const { requests } = this.#keys;
    let until = `${(await this.#now()) - keptMs}-0`;
    for (const { name, 'last-delivered-id': delivered, pending } of await explain(this.#client.xInfoGroups(requests))) {
      until = olderId(until, delivered);
      if (pending === 0) continue;
      const { firstId } = await explain(this.#client.xPending(requests, name));
      if (firstId !== null) until = olderId(until, firstId);
    }
    await explain(this.#client.sendCommand(['XTRIM', requests, 'MINID', '~', until]));
  }
}

const toTrim = (threshold: number) => ({ TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold } }) as const;
