export { openRedisRequests, toRequestKeys, type RedisRequestsOptions } from './io/open-redis-requests.ts';
export { openRedisTarget, type RedisOptions } from './io/open-redis-target.ts';
