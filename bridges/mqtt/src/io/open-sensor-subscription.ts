import { Fault } from '@phloem/protocol';
import { connectBroker, explain, type BrokerAddress } from './connect-broker.ts';

export type SensorSubscription = {
  /** Rejects with a Fault when the connection ends. */
  readonly ended: Promise<never>;
  readonly close: () => Promise<void>;
};

/** In bytes. No sensor sends as much, and nobody else may fill the memory of the bridge: the broker leaves out what is larger. */
const largestPacket = 64 * 1024;

/**
 * Subscribes to topics. The broker sends nothing that it has retained, since its age is not known; a message that is repeated as retained all
 * the same is left out.
 *
 * @throws Fault `bridge/unreachable`, or `bridge/refused` when the broker does not accept the account or a topic.
 */
export const openSensorSubscription = async (
  address: BrokerAddress,
  filters: readonly string[],
  onMessage: (topic: string, payload: string) => void,
): Promise<SensorSubscription> => {
  const client = await connectBroker(address, { properties: { maximumPacketSize: largestPacket } });
  const ended = new Promise<never>((_resolve, reject) => {
    client.once('close', () => reject(new Fault('bridge/unreachable', 'the connection to the broker has ended')));
  });
  ended.catch(() => undefined);
  client.on('message', (topic, payload, { retain }) => {
    if (!retain && payload.length <= largestPacket) onMessage(topic, payload.toString());
  });
  try {
    await explain(Promise.race([ended, client.subscribeAsync([...filters], { qos: 1, rh: 2, rap: false })]));
  } catch (error) {
    await client.endAsync(true);
    throw error;
  }
  return { ended, close: () => client.endAsync(true) };
};
