import type { Lsn } from '@phloem/protocol';
import type { Batch as HubBatch } from '@phloem/reconnect';
import type { BridgeRecord, Place } from './record.ts';

/** How far the records of a subscription have come. */
export type Tail = Place & {
  /** The `lsn` of the newest record, which is behind `lsn` where the filter held entries back. */
  readonly prev: Lsn;
  /** The target held nothing: entries that are gone from the log are no gap to it. */
  readonly isFresh: boolean;
  /** Entries that are older than this wall time are left out, up to the first that is not; null takes all. */
  readonly since: number | null;
  /** Nothing is known of what the target holds but that it has come as far as the subscription begins. */
  readonly isResumed?: boolean;
};

/** The tail of a target that holds nothing yet. The first batch names the epoch. */
export const freshTail = (since: number | null): Tail => ({ ordinal: 1, epoch: '', lsn: 0, prev: 0, isFresh: true, since });

/** The tail of a target whose newest record is known. */
export const tailAt = (place: Place): Tail => ({ ...place, prev: place.lsn, isFresh: false, since: null });

/** The tail of a target that cannot say what it holds: the first item of the subscription says where it goes on. */
export const resumedTail: Tail = { ordinal: 1, epoch: '', lsn: 0, prev: 0, isFresh: false, since: null, isResumed: true };

/** The tail once it is known where a resumed target goes on. */
const resumeAt = (tail: Tail, epoch: string, lsn: Lsn): Tail => ({ ...tail, epoch, lsn, prev: lsn, isResumed: false });

export type Conversion = { readonly tail: Tail; readonly records: readonly BridgeRecord[] };

/** Pure: what a target must be given of an item of the subscription that continues `tail`. */
export const toRecords = (known: Tail, batch: HubBatch): Conversion => {
  const tail = known.isResumed === true ? toResumed(known, batch) : known;
  switch (batch.kind) {
    case 'entries':
      return addEntries(enterEpoch(tail, batch.epoch, batch.from, true), batch);
    case 'epoch':
      return enterEpoch(tail, batch.epoch, batch.from, true);
    case 'lost':
      return addLoss(tail, batch);
    default:
      return batch satisfies never;
  }
};

/** Where a resumed target stands before the first item: right before what that item brings, or says to be gone. */
const toResumed = (tail: Tail, batch: HubBatch): Tail => {
  switch (batch.kind) {
    case 'entries':
      return resumeAt(tail, batch.epoch, batch.from);
    // The epoch before has another name, whatever it was.
    case 'epoch':
      return resumeAt(tail, '', batch.from);
    case 'lost':
      return batch.why === 'expired' ? resumeAt(tail, batch.epoch, batch.lost[0] - 1) : resumeAt(tail, batch.epoch, batch.from);
    default:
      return batch satisfies never;
  }
};

/** A target that holds nothing begins in whatever epoch it is given. */
const enterEpoch = (tail: Tail, epoch: string, from: Lsn, isEndKnown: boolean): Conversion => {
  if (epoch === tail.epoch) return { tail, records: [] };
  if (tail.isFresh) return { tail: { ...tail, epoch, lsn: from, prev: from }, records: [] };
  const place = { ordinal: tail.ordinal + 1, epoch, lsn: from };
  return { tail: { ...tail, ...place, prev: from }, records: [{ ...place, prev: tail.prev, kind: 'epoch', isEndKnown }] };
};

const addEntries = ({ tail, records }: Conversion, batch: Extract<HubBatch, { kind: 'entries' }>): Conversion => {
  const { ordinal, epoch } = tail;
  let { prev, since } = tail;
  const added: BridgeRecord[] = [];
  for (const entry of batch.entries) {
    // After a restart of a target that was filled again the hub may repeat what it has.
    if (entry.lsn <= tail.lsn) continue;
    if (since !== null && entry.at < since) {
      prev = entry.lsn;
      continue;
    }
    since = null;
    added.push({ kind: 'entry', ordinal, epoch, lsn: entry.lsn, prev, entry });
    prev = entry.lsn;
  }
  const isFresh = tail.isFresh && added.length === 0;
  return { tail: { ...tail, lsn: Math.max(tail.lsn, batch.last), prev, since, isFresh }, records: [...records, ...added] };
};

const addLoss = (tail: Tail, { epoch, from, why }: Extract<HubBatch, { kind: 'lost' }>): Conversion => {
  if (tail.isFresh) return { tail: { ...tail, epoch, lsn: from, prev: from }, records: [] };
  switch (why) {
    // What was received past `from` is void. The record of the epoch that follows holds the number that it begins after.
    case 'truncated':
      return { tail: { ...tail, lsn: from }, records: [] };
    // Another log, or one whose earlier epochs are forgotten: nothing can be said of what the target holds.
    case 'unknown-epoch':
    case 'new':
      return enterEpoch({ ...tail, epoch: '' }, epoch, from, false);
    case 'expired': {
      if (from <= tail.lsn) return enterEpoch(tail, epoch, from, false);
      const { ordinal, epoch: known, prev } = tail;
      const gap: BridgeRecord = { ordinal, epoch: known, lsn: from, prev, kind: 'gap', from: tail.lsn + 1 };
      const entered = enterEpoch({ ...tail, lsn: from, prev: from }, epoch, from, false);
      return { tail: entered.tail, records: [gap, ...entered.records] };
    }
    default:
      return why satisfies never;
  }
};
