import { createOpenParse, hubEvents, type HubMessage } from '@phloem/protocol';
import { parseBatch, type ParsedBatch } from './parse-batch.ts';

/** A message of the hub that may be believed. */
export type ParsedMessage =
  | Exclude<HubMessage, { event: 'entries' | 'attached' | 'ingested' }>
  /** Read by the sender of a source, where there is one. */
  | { readonly event: 'attached' | 'ingested'; readonly payload: unknown }
  | { readonly event: 'entries'; readonly payload: ParsedBatch };

const bySchema = {
  welcome: createOpenParse(hubEvents.welcome, 'welcome'),
  bye: createOpenParse(hubEvents.bye, 'bye'),
  subscribed: createOpenParse(hubEvents.subscribed, 'subscribed'),
  snapshot: createOpenParse(hubEvents.snapshot, 'snapshot'),
  changes: createOpenParse(hubEvents.changes, 'changes'),
  heartbeat: createOpenParse(hubEvents.heartbeat, 'heartbeat'),
  lease: createOpenParse(hubEvents.lease, 'lease'),
  watching: createOpenParse(hubEvents.watching, 'watching'),
  transactions: createOpenParse(hubEvents.transactions, 'transactions'),
};

/** A map and not an object, so that `__proto__` and `constructor` are no events. */
const parsers = new Map<string, (payload: unknown) => ParsedMessage>([
  ['welcome', (payload) => ({ event: 'welcome', payload: bySchema.welcome(payload) })],
  ['bye', (payload) => ({ event: 'bye', payload: bySchema.bye(payload) })],
  ['subscribed', (payload) => ({ event: 'subscribed', payload: bySchema.subscribed(payload) })],
  ['snapshot', (payload) => ({ event: 'snapshot', payload: bySchema.snapshot(payload) })],
  ['changes', (payload) => ({ event: 'changes', payload: bySchema.changes(payload) })],
  ['heartbeat', (payload) => ({ event: 'heartbeat', payload: bySchema.heartbeat(payload) })],
  ['watching', (payload) => ({ event: 'watching', payload: bySchema.watching(payload) })],
  ['transactions', (payload) => ({ event: 'transactions', payload: bySchema.transactions(payload) })],
  ['attached', (payload) => ({ event: 'attached', payload })],
  ['ingested', (payload) => ({ event: 'ingested', payload })],
  ['lease', (payload) => ({ event: 'lease', payload: bySchema.lease(payload) })],
  ['entries', (payload) => ({ event: 'entries', payload: parseBatch(payload) })],
]);

/**
 * Validates a message of the hub, which may speak a later minor version; null when nobody knows its event.
 *
 * @throws Fault `protocol/invalid` when the event is known and what it brings does not fit.
 */
export const parseHubMessage = (event: string, payload: unknown): ParsedMessage | null => parsers.get(event)?.(payload) ?? null;
