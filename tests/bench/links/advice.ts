import type { WayName } from './ways.ts';

/** When a way is the right choice, in two sentences. */
export const advice: Readonly<Record<WayName, string>> = {
  'postgres-5s':
    'Choose it only where a polling program exists already and must not change. A decision takes up to two intervals, ten seconds here, and a value that changes back between two polls is never seen.',
  'postgres-100ms':
    'Choose it where the readings go to PostgreSQL anyway, and a few tenths of a second are fast enough. Rows survive kills, but every poller uses CPU of the server even while nothing changes.',
  'sqlite-5s':
    'Choose it only where both programs run on one machine, poll already, and must not change. The delay comes from the interval, not from the database.',
  'sqlite-100ms':
    'Choose it for two programs on one machine where you want to run no server. Only one program writes at a time, so keep transactions short.',
  'sql-bridge':
    'Choose it to keep an existing automation that polls a database, and to add limits, interlocks and fail-safe states around it. The old program runs unchanged, so this is also the first step of a migration to Phloem.',
  'redis-pubsub':
    'Choose it for displays that may miss a value. A subscriber that is disconnected misses everything published meanwhile, so do not control devices with it.',
  'redis-streams':
    'Choose it where Redis runs already, and several programs read the same messages at their own pace. With `appendfsync everysec`, a power cut can lose the last second.',
  'redis-streams-always':
    'Choose it where a power cut must not lose a message that Redis has acknowledged. Every message waits for the disk, so compare its p50 with that of the disk alone in the table above.',
  'rabbitmq-transient':
    'Choose it where RabbitMQ distributes messages to many programs, and a lost message does no harm. A restart of RabbitMQ loses everything in its queues.',
  'rabbitmq-durable':
    'Choose it where several programs share work that must survive a restart. RabbitMQ also confirms a message that no queue took, and can deliver one twice: publish with `mandatory`, and give each message an id that the receiver checks.',
  'mqtt-qos0':
    'Choose it for sensors whose next value replaces the last one. Nothing is sent again, so a broken connection loses messages without an error.',
  'mqtt-qos1':
    'Choose it for devices that only speak MQTT. Messages can arrive twice or late, so give each an id and an expiry time, and never retain a command.',
  http: 'Choose it for single requests that need an answer, such as a command from another system. After a time-out the caller must repeat the request itself, with the same id so that it is executed once.',
  events: 'Choose it between parts of one program. It is the fastest way, but everything not yet processed is lost when the process ends.',
  nats: 'Choose it for fast notifications among many programs that can do without some of them. A subscriber that is disconnected misses everything published meanwhile.',
  jetstream:
    'Choose it to collect the messages of many sites in one place, and to read them again later. By default it acknowledges before the message is on disk, so a power cut can lose acknowledged messages.',
  ws: 'Choose it for a display that loads everything again after it reconnects. Messages stay in order within one connection, but what is sent while it is broken is lost.',
  'socket-io':
    'Choose it for browsers that must reconnect by themselves, also behind proxies. It recovers missed messages only as long as the server process runs, so a restart of the server loses them.',
  phloem:
    'Choose it where a command must not be lost, executed twice or executed late, and where you want to see the reason for each. Every site needs a hub of its own, and everything that commands a device has to go through it.',
};
