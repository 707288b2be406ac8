import type { BusTransaction, Transactions } from '@phloem/protocol';

/** What waits to be sent on a watch: the newest, with a count of what had to go. */
export type WatchBuffer = { readonly items: readonly BusTransaction[]; readonly bytes: number; readonly dropped: number };

const maxItems = 256;
/** Half of what one message may be. */
const maxBytes = 64 * 1024;

export const emptyBuffer: WatchBuffer = { items: [], bytes: 0, dropped: 0 };

const toSize = ({ sent, received, values, why }: BusTransaction): number =>
  300 + sent.length + received.length + values.length * 6 + (why?.length ?? 0);

/** Adds one; the oldest go when there is no more room. Never holds more than one message can carry. */
export const addTransaction = (buffer: WatchBuffer, transaction: BusTransaction): WatchBuffer => {
  const items = [...buffer.items, transaction];
  let bytes = buffer.bytes + toSize(transaction);
  let { dropped } = buffer;
  while (items.length > maxItems || (bytes > maxBytes && items.length > 1)) {
    const oldest = items.shift();
    if (oldest !== undefined) bytes -= toSize(oldest);
    dropped += 1;
  }
  return { items, bytes, dropped };
};

/** All that waits, as one message; null when nothing does. */
export const toTransactions = (watch: string, { items, dropped }: WatchBuffer): Transactions | null =>
  items.length === 0 && dropped === 0 ? null : { watch, dropped, items: [...items] };
