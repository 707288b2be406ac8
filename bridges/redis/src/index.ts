export { openRedisTarget, type RedisOptions } from './io/open-redis-target.ts';
