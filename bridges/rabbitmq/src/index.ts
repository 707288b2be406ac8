export { openRabbitmqTarget, type RabbitmqOptions } from './io/open-rabbitmq-target.ts';
