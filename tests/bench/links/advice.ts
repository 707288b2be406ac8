import type { WayName } from './ways.ts';

/** When a way is the right choice, in two sentences. */
export const advice: Readonly<Record<WayName, string>> = {
  'postgres-5s':
    'Choose it only where a program that polls exists already and must not change. Each state is up to ten seconds old, and a value that changes back between two polls is never seen.',
  'postgres-100ms':
    'Choose it where the history belongs in PostgreSQL anyway and a tenth of a second is fast enough. Rows survive every kill, but each poller costs the server CPU while nothing happens.',
  'sqlite-5s':
    'Choose it where both programs are on one machine, and neither may change. The delay is the interval of the polls, not the database.',
  'sqlite-100ms': 'Choose it for two programs on one machine that need no server. Writers block one another, so keep transactions short.',
  'sql-bridge':
    'Choose it to keep an automation that polls a database, and still have limits, interlocks and fail-safe. It is the first step of a migration, because the old program runs unchanged.',
  'redis-pubsub':
    'Choose it for displays that may miss a value. A subscriber that is away loses what is published, so do not control with it.',
  'redis-streams':
    'Choose it where Redis is there already and several programs read at their own pace. With appendfsync everysec, a power cut can lose the last second.',
  'redis-streams-always':
    'Choose it where a power cut must not lose an acknowledged entry. Every append waits for the disk, so compare its p50 with the row of the disk.',
  'rabbitmq-transient':
    'Choose it where RabbitMQ routes messages to many programs and a lost message does no harm. A restart of the broker loses what is in its queues.',
  'rabbitmq-durable':
    'Choose it where work must be distributed among several consumers and survive a restart. A confirm does not mean that a queue has the message, and messages can arrive twice, so check ids.',
  'mqtt-qos0': 'Choose it for sensors and displays on weak networks. Nothing is repeated, so a cut loses messages without notice.',
  'mqtt-qos1':
    'Choose it for devices that only speak MQTT. Messages can arrive twice and late, so give each an id and a lifetime, and never retain a command.',
  http: 'Choose it for requests that need an answer, such as a command from another system. The caller must repeat a request itself, always with the same id.',
  events: 'Choose it for parts of one program. It is the fastest way, and everything that is under way ends with the process.',
  nats: 'Choose it for fast notifications among many programs. A subscriber that is away misses messages.',
  jetstream:
    'Choose it to collect many sites in one place, with replay. Its acknowledgement does not wait for the disk by default, so a power cut can lose acknowledged messages.',
  ws: 'Choose it for a display that can load everything again after a cut. Order holds within one connection; what is sent during a cut is lost.',
  'socket-io':
    'Choose it for browsers behind proxies that need reconnection. Its recovery ends with the process of the server, so a restart loses messages.',
  phloem:
    'Choose it where a command must never be lost, doubled or late, and somebody must be able to ask why. It needs one hub per site, and its log is the only source of truth.',
};
