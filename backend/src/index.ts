// What is needed to run a hub inside another program: the parts, and what puts them together.
export { runHub, type Hub, type HubParts } from './hub/run-hub.ts';
export { checkBundle } from './hub/check-bundle.ts';
export { openSqliteStore, type SqliteStoreOptions } from './store/io/sqlite-store.ts';
export { readBoot, type Boot } from './store/io/boot.ts';
export type { HubClock, HubStore } from './store/hub-store.ts';
export { createHubClock } from './log/hub-clock.ts';
export type { FrameLog } from './log/frame-log.ts';
export { openSocketIoHubTransport, type SocketIoHubTransportOptions } from './sessions/io/socket-io-hub-transport.ts';
export type { FieldPort, ReadBackOutcome, WriteOutcome } from './field/field-port.ts';
export { openField, type Field, type FieldOptions } from './field/io/open-field.ts';
export type { BusDesk } from './field/bus-desk.ts';
export { toBusPlans, type BusPlan } from './field/poll/bus-plans.ts';
export { loadSite } from './site/load-site.ts';
export { siteFromContent } from './site/site-content.ts';
export { readProfiles } from './site/io/read-profiles.ts';
export type { DeviceSpec, PointSpec, Site } from './site/site.ts';
// What a hub's outer parts are exchanged by, in memory and in one process: the store's disk, the transport, the field.
export { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from './store/memory-store.ts';
export { createMemoryDisk, type MemoryDisk, type MemoryDiskOptions } from './store/memory-disk.ts';
export { openHubStore, type HubStoreParts } from './store/open-hub-store.ts';
export { openSqliteDisk, type DiskHands } from './store/io/sqlite-disk.ts';
export type { StoreDisk } from './store/store-disk.ts';
export type { CommandRecord } from './store/hub-store.ts';
export type { StoredRow } from './log/decode-rows.ts';
export { createBundleShelf, type BundleShelf } from './documents/bundle-shelf.ts';
export { createCheckpointShelf, type CheckpointShelf } from './documents/checkpoint-shelf.ts';
export type { SessionNotice } from './sessions/hub-sessions.ts';
export type { Connection, HubTransport } from './sessions/hub-transport.ts';
