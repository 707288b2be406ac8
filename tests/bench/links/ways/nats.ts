import { connect, type NatsConnection } from '@nats-io/transport-node';
import { decide, parseFrame, parseState, type Way } from '../way.ts';

const open = (url: string): Promise<NatsConnection> => connect({ servers: new URL(url).host, maxReconnectAttempts: -1 });

/** Subjects of NATS: each message goes to the subscribers that are connected. */
export const way: Way = {
  backend: async ({ url }, write) => {
    const connection = await open(url);
    connection.subscribe('device.state', { callback: (_error, message) => write(parseState(message.string())) });
    await connection.flush();
    return (frame) => connection.publish('sensor.data', JSON.stringify(frame));
  },
  automation: async ({ url }) => {
    const connection = await open(url);
    const answer = (text: string): void => connection.publish('device.state', JSON.stringify(decide(parseFrame(text))));
    connection.subscribe('sensor.data', { callback: (_error, message) => answer(message.string()) });
    await connection.flush();
  },
};
