import { openOwnRabbitmq } from '../../services/support/own-rabbitmq.ts';
import { openOwnMosquitto, openOwnNats, openOwnPostgres, openOwnRedis, type OwnServer } from '../../services/support/own-server.ts';
import type { ServerName } from './ways.ts';

/** Servers of the benchmark's own, with the settings that their documentation names for data that is to be kept. */
export const openServer: Readonly<Record<ServerName, () => Promise<OwnServer>>> = {
  postgres: openOwnPostgres,
  redis: () => openOwnRedis(),
  'redis-always': () => openOwnRedis(['--appendfsync', 'always']),
  rabbitmq: openOwnRabbitmq,
  mosquitto: () => openOwnMosquitto('persistence true\nset_tcp_nodelay true\n'),
  nats: () => openOwnNats(),
};
