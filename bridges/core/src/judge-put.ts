import { Fault } from '@phloem/protocol';
import { comparePlaces, isSamePlace, type Batch, type BridgeRecord, type Place } from './record.ts';

/**
 * The records of a batch that a target whose newest record is `top` still lacks. Targets decide by it inside the transaction or the
 * script that appends, so that what was sent twice is kept once and two writers never mix.
 *
 * @throws Fault `bridge/moved` when the target holds less than the batch goes on from, since it has lost its newest records, or more of
 * the same epoch, as when a batch of an earlier connection arrives late: it must be asked again where it ends. `bridge/fenced` when it
 * holds a newer epoch that this batch does not know of.
 */
export const judgePut = (top: Place | null, { after, records }: Batch): readonly BridgeRecord[] => {
  if (isSamePlace(top, after)) return records;
  if (top === null || (after !== null && comparePlaces(top, after) < 0)) {
    throw new Fault('bridge/moved', `the target ends at ${toText(top)} and no longer at ${toText(after)}`);
  }
  const index = records.findIndex((record) => isSamePlace(record, top));
  if (index < 0 && top.epoch === records.at(-1)?.epoch) {
    throw new Fault('bridge/moved', `the target ends at ${toText(top)} already`);
  }
  if (index < 0) {
    throw new Fault('bridge/fenced', `the target ends at ${toText(top)}, which this bridge did not write: another bridge writes to it`);
  }
  return records.slice(index + 1);
};

const toText = (place: Place | null): string => (place === null ? 'nothing' : `${place.ordinal}-${place.lsn}`);
