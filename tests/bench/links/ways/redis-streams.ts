import { createClient } from '@redis/client';
import { decide, parseFrame, parseState, untilDone, type Way } from '../way.ts';

type Client = Awaited<ReturnType<typeof connect>>;

const connect = async (url: string) => {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

const append = (client: Client, stream: string, message: object): Promise<unknown> =>
  untilDone(() =>
    client.xAdd(
      stream,
      '*',
      { message: JSON.stringify(message) },
      { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: 10_000 } },
    ),
  );

/** Reads as one consumer of a group: first what it has not acknowledged, then what is new. Acknowledges what has been handled. */
const consume = async (
  reader: Client,
  client: Client,
  stream: string,
  handle: (text: string) => Promise<unknown> | void,
): Promise<never> => {
  const group = 'one';
  const make = (): Promise<unknown> => client.xGroupCreate(stream, group, '0', { MKSTREAM: true });
  await make().catch(() => undefined);
  for (let from = '0'; ;) {
    const answer = await reader
      .xReadGroup(group, 'one', { key: stream, id: from }, { COUNT: 64, BLOCK: 5000 })
      .catch(() => 'away' as const);
    if (answer === 'away') await new Promise((resolve) => setTimeout(resolve, 100));
    const messages =
      answer === 'away' || answer === null
        ? []
        : ((answer as { messages: { id: string; message: Record<string, string> }[] }[])[0]?.messages ?? []);
    for (const { id, message } of messages) {
      await handle(message['message'] ?? '');
      await untilDone(() => client.xAck(stream, group, id));
    }
    // After a failure it begins again with what is its own.
    from = answer === 'away' ? '0' : messages.length === 0 ? '>' : from;
  }
};

export const way: Way = {
  backend: async ({ url }, write) => {
    const [client, reader] = [await connect(url), await connect(url)];
    void consume(reader, client, 'device:state', (text) => write(parseState(text)));
    return async (frame) => void (await append(client, 'sensor:data', frame));
  },
  automation: async ({ url }) => {
    const [client, reader] = [await connect(url), await connect(url)];
    void consume(reader, client, 'sensor:data', (text) => append(client, 'device:state', decide(parseFrame(text))));
  },
};
