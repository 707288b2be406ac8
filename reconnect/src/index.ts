export { pauseAfter, type BackOff } from './back-off.ts';
export { createLinkedTransport } from './io/linked-transport.ts';
export { createMessageEnds, type MessageEndsOptions } from './io/message-ends.ts';
export { openPortEnd, type Port } from './io/port-end.ts';
export { createSocketIoTransport, type SocketIoOptions } from './io/socket-io-transport.ts';
export { createWebSocketTransport, type WebSocketOptions } from './io/web-socket-transport.ts';
export { monotonicClock } from './io/monotonic-clock.ts';
export { isTruncated, toEpoch, type LogLineage } from './lineage.ts';
export type {
  Batch,
  HubClock,
  LeaseStatus,
  Link,
  LinkOptions,
  LinkPhase,
  LinkStatus,
  Progress,
  SourceAnswer,
  SourceChannel,
  View,
  WatchNews,
} from './link.ts';
export { Flow, type FromHub, type FromNode, type MessageEnd } from './message-end.ts';
export { parseEntries } from './parse-batch.ts';
export type { ReceivedEntry } from './read-entry.ts';
export { openLink } from './run-link.ts';
export { openStallWatch, type StallWatch } from './run-stall-watch.ts';
export { openSender, type IngestSender, type SenderOptions, type SourceProgress } from './run-sender.ts';
export type { Channel, Transport, TransportEvent } from './transport.ts';
