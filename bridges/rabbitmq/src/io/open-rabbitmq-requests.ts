import { isFinished, type QueuedRequest, type RequestOutcome, type RequestQueue, type SignOfLife } from '@phloem/bridge';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { toRequestNames, type RequestNames } from '../request-names.ts';
import { toQueuedRequest } from '../to-queued-request.ts';
import { connectRabbitmq, createPublisher, type RabbitmqAddress, type RabbitmqConnection } from './connect-rabbitmq.ts';

/** The signs of life that were received so far, and when the newest was. All connections of a bridge share it. */
export type Beats = { count: number; at: number };

/** Where a foreign program puts its requests. */
export type RabbitmqRequestsOptions = RabbitmqAddress & {
  /** Before the names of the queues and exchanges: `phloem.my_site`. */
  readonly prefix: string;
  readonly beats: Beats;
};

/** How long a sign of life may wait: what a process finds that stood still is not new. */
const beatMs = 1000;
const waitMs = 100;
const maxTaken = 64;
/** Accepted requests that stay in the queue until they are finished, and for how long. The server ends a channel that keeps one for 30 min. */
const maxHeld = 200;
const heldMs = 600_000;
const keptAnswers = 10_000;

/**
 * Connects to RabbitMQ 3.10 or later, and reads the quorum queue `<prefix>.requests`. A request is acknowledged when the server has the
 * outcome that finishes it, and dead-lettered when it was refused.
 *
 * @throws Fault `bridge/unreachable`, or `bridge/refused` when the server refuses the account, a queue or an exchange.
 */
export const openRabbitmqRequests = async ({ prefix, beats, ...address }: RabbitmqRequestsOptions): Promise<RequestQueue> => {
  const connection = await connectRabbitmq(address);
  const names = toRequestNames(prefix);
  try {
    await connection.ask(() => declare(connection.channel, names));
    const beatQueue = await connection.ask(() => declareBeats(connection.channel, names));
    return new RabbitmqRequests(connection, names, beatQueue, beats);
  } catch (error) {
    connection.close(`the connection to ${names.requests} was closed`);
    throw error;
  }
};

const declare = async (channel: ConfirmChannel, { requests, alive, answers, refused }: RequestNames): Promise<void> => {
  for (const name of [answers, refused]) {
    await channel.assertExchange(name, 'fanout', { durable: true });
    await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-max-length': keptAnswers } });
    await channel.bindQueue(name, name, '');
  }
  await channel.assertExchange(alive, 'fanout', { durable: true });
  await declareRequests(channel, { requests, refused });
};

const declareRequests = (channel: ConfirmChannel, { requests, refused }: Pick<RequestNames, 'requests' | 'refused'>) =>
  channel.assertQueue(requests, {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      // In the order of the queue, also where a connection before is not known to have ended.
      'x-single-active-consumer': true,
      'x-dead-letter-exchange': refused,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    },
  });

/** Signs of life that nobody heard are no signs of life, so their queue ends with the connection. */
const declareBeats = async (channel: ConfirmChannel, { alive }: RequestNames): Promise<string> => {
  const { queue } = await channel.assertQueue(`${alive}.${crypto.randomUUID()}`, {
    exclusive: true,
    durable: false,
    autoDelete: true,
    arguments: { 'x-max-length': 1, 'x-message-ttl': beatMs },
  });
  await channel.bindQueue(queue, alive, '');
  return queue;
};

type Held = { readonly delivery: ConsumeMessage; readonly id: string; readonly since: number };

class RabbitmqRequests implements RequestQueue {
  readonly #connection: RabbitmqConnection;
  readonly #names: RequestNames;
  readonly #beatQueue: string;
  readonly #beats: Beats;
  readonly #publish: ReturnType<typeof createPublisher>;
  /** A queue that was deleted cancels its consumer; the channel stays open. */
  #isConsuming = false;
  #arrived: ConsumeMessage[] = [];
  #wake: () => void = () => undefined;
  /** The newest time at which no message waited in the queue. */
  #emptyAt = Number.NEGATIVE_INFINITY;
  /** By delivery: an id may come twice, and a tag means something on its channel only. */
  readonly #inHand = new Map<QueuedRequest, ConsumeMessage>();
  #held: readonly Held[] = [];

