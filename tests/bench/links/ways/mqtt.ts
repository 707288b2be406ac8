import { connectAsync, type MqttClient } from 'mqtt';
import { decide, parseFrame, parseState, type Way } from '../way.ts';

/**
 * With QoS 1 both have a session that the broker keeps while they are away, and the client's own store sends again. MQTT.js leaves
 * Nagle's algorithm on: with two packets at once, the second waits for the acknowledgement of the first, some 40 ms.
 */
const connect = (url: string, clientId: string, qos: 0 | 1): Promise<MqttClient> =>
  connectAsync(url, {
    clientId,
    clean: qos === 0,
    protocolVersion: 5,
    ...(qos === 1 ? { properties: { sessionExpiryInterval: 3600 } } : {}),
  });

const publish = (client: MqttClient, topic: string, message: object, qos: 0 | 1): void => {
  client.publish(topic, JSON.stringify(message), { qos }, () => undefined);
};

export const createMqttWay = (qos: 0 | 1): Way => ({
  backend: async ({ url }, write) => {
    const client = await connect(url, `backend-${qos}`, qos);
    client.on('error', () => undefined);
    client.on('message', (_topic, payload) => write(parseState(payload.toString())));
    await client.subscribeAsync(`${qos}/device/state`, { qos });
    return (frame) => publish(client, `${qos}/sensor/data`, frame, qos);
  },
  automation: async ({ url }) => {
    const client = await connect(url, `automation-${qos}`, qos);
    client.on('error', () => undefined);
    client.on('message', (_topic, payload) => publish(client, `${qos}/device/state`, decide(parseFrame(payload.toString())), qos));
    await client.subscribeAsync(`${qos}/sensor/data`, { qos });
  },
});
