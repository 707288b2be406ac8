import type { Entry, Epoch, Lsn } from '@phloem/protocol';

/**
 * Where a record stands at its target. `ordinal` counts the epochs that the target has seen, from 1, so that (ordinal, lsn) only
 * ever rises, across power cuts of the hub too.
 */
export type Place = { readonly ordinal: number; readonly epoch: Epoch; readonly lsn: Lsn };

/** What a bridge hands to its target. Records of one bridge have rising places, and each names the one before it. */
export type BridgeRecord = Place & {
  /** The `lsn` of the record before this one; a reader whose newest record has another one lacks something. */
  readonly prev: Lsn;
} & (
    | { readonly kind: 'entry'; readonly entry: Entry }
    /** A new epoch begins after `lsn`. Records of the epochs before it that lie past `lsn` are void; all are kept where that is not known. */
    | { readonly kind: 'epoch'; readonly isEndKnown: boolean }
    /** The log no longer holds the entries from `from` up to `lsn`. */
    | { readonly kind: 'gap'; readonly from: Lsn }
  );

/** What one `put` carries: records in order, to be appended right after `after`. */
export type Batch = {
  /** The newest record that the target must hold already; null when it must hold none. */
  readonly after: Place | null;
  readonly records: readonly BridgeRecord[];
};

export const isSamePlace = (a: Place | null, b: Place | null): boolean => a?.ordinal === b?.ordinal && a?.lsn === b?.lsn;

/** Negative where `a` lies before `b`. */
export const comparePlaces = (a: Pick<Place, 'ordinal' | 'lsn'>, b: Pick<Place, 'ordinal' | 'lsn'>): number =>
  a.ordinal - b.ordinal || a.lsn - b.lsn;