  constructor(connection: RabbitmqConnection, names: RequestNames, beatQueue: string, beats: Beats) {
    this.#connection = connection;
    this.#names = names;
    this.#beatQueue = beatQueue;
    this.#beats = beats;
    this.#publish = createPublisher(connection.channel, names.answers, {
      toReturned: () => `no queue took an answer; the bridge binds ${names.answers} again`,
      toRejected: () => `a queue bound to ${names.answers} did not take an answer; see whether one of them is full`,
    });
  }

  async life(): Promise<SignOfLife> {
    await this.#letGo(this.#held.filter(({ since }) => performance.now() - since > heldMs));
    const beat = await this.#connection.ask(() => this.#connection.channel.get(this.#beatQueue, { noAck: true }));
    const beats = this.#beats;
    if (beat !== false) {
      beats.count += 1;
      beats.at = performance.now();
    }
    return beats.count === 0 ? { text: null, ageMs: null } : { text: String(beats.count), ageMs: performance.now() - beats.at };
  }

  async take(max: number): Promise<readonly QueuedRequest[]> {
    // Whatever else has arrived: nothing more would come.
    if (!this.#isConsuming) await this.#consume();
    if (this.#arrived.length === 0) await this.#lookWhetherEmpty();
    if (this.#arrived.length === 0) await this.#connection.ask(() => this.#untilArrival());
    const maxQueuedMs = performance.now() - this.#emptyAt;
    return this.#arrived.splice(0, max).map((delivery) => {
      const { content, properties, fields } = delivery;
      const { messageId, timestamp, headers } = properties as { messageId: unknown; timestamp: unknown; headers?: Record<string, unknown> };
      const message = {
        text: content.toString(),
        messageId,
        timestamp,
        timestampMs: headers?.['timestamp_in_ms'],
        isRedelivered: fields.redelivered,
      };
      const request = toQueuedRequest(message, Date.now(), maxQueuedMs);
      this.#inHand.set(request, delivery);
      return request;
    });
  }

  async settle(request: QueuedRequest, outcome: RequestOutcome): Promise<void> {
    await this.#answer(outcome);
    const delivery = this.#inHand.get(request);
    if (delivery === undefined) return;
    this.#inHand.delete(request);
    const { channel, ask } = this.#connection;
    if (outcome.outcome === 'refused') await ask(() => channel.nack(delivery, false, false));
    else if (isFinished(outcome.phase)) await ask(() => channel.ack(delivery));
    else {
      this.#held = [...this.#held, { delivery, id: outcome.id, since: performance.now() }];
      await this.#letGo(this.#held.slice(0, Math.max(0, this.#held.length - maxHeld)));
    }
  }

  async update(outcome: RequestOutcome): Promise<void> {
    await this.#answer(outcome);
    if (isFinished(outcome.phase)) await this.#letGo(this.#held.filter(({ id }) => id === outcome.id));
  }

  /** They are still in the queue, and come again. */
  async unfinished(): Promise<readonly string[]> {
    return [];
  }

  async announce({ isGranted, term }: { readonly isGranted: boolean; readonly term: number | null }): Promise<void> {
    const body = JSON.stringify({ control: isGranted ? 'granted' : 'none', term });
    await this.#connection.ask(() => this.#publish({ id: crypto.randomUUID(), key: '', type: 'phloem.control', body }));
  }

  async close(): Promise<void> {
    this.#connection.close(`the connection to ${this.#names.requests} was closed`);
  }

  async #answer(outcome: RequestOutcome): Promise<void> {
    const message = { id: crypto.randomUUID(), key: '', type: 'phloem.outcome', body: JSON.stringify(outcome) };
    await this.#connection.ask(() => this.#publish(message, { correlationId: outcome.id }));
  }

  async #consume(): Promise<void> {
    const { channel, ask } = this.#connection;
    await ask(() => declare(channel, this.#names));
    this.#isConsuming = true;
    // Of this consumer, not of the channel.
    await ask(() => channel.prefetch(maxTaken + maxHeld, false));
    const take = (delivery: ConsumeMessage | null): void => {
      if (delivery === null) this.#isConsuming = false;
      else this.#arrived.push(delivery);
      this.#wake();
    };
    await ask(() => channel.consume(this.#names.requests, take));
  }

  /** Messages that come after this was seen were not in the queue before. */
  async #lookWhetherEmpty(): Promise<void> {
    const { channel, ask } = this.#connection;
    const askedAt = performance.now();
    // A passive declaration would end the channel where the queue has just been deleted.
    const { messageCount } = await ask(() => declareRequests(channel, this.#names));
    if (messageCount === 0 && this.#arrived.length === 0) this.#emptyAt = askedAt;
  }

  async #untilArrival(): Promise<void> {
    await new Promise<void>((resolve) => {
      const limit = setTimeout(resolve, waitMs);
      this.#wake = () => {
        clearTimeout(limit);
        resolve();
      };
    });
  }

  async #letGo(finished: readonly Held[]): Promise<void> {
    const { channel, ask } = this.#connection;
    for (const { delivery } of finished) await ask(() => channel.ack(delivery));
    this.#held = this.#held.filter((held) => !finished.includes(held));
  }
}
