export { openRabbitmqRequests, type Beats, type RabbitmqRequestsOptions } from './io/open-rabbitmq-requests.ts';
export { openRabbitmqTarget, type RabbitmqOptions } from './io/open-rabbitmq-target.ts';
export { toRequestNames, type RequestNames } from './request-names.ts';
