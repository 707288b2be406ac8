import { openOwnRabbitmq } from './own-rabbitmq.ts';
import { addressOf, services, type ServiceName } from './addresses.ts';
import { isListening, openOwnMariadb, openOwnMosquitto, openOwnNats, openOwnPostgres, openOwnRedis, type OwnServer } from './own-server.ts';

const openOwn: Readonly<Record<ServiceName, () => Promise<OwnServer>>> = {
  redis: () => openOwnRedis(),
  postgres: openOwnPostgres,
  mariadb: openOwnMariadb,
  nats: () => openOwnNats(),
  mqtt: () => openOwnMosquitto(),
  rabbitmq: openOwnRabbitmq,
};

/** Finds each server, or starts one from an installed program. A server that can be neither found nor started fails the run. */
export const setup = async (): Promise<() => Promise<void>> => {
  const own: OwnServer[] = [];
  const missing: string[] = [];
  for (const name of Object.keys(services) as ServiceName[]) {
    const { hostname, port } = new URL(addressOf(name));
    if (await isListening(hostname, Number(port))) continue;
    const { variable } = services[name];
    if (process.env[variable] !== undefined) {
      missing.push(`nothing listens at ${variable}`);
      continue;
    }
    try {
      const server = await openOwn[name]();
      own.push(server);
      process.env[variable] = server.url;
    } catch (error) {
      missing.push(`${error instanceof Error ? error.message : String(error)}, or name a server by ${variable}`);
    }
  }
  const end = async (): Promise<void> => {
    for (const server of own) await server[Symbol.asyncDispose]();
  };
  if (missing.length === 0) return end;
  await end();
  throw new Error(`The tests of services lack a server:\n${missing.join('\n')}`);
};
