export { openNatsTarget, type NatsOptions } from './io/open-nats-target.ts';
