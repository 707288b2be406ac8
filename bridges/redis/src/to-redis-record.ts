import type { BridgeRecord, Place } from '@phloem/bridge';
import { toIsoText, withMessage, type Entry, type Lsn } from '@phloem/protocol';

/** A record as the append script takes it. */
export type RedisRecord = {
  /** The id in the stream: `<ordinal>-<lsn>`. */
  readonly id: string;
  readonly fields: readonly (readonly [string, string])[];
  /** What subscribers of a channel are given; null for nobody. */
  readonly message: { readonly channel: string; readonly text: string } | null;
  /** Newest readings by point, and newest states by device. */
  readonly values: readonly (readonly [string, string])[];
  readonly devices: readonly (readonly [string, string])[];
};

export const toStreamId = ({ ordinal, lsn }: Pick<Place, 'ordinal' | 'lsn'>): string => `${ordinal}-${lsn}`;

/** The place that an id names, or null when it is no id of a bridge. */
export const parseStreamId = (id: string): { readonly ordinal: number; readonly lsn: Lsn } | null => {
  const [, ordinal, lsn] = /^(\d{1,15})-(\d{1,16})$/.exec(id) ?? [];
  return ordinal === undefined || lsn === undefined ? null : { ordinal: Number(ordinal), lsn: Number(lsn) };
};

const nothing: readonly (readonly [string, string])[] = [];

/** Pure: what Redis is given of a record. */
export const toRedisRecord = (record: BridgeRecord, channelPrefix: string): RedisRecord => {
  const common = [
    ['record', record.kind],
    ['epoch', record.epoch],
    ['prev', String(record.prev)],
  ] as const;
  const bare = { id: toStreamId(record), message: null, values: nothing, devices: nothing };
  switch (record.kind) {
    case 'entry':
      return {
        ...bare,
        ...toNewest(record.entry, channelPrefix),
        fields: [...common, ['kind', record.entry.kind], ['entry', JSON.stringify(record.entry)]],
      };
    case 'epoch':
      return { ...bare, fields: [...common, ['end', record.isEndKnown ? String(record.lsn) : 'unknown']] };
    case 'gap':
      return { ...bare, fields: [...common, ['from', String(record.from)]] };
    default:
      return record satisfies never;
  }
};

/** Newest values carry their time and quality, so that nobody has to take an old one for live. */
const toNewest = (entry: Entry, channelPrefix: string): Partial<RedisRecord> => {
  const { lsn, at } = entry;
  if (entry.kind === 'sensor') {
    const { location, cluster, readings } = entry;
    return {
      values: Object.entries(readings).map(([measurement, { v, q, why }]) => [
        `${location}/${cluster}/${measurement}`,
        JSON.stringify({ v, q, ...(why !== undefined && { why: withMessage(why, { time: toIsoText }) }), at, lsn }),
      ]),
      message: { channel: `${channelPrefix}sensor:${location}:${cluster}`, text: JSON.stringify({ location, cluster, at, lsn, readings }) },
    };
  }
  if (entry.kind === 'device') {
    const { device, phase, value, by } = entry;
    const text = JSON.stringify({ device, phase, value, by, at, lsn });
    return { devices: [[device, text]], message: { channel: `${channelPrefix}device:${device.replace('/', ':')}`, text } };
  }
  return {};
};
