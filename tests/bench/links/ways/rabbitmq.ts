import { connect, type Channel, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import { decide, parseFrame, parseState, untilDone, type Frame, type Way } from '../way.ts';

type Queue = 'sensor.data' | 'device.state';
const queues: readonly Queue[] = ['sensor.data', 'device.state'];
const toName = (queue: Queue, isDurable: boolean): string => `${isDurable ? 'durable' : 'transient'}.${queue}`;

/** A connection that is opened again with all that belongs to it. The library resends nothing by itself. */
const open = async (url: string, isDurable: boolean, take: (text: string) => Promise<unknown> | void, from: Queue) => {
  let channel: Channel | ConfirmChannel | null = null;
  const dial = async (): Promise<void> => {
    const model = await connect(url, { noDelay: true });
    model.on('error', () => undefined);
    const opened = isDurable ? await model.createConfirmChannel() : await model.createChannel();
    opened.on('error', () => undefined);
    for (const queue of queues) {
      // A durable queue keeps persistent messages on disk; the other one ends with the server.
      await opened.assertQueue(toName(queue, isDurable), { durable: isDurable });
    }
    await opened.prefetch(64);
    const handle = async (message: ConsumeMessage): Promise<void> => {
      await take(message.content.toString());
      if (isDurable && channel === opened) opened.ack(message);
    };
    await opened.consume(toName(from, isDurable), (message) => void (message === null ? undefined : handle(message)), {
      noAck: !isDurable,
    });
    model.once('close', () => {
      channel = null;
      void untilDone(dial);
    });
    channel = opened;
  };
  await untilDone(dial);
  /** Durable: until the broker has confirmed it. Transient: if there is a connection. */
  return async (queue: Queue, message: object): Promise<void> => {
    const content = Buffer.from(JSON.stringify(message));
    if (!isDurable) return void channel?.sendToQueue(toName(queue, isDurable), content);
    await untilDone(async () => {
      const present = channel as ConfirmChannel | null;
      if (present === null) throw new Error('no connection');
      await new Promise<void>((resolve, reject) => {
        present.once('close', reject);
        present.sendToQueue(toName(queue, isDurable), content, { persistent: true }, (error: unknown) => {
          present.off('close', reject);
          if (error === null || error === undefined) resolve();
          else reject(new Error('not confirmed'));
        });
      });
    });
  };
};

export const createRabbitmqWay = (isDurable: boolean): Way => ({
  backend: async ({ url }, write) => {
    const send = await open(url, isDurable, (text) => write(parseState(text)), 'device.state');
    return (frame: Frame) => send('sensor.data', frame);
  },
  automation: async ({ url }) => {
    // The first message can come before `open` has returned.
    let send: Awaited<ReturnType<typeof open>> | null = null;
    const take = async (text: string): Promise<void> =>
      untilDone(async () => (send === null ? Promise.reject(new Error('not yet')) : send('device.state', decide(parseFrame(text)))), 5);
    send = await open(url, isDurable, take, 'sensor.data');
  },
});
