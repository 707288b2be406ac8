import { Type, type Static } from 'typebox';
import { Bye, Welcome } from './greeting.ts';
import { Attach, Attached, Ingested, IngestMessage } from './ingest.ts';
import { NamedSubscriptionRequest } from './named-subscription.ts';
import { SubscriptionId } from '../names.ts';
import { Transactions, Unwatch, Watching, WatchRequest } from './raw-watch.ts';
import { Commit, EntryBatch, Heartbeat, LeaseGrant, SubscriptionGrant } from './stream.ts';
import { Changes, Snapshot } from './state.ts';

/** Ends one subscription. */
export const Unsubscribe = Type.Object({ sub: SubscriptionId }, { additionalProperties: false });
export type Unsubscribe = Static<typeof Unsubscribe>;

/** The events that a node may send, each with the schema of its one argument. */
export const nodeEvents = {
  subscribe: NamedSubscriptionRequest,
  unsubscribe: Unsubscribe,
  commit: Commit,
  heartbeat: Heartbeat,
  watch: WatchRequest,
  unwatch: Unwatch,
  attach: Attach,
  ingest: IngestMessage,
} as const;

/** The events that a hub may send, each with the schema of its one argument. */
export const hubEvents = {
  welcome: Welcome,
  bye: Bye,
  subscribed: SubscriptionGrant,
  entries: EntryBatch,
  snapshot: Snapshot,
  changes: Changes,
  heartbeat: Heartbeat,
  lease: LeaseGrant,
  watching: Watching,
  transactions: Transactions,
} as const;

/** The events that a hub may send to a node of the role `ingest`: of no use to others, who need not load them. */
export const sourceEvents = { attached: Attached, ingested: Ingested } as const;

/** The payload of each event that a node may send. */
export type NodeMessages = { readonly [K in keyof typeof nodeEvents]: Static<(typeof nodeEvents)[K]> };
/** The payload of each event that a hub may send. */
export type HubMessages = { readonly [K in keyof typeof hubEvents]: Static<(typeof hubEvents)[K]> } & {
  readonly [K in keyof typeof sourceEvents]: Static<(typeof sourceEvents)[K]>;
};

/** A message with its event's name. */
export type NodeMessage = {
  readonly [K in keyof NodeMessages]: { readonly event: K; readonly payload: NodeMessages[K] };
}[keyof NodeMessages];
/** A message with its event's name. */
export type HubMessage = { readonly [K in keyof HubMessages]: { readonly event: K; readonly payload: HubMessages[K] } }[keyof HubMessages];

/** Socket.IO's event map, node → hub. */
export type NodeToHubEvents = { [K in keyof NodeMessages]: (payload: NodeMessages[K]) => void };
/** Socket.IO's event map, hub → node. */
export type HubToNodeEvents = { [K in keyof HubMessages]: (payload: HubMessages[K]) => void };
