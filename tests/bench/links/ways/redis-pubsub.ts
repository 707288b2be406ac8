import { createClient } from '@redis/client';
import { decide, parseFrame, parseState, type Way } from '../way.ts';

/** Two channels, with a connection of its own for the subscription, and the client's own reconnection and queue. */
const connect = async (url: string) => {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

type Client = Awaited<ReturnType<typeof connect>>;

/** What the client gives up is gone: channels promise nothing. */
const publish = async (client: Client, channel: string, message: object): Promise<void> => {
  await client.publish(channel, JSON.stringify(message)).catch(() => undefined);
};

export const way: Way = {
  backend: async ({ url }, write) => {
    const [publisher, subscriber] = [await connect(url), await connect(url)];
    await subscriber.subscribe('device:state', (text) => write(parseState(text)));
    return (frame) => publish(publisher, 'sensor:data', frame);
  },
  automation: async ({ url }) => {
    const [publisher, subscriber] = [await connect(url), await connect(url)];
    await subscriber.subscribe('sensor:data', (text) => void publish(publisher, 'device:state', decide(parseFrame(text))));
  },
};
