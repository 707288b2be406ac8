import { Fault, isFault } from '@phloem/protocol';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';

/** How to reach a broker. */
export type BrokerAddress = {
  /** `mqtt://user@127.0.0.1:1883`, or `mqtts://` for TLS. */
  readonly url: string;
  readonly password?: string;
};

/** @throws Fault `bridge/unreachable`, or `bridge/refused` when the broker does not accept the account. */
export const connectBroker = async (
  { url, password }: BrokerAddress,
  more: Pick<IClientOptions, 'will' | 'properties'> = {},
): Promise<MqttClient> => {
  const { protocol, hostname, port, username } = new URL(url);
  const client = await explain(
    // By its parts: the client parses a whole address with a function of Node that is deprecated, and warns on every start.
    connectAsync({
      protocol: protocol === 'mqtts:' ? 'mqtts' : 'mqtt',
      // The brackets of an IPv6 address belong to the address alone.
      host: hostname.replaceAll(/^\[|\]$/g, ''),
      ...(port !== '' && { port: Number(port) }),
      protocolVersion: 5,
      clean: true,
      // The bridge makes a new client for every attempt: nothing may be kept for later, nothing sent again.
      reconnectPeriod: 0,
      queueQoSZero: false,
      resubscribe: false,
      connectTimeout: 4000,
      keepalive: 5,
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== undefined && { password }),
      ...more,
    }),
  );
  client.on('error', () => undefined);
  return client;
};

/** Bad credentials and missing rights by the reason codes of MQTT 5. */
const refusals: readonly unknown[] = [0x86, 0x87, 0x8c, 0x97];

/** What a failure of the client means to the bridge. */
export const explain = async <T>(asked: Promise<T>): Promise<T> => {
  try {
    return await asked;
  } catch (error) {
    if (isFault(error) || !(error instanceof Error)) throw error;
    const code = 'code' in error ? error.code : undefined;
    throw new Fault(refusals.includes(code) ? 'bridge/refused' : 'bridge/unreachable', `MQTT: ${error.message || String(code)}`, {
      cause: error,
    });
  }
};
