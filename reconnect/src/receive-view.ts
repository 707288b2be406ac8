import { joinSnapshot } from '@phloem/protocol';
import type { ParsedMessage } from './parse-hub-message.ts';
import type { Reader } from './reader.ts';

/** What comes of a `latest` subscription. */
export type ViewMessage = Extract<ParsedMessage, { event: 'snapshot' | 'changes' }>;

/**
 * Gives a snapshot or changes to the reader of a view. Returns what is missing, for which the connection has to be made
 * again; null where nothing is. `isDue`: the hub has had the request for the snapshot since before this message.
 */
export const receiveView = (reader: Reader, message: ViewMessage, isDue: boolean): string | null => {
  if (message.event === 'changes') return receiveChanges(reader, message, isDue);
  const { whole, partial } = joinSnapshot(reader.partial, message.payload);
  reader.partial = partial;
  if (whole === null) return partial === null ? 'a part of a snapshot did not come' : null;
  reader.version = whole.version;
  reader.snapshot = { event: 'snapshot', payload: whole };
  reader.views.next(reader.snapshot);
  return null;
};

const receiveChanges = (reader: Reader, { payload }: Extract<ViewMessage, { event: 'changes' }>, isDue: boolean): string | null => {
  // Without a snapshot yet, these are of a subscription that was replaced: the snapshot holds them, and is on its way.
  if (reader.version === null) return isDue ? 'the snapshot of a view did not come' : null;
  if (payload.from > reader.version) return `changes ${reader.version} to ${payload.from} of a view did not come`;
  reader.version = payload.version;
  reader.snapshot = null;
  reader.views.next({ event: 'changes', payload });
  return null;
};
