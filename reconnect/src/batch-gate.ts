import type { Lsn } from '@phloem/protocol';

type Numbered = { readonly lsn: Lsn };

/** What the gate makes of a batch. */
export type GateVerdict<E extends Numbered> =
  | { readonly verdict: 'deliver'; readonly from: Lsn; readonly last: Lsn; readonly entries: readonly E[] }
  | { readonly verdict: 'duplicate' }
  /** Something before this batch has not come: deliver nothing, resume from the cursor. */
  | { readonly verdict: 'gap' };

/**
 * Lets a batch through only as far as it continues `cursor`, the last number that was delivered. After `deliver` the
 * cursor is `last`. So whatever comes, in whatever order and how often, what is delivered is a prefix of the log.
 */
export const judgeBatch = <E extends Numbered>(
  cursor: Lsn,
  { prev, last, entries }: { readonly prev: Lsn; readonly last: Lsn; readonly entries: readonly E[] },
): GateVerdict<E> => {
  if (last <= cursor) return { verdict: 'duplicate' };
  if (prev > cursor) return { verdict: 'gap' };
  return { verdict: 'deliver', from: cursor, last, entries: prev === cursor ? entries : entries.filter(({ lsn }) => lsn > cursor) };
};
