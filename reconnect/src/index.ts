export { createSocketIoTransport, type SocketIoOptions } from './io/socket-io-transport.ts';
export { monotonicClock } from './io/monotonic-clock.ts';
export { isDiverged, toEpoch, type LogLineage } from './lineage.ts';
export type * from './link.ts';
export { openLink } from './run-link.ts';
export type * from './transport.ts';
