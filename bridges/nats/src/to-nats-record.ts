import type { BridgeRecord, Place } from '@phloem/bridge';
import type { Entry } from '@phloem/protocol';

/** A message of NATS. */
export type NatsMessage = { readonly subject: string; readonly text: string };

/** A record as a message of the stream, and what is published for subscribers; null for nothing. */
export type NatsRecord = NatsMessage & { readonly live: NatsMessage | null };

/** Pure: what NATS is given of a record. */
export const toNatsRecord = (record: BridgeRecord, prefix: string): NatsRecord => {
  const { kind, ordinal, epoch, lsn, prev } = record;
  const common = { record: kind, ordinal, epoch, lsn, prev };
  switch (record.kind) {
    case 'entry': {
      const live = toLive(record.entry, prefix);
      const subject = live?.subject.replace(prefix, `${prefix}.log`) ?? `${prefix}.log.${record.entry.kind}`;
      return { subject, text: JSON.stringify({ ...common, entry: record.entry }), live };
    }
    case 'epoch':
      return { subject: `${prefix}.log.epoch`, text: JSON.stringify({ ...common, end: record.isEndKnown ? lsn : 'unknown' }), live: null };
    case 'gap':
      return { subject: `${prefix}.log.gap`, text: JSON.stringify({ ...common, from: record.from }), live: null };
    default:
      return record satisfies never;
  }
};

/** Newest values carry their time and quality, so that nobody has to take an old one for live. */
const toLive = (entry: Entry, prefix: string): NatsMessage | null => {
  const { lsn, at } = entry;
  if (entry.kind === 'sensor') {
    const { location, cluster, readings } = entry;
    return { subject: `${prefix}.sensor.${location}.${cluster}`, text: JSON.stringify({ location, cluster, at, lsn, readings }) };
  }
  if (entry.kind === 'device') {
    const { device, phase, value, by } = entry;
    return { subject: `${prefix}.device.${device.replace('/', '.')}`, text: JSON.stringify({ device, phase, value, by, at, lsn }) };
  }
  return null;
};

/** The place of a message of the stream, or null when no bridge wrote it. */
export const parsePlace = (text: string): Place | null => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { ordinal, epoch, lsn } = value as Readonly<Record<string, unknown>>;
  return Number.isSafeInteger(ordinal) && typeof epoch === 'string' && Number.isSafeInteger(lsn)
    ? { ordinal: Number(ordinal), epoch, lsn: Number(lsn) }
    : null;
};
