import type { Way } from './way.ts';

export type ServerName = 'postgres' | 'redis' | 'redis-always' | 'rabbitmq' | 'mosquitto' | 'nats';

type Entry = {
  readonly title: string;
  readonly load: () => Promise<Way>;
  readonly server?: ServerName;
  /** Without a server between them: which of the two dials, and with what. */
  readonly dials?: { readonly who: 'automation' | 'backend'; readonly scheme: 'http' | 'ws' };
  readonly pollMs?: number;
  readonly needs: string;
  /** What the delivery rests on. */
  readonly keeps: string;
};

const postgres = async (): Promise<Way> => (await import('./ways/postgres.ts')).way;
const sqlite = async (): Promise<Way> => (await import('./ways/sqlite.ts')).way;
const mqtt = async (qos: 0 | 1): Promise<Way> => (await import('./ways/mqtt.ts')).createMqttWay(qos);
const rabbitmq = async (isDurable: boolean): Promise<Way> => (await import('./ways/rabbitmq.ts')).createRabbitmqWay(isDurable);

const dialsWs = { who: 'automation', scheme: 'ws' } as const;
const dialsHttp = { who: 'automation', scheme: 'http' } as const;

/** Every way that takes part. */
export const ways = {
  'postgres-5s': {
    title: 'PostgreSQL, polled every 5 s',
    load: postgres,
    server: 'postgres',
    pollMs: 5000,
    needs: 'PostgreSQL',
    keeps: 'rows',
  },
  'postgres-100ms': {
    title: 'PostgreSQL, polled every 100 ms',
    load: postgres,
    server: 'postgres',
    pollMs: 100,
    needs: 'PostgreSQL',
    keeps: 'rows',
  },
  'sqlite-5s': { title: 'SQLite, polled every 5 s', load: sqlite, pollMs: 5000, needs: 'nothing', keeps: 'rows' },
  'sqlite-100ms': { title: 'SQLite, polled every 100 ms', load: sqlite, pollMs: 100, needs: 'nothing', keeps: 'rows' },
  'sql-bridge': {
    title: 'SQL bridge, SQLite polled every 100 ms',
    load: async () => (await import('./ways/sql-bridge.ts')).way,
    dials: dialsHttp,
    pollMs: 100,
    needs: 'Phloem',
    keeps: 'log',
  },
  'redis-pubsub': {
    title: 'Redis pub/sub',
    load: async () => (await import('./ways/redis-pubsub.ts')).way,
    server: 'redis',
    needs: 'Redis',
    keeps: 'nothing',
  },
  'redis-streams': {
    title: 'Redis Streams',
    load: async () => (await import('./ways/redis-streams.ts')).way,
    server: 'redis',
    needs: 'Redis',
    keeps: 'stream',
  },
  'redis-streams-always': {
    title: 'Redis Streams, appendfsync always',
    load: async () => (await import('./ways/redis-streams.ts')).way,
    server: 'redis-always',
    needs: 'Redis',
    keeps: 'stream',
  },
  'rabbitmq-transient': {
    title: 'RabbitMQ, transient',
    load: () => rabbitmq(false),
    server: 'rabbitmq',
    needs: 'RabbitMQ, Erlang',
    keeps: 'nothing',
  },
  'rabbitmq-durable': {
    title: 'RabbitMQ, durable with confirms',
    load: () => rabbitmq(true),
    server: 'rabbitmq',
    needs: 'RabbitMQ, Erlang',
    keeps: 'durable queues',
  },
  'mqtt-qos0': { title: 'MQTT QoS 0', load: () => mqtt(0), server: 'mosquitto', needs: 'Mosquitto', keeps: 'nothing' },
  'mqtt-qos1': {
    title: 'MQTT QoS 1, persistent sessions',
    load: () => mqtt(1),
    server: 'mosquitto',
    needs: 'Mosquitto',
    keeps: 'sessions',
  },
  http: {
    title: 'direct HTTP',
    load: async () => (await import('./ways/http.ts')).way,
    dials: { who: 'backend', scheme: 'http' },
    needs: 'nothing',
    keeps: 'nothing',
  },
  events: {
    title: 'in-process EventEmitter',
    load: async () => (await import('./ways/events.ts')).way,
    needs: 'nothing',
    keeps: 'nothing',
  },
  nats: { title: 'NATS core', load: async () => (await import('./ways/nats.ts')).way, server: 'nats', needs: 'NATS', keeps: 'nothing' },
  jetstream: {
    title: 'NATS JetStream',
    load: async () => (await import('./ways/jetstream.ts')).way,
    server: 'nats',
    needs: 'NATS',
    keeps: 'stream',
  },
  ws: { title: 'bare ws', load: async () => (await import('./ways/ws.ts')).way, dials: dialsWs, needs: 'nothing', keeps: 'nothing' },
  'socket-io': {
    title: 'bare Socket.IO',
    load: async () => (await import('./ways/socket-io.ts')).way,
    dials: dialsHttp,
    needs: 'nothing',
    keeps: 'nothing',
  },
  phloem: { title: 'Phloem', load: async () => (await import('./ways/phloem.ts')).way, dials: dialsHttp, needs: 'Phloem', keeps: 'log' },
} as const satisfies Readonly<Record<string, Entry>>;

export type WayName = keyof typeof ways;
export type WayEntry = Entry;

export const wayNames = Object.keys(ways) as readonly WayName[];
export const isWayName = (name: string): name is WayName => name in ways;
export const wayOf = (name: WayName): WayEntry => ways[name];
export const loadWay = (name: WayName): Promise<Way> => ways[name].load();
