import { toRequestNames } from '@phloem/bridge-rabbitmq';
import { connect, type ConsumeMessage, type Options } from 'amqplib';
import { addressOf, uniqueName } from './addresses.ts';

/** An outcome, or a change of control, as the program receives it. */
export type Answer = { readonly id?: string; readonly phase?: string; readonly code?: string | null; readonly control?: string };

/** A foreign automation that publishes requests to a queue of its own, and shows that it runs; removes everything at the end. */
export const openRabbitmqAutomation = async (prefix = uniqueName()) => {
  const names = toRequestNames(prefix);
  const model = await connect(addressOf('rabbitmq').replace('guest@', ''));
  const channel = await model.createConfirmChannel();
  const answers: Answer[] = [];
  await channel.assertExchange(names.alive, 'fanout', { durable: true });
  await channel.assertExchange(names.answers, 'fanout', { durable: true });
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, names.answers, '');
  const hear = (message: ConsumeMessage | null): void => {
    if (message !== null) answers.push(JSON.parse(message.content.toString()) as Answer);
  };
  await channel.consume(queue, hear, { noAck: true });
  let isAlive = true;
  const beat = (): void => void channel.publish(names.alive, '', Buffer.from('alive'));
  const beating = setInterval(() => {
    if (isAlive) beat();
  }, 200);
  let count = 0;
  return {
    prefix,
    names,
    channel,
    answers,
    beat,
    /** Publishes a request, and returns its id once the server has it. */
    ask: async (body: unknown, properties: Options.Publish = { timestamp: Date.now() }): Promise<string> => {
      count += 1;
      const { messageId = `request-${count}` } = properties;
      const options = { persistent: true, messageId, ...properties };
      channel.sendToQueue(names.requests, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), options);
      await channel.waitForConfirms();
      return messageId;
    },
    answersTo: (id: string): readonly Answer[] => answers.filter((answer) => answer.id === id),
    /** The ids of the requests that were dead-lettered; takes them away. */
    refused: async (): Promise<readonly string[]> => {
      const found: string[] = [];
      for (;;) {
        const message = await channel.get(names.refused, { noAck: true });
        if (message === false) return found;
        found.push(String(message.properties.messageId));
      }
    },
    count: async (name: string): Promise<number> => (await channel.checkQueue(name)).messageCount,
    die: (): void => {
      isAlive = false;
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      clearInterval(beating);
      for (const name of [names.requests, names.answers, names.refused]) await channel.deleteQueue(name);
      for (const name of [names.alive, names.answers, names.refused]) await channel.deleteExchange(name);
      await model.close();
    },
  };
};

export type RabbitmqAutomation = Awaited<ReturnType<typeof openRabbitmqAutomation>>;
