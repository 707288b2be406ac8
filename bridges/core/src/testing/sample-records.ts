import { textReason, type Entry, type Lsn } from '@phloem/protocol';
import type { Batch, BridgeRecord, Place } from '../record.ts';

/** The epoch that sample records of an ordinal belong to. */
export const sampleEpoch = (ordinal: number): string => `epoch${String(ordinal).padStart(7, '0')}`;

/** The sensor frame of a number, with a value that says which ordinal it is of. */
export const sampleEntry = (ordinal: number, lsn: Lsn): Entry => ({
  lsn,
  at: 1_800_000_000_000 + lsn * 1000,
  up: lsn * 1000,
  kind: 'sensor',
  location: 'flower_room',
  cluster: 'front',
  readings: { temperature: { v: 20 + ordinal + lsn / 100, q: 'good' }, humidity: { v: null, q: 'bad', why: textReason('no answer') } },
});

/** Entries of an ordinal after `from` up to `last`. */
export const toEntryRecords = (ordinal: number, from: Lsn, last: Lsn): readonly BridgeRecord[] =>
  Array.from({ length: last - from }, (_, index) => {
    const lsn = from + index + 1;
    return { kind: 'entry', ordinal, epoch: sampleEpoch(ordinal), lsn, prev: lsn - 1, entry: sampleEntry(ordinal, lsn) };
  });

/** The record that says that an epoch begins after `lsn`. */
export const toEpochRecord = (ordinal: number, lsn: Lsn, prev: Lsn): BridgeRecord => ({
  kind: 'epoch',
  ordinal,
  epoch: sampleEpoch(ordinal),
  lsn,
  prev,
  isEndKnown: true,
});

export const toBatch = (after: BridgeRecord | null | undefined, records: readonly BridgeRecord[]): Batch => {
  const place: Place | null = after === null || after === undefined ? null : { ordinal: after.ordinal, epoch: after.epoch, lsn: after.lsn };
  return { after: place, records };
};
