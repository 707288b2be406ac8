import { createParse, hubEvents, type HubMessage } from '@phloem/protocol';
import { parseFrames } from './parse-frames.ts';

/** A message of the hub that may be believed; of frames, also roughly how many bytes they took. */
export type ParsedMessage = HubMessage & { readonly bytes?: number };

const bySchema = {
  welcome: createParse(hubEvents.welcome, 'welcome'),
  bye: createParse(hubEvents.bye, 'bye'),
  subscribed: createParse(hubEvents.subscribed, 'subscribed'),
  snapshot: createParse(hubEvents.snapshot, 'snapshot'),
  changes: createParse(hubEvents.changes, 'changes'),
  heartbeat: createParse(hubEvents.heartbeat, 'heartbeat'),
  lease: createParse(hubEvents.lease, 'lease'),
  watching: createParse(hubEvents.watching, 'watching'),
  transactions: createParse(hubEvents.transactions, 'transactions'),
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
  ['lease', (payload) => ({ event: 'lease', payload: bySchema.lease(payload) })],
  [
    'frames',
    (payload) => {
      const { frames, bytes } = parseFrames(payload);
      return { event: 'frames', payload: frames, bytes };
    },
  ],
]);

/**
 * Lets a message of the hub in; null when nobody knows its event.
 *
 * @throws Fault `protocol/invalid` when the event is known and what it brings does not fit.
 */
export const parseHubMessage = (event: string, payload: unknown): ParsedMessage | null => parsers.get(event)?.(payload) ?? null;
