import { AckPolicy, jetstreamManager, type JetStreamManager, type JsMsg } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { decide, parseFrame, parseState, untilDone, type Way } from '../way.ts';

/** One stream on disk, and for each side a durable consumer that acknowledges what has been handled. */
const open = async (url: string): Promise<JetStreamManager> => {
  const connection = await connect({ servers: new URL(url).host, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  const manager = await jetstreamManager(connection, { timeout: 2000 });
  await untilDone(() => manager.streams.add({ name: 'loop', subjects: ['loop.>'] }));
  return manager;
};

/** The id makes a repeat within two minutes harmless. */
const append = (manager: JetStreamManager, subject: string, message: { readonly n: number }): Promise<unknown> =>
  untilDone(() => manager.jetstream().publish(subject, JSON.stringify(message), { msgID: `${subject}-${message.n}` }));

const consume = async (manager: JetStreamManager, name: string, subject: string, handle: (message: JsMsg) => Promise<unknown> | void) => {
  const durable = { durable_name: name, ack_policy: AckPolicy.Explicit, filter_subject: subject, ack_wait: 1e9 };
  await untilDone(() => manager.consumers.add('loop', durable));
  const follow = async (): Promise<void> => {
    const consumer = await manager.jetstream().consumers.get('loop', name);
    for await (const message of await consumer.consume()) {
      await handle(message);
      message.ack();
    }
  };
  for (;;) await untilDone(follow);
};

export const way: Way = {
  backend: async ({ url }, write) => {
    const manager = await open(url);
    void consume(manager, 'backend', 'loop.state', (message) => write(parseState(message.string())));
    return async (frame) => void (await append(manager, 'loop.sensor', frame));
  },
  automation: async ({ url }) => {
    const manager = await open(url);
    void consume(manager, 'automation', 'loop.sensor', (message) => append(manager, 'loop.state', decide(parseFrame(message.string()))));
  },
};
