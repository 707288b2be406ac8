import type { Target } from '@phloem/bridge';
import { Fault, toIsoText } from '@phloem/protocol';
import type { IClientPublishOptions } from 'mqtt';
import { toLifetimeMs, type SiteInventory } from '../inventory.ts';
import { toDiscovery, toStatusTopic } from '../to-discovery.ts';
import { toMessages, toStateTopic } from '../to-messages.ts';
import { connectBroker, explain } from './connect-broker.ts';

/** Where the log goes at a broker. */
export type MqttOptions = {
  /** `mqtt://user@127.0.0.1:1883`, or `mqtts://` for TLS. */
  readonly url: string;
  readonly password?: string;
  /** Before all topics: `phloem`. */
  readonly prefix: string;
  readonly withDiscovery: boolean;
  /** What the site has; asked at each connection. */
  readonly inventory: () => Promise<SiteInventory>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set: the silence of the hub counts by it. */
  readonly uptime: () => number;
  /** After so long without a record of the hub, everything is offline. Default: 15 s. */
  readonly silentAfterMs?: number;
};

/** The hub appends a pulse every second. */
const lookEveryMs = 1000;
const defaultLifetimeMs = 60_000;

/**
 * Connects to an MQTT 5 broker. Readings are retained and expire there; `<prefix>/status` is `offline` when the bridge ends, also without a
 * word, and when the hub is silent. A broker cannot say what it has: records come at least once and in order.
 *
 * @throws Fault `bridge/unreachable`, or `bridge/refused` when the broker does not accept the account.
 */
export const openMqttTarget = async (options: MqttOptions): Promise<Target> => {
  const { prefix, now, uptime, silentAfterMs = 15_000 } = options;
  const inventory = await options.inventory();
  const lifetimes = new Map(inventory.points.map(({ id, intervalMs }) => [id, toLifetimeMs(intervalMs)]));
  const status = toStatusTopic(prefix);
  const client = await connectBroker(options, { will: { topic: status, payload: Buffer.from('offline'), qos: 1, retain: true } });
  const gone = new Promise<never>((_resolve, reject) => {
    client.once('close', () => reject(new Fault('bridge/unreachable', 'the connection to the broker has ended')));
  });
  // It may end while nothing is under way.
  gone.catch(() => undefined);
  const publish = (topic: string, payload: string, more: IClientPublishOptions['properties'] = {}): Promise<unknown> =>
    explain(Promise.race([gone, client.publishAsync(topic, payload, { qos: 1, retain: true, properties: more })]));

  if (options.withDiscovery) for (const { topic, payload } of toDiscovery(prefix, inventory)) await publish(topic, payload);
  // The log may say nothing of a device for days, and the broker may still have a state that is not known any more.
  for (const { id, confirmed } of inventory.devices) {
    await publish(toStateTopic(prefix, id), JSON.stringify({ value: confirmed, at: toIsoText(now()) }));
  }
  let heardUp = uptime();
  let isOnline = false;
  const setOnline = async (isNow: boolean): Promise<void> => {
    if (isOnline === isNow) return;
    isOnline = isNow;
    await publish(status, isNow ? 'online' : 'offline');
  };
  const looking = setInterval(() => {
    // Without a link this fails. The broker then publishes the will.
    if (uptime() - heardUp > silentAfterMs) void setOnline(false).catch(() => undefined);
  }, lookEveryMs);

  return {
    position: async () => 'unknown',
    put: async ({ records }) => {
      const wall = now();
      heardUp = uptime();
      const context = { prefix, now: wall, lifetimeMs: (point: string) => lifetimes.get(point) ?? defaultLifetimeMs };
      const messages = records.flatMap((record) => toMessages(record, context));
      // What is older than this is no sign of a hub that lives.
      const newest = records.at(-1);
      const isCurrent = newest?.kind === 'entry' && wall - newest.entry.at < silentAfterMs;
      await Promise.all([
        ...messages.map(({ topic, payload, expirySeconds }) =>
          publish(topic, payload, expirySeconds === null ? {} : { messageExpiryInterval: expirySeconds }),
        ),
        ...(isCurrent ? [setOnline(true)] : []),
      ]);
    },
    close: async () => {
      clearInterval(looking);
      // Without a farewell: the broker then publishes the will.
      await client.endAsync(true);
    },
  };
};
