/** The servers that the tests use, each with the variable that names another one. */
export const services = {
  redis: { variable: 'PHLOEM_TEST_REDIS_URL', url: 'redis://127.0.0.1:6379' },
  postgres: { variable: 'PHLOEM_TEST_POSTGRES_URL', url: 'postgres://postgres@127.0.0.1:5432/test' },
  mariadb: { variable: 'PHLOEM_TEST_MARIADB_URL', url: 'mariadb://root@127.0.0.1:3306/test' },
  nats: { variable: 'PHLOEM_TEST_NATS_URL', url: 'nats://127.0.0.1:4222' },
  rabbitmq: { variable: 'PHLOEM_TEST_RABBITMQ_URL', url: 'amqp://guest@127.0.0.1:5672' },
  mqtt: { variable: 'PHLOEM_TEST_MQTT_URL', url: 'mqtt://127.0.0.1:1883' },
} as const;

export type ServiceName = keyof typeof services;

/** The address of a server of the tests. */
export const addressOf = (name: ServiceName): string => process.env[services[name].variable] ?? services[name].url;

/** The same address by way of another port of loopback. */
export const viaPort = (url: string, port: number): string => {
  const address = new URL(url);
  address.host = `127.0.0.1:${port}`;
  return address.href;
};

/** The port of an address. */
export const portOf = (url: string): number => Number(new URL(url).port);

/** A name that no other test has. */
export const uniqueName = (): string => `phloem_test_${crypto.randomUUID().slice(0, 8)}`;
