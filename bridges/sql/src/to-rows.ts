import { formatAuthor, renderReason, toIsoText, type Reason } from '@phloem/protocol';
import type { BridgeRecord } from '@phloem/bridge';

/** A row of `record`: everything that the bridge was given. Times are milliseconds since 1970. */
export type RecordRow = {
  readonly ordinal: number;
  readonly lsn: number;
  readonly prev: number;
  readonly epoch: string;
  readonly record: BridgeRecord['kind'];
  readonly kind: string | null;
  readonly at: number | null;
  /** JSON. */
  readonly entry: string;
};

/** A row of `reading`: one value of a sensor frame. `value` is null unless the quality allows it to be used. */
export type ReadingRow = {
  readonly ordinal: number;
  readonly lsn: number;
  readonly at: number;
  readonly location: string;
  readonly cluster: string;
  readonly measurement: string;
  readonly value: number | null;
  readonly quality: string;
  readonly why: string | null;
};

/** A row of `device_state`: one step in the life of a command. */
export type DeviceRow = {
  readonly ordinal: number;
  readonly lsn: number;
  readonly at: number;
  readonly device: string;
  readonly phase: string;
  /** JSON; null when there is none. */
  readonly value: string | null;
  readonly author: string;
};

export type Rows = {
  readonly records: readonly RecordRow[];
  readonly readings: readonly ReadingRow[];
  readonly devices: readonly DeviceRow[];
};

/** On and off are stored as 1 and 0. */
const toNumber = (value: number | boolean | null): number | null => (typeof value === 'boolean' ? Number(value) : value);

const toWhy = (why: Reason | undefined): string | null => (why === undefined ? null : renderReason(why, { time: toIsoText }));

/** Pure: the rows that a batch is stored as. */
export const toRows = (records: readonly BridgeRecord[]): Rows => {
  const readings: ReadingRow[] = [];
  const devices: DeviceRow[] = [];
  const rows = records.map((record): RecordRow => {
    const { ordinal, lsn, prev, epoch } = record;
    const bare = { ordinal, lsn, prev, epoch, record: record.kind, kind: null, at: null };
    if (record.kind === 'epoch') return { ...bare, entry: JSON.stringify({ end: record.isEndKnown ? lsn : null }) };
    if (record.kind === 'gap') return { ...bare, entry: JSON.stringify({ from: record.from, to: lsn }) };
    const { entry } = record;
    const { at } = entry;
    if (entry.kind === 'sensor') {
      const { location, cluster } = entry;
      for (const [measurement, { v, q, why }] of Object.entries(entry.readings)) {
        readings.push({ ordinal, lsn, at, location, cluster, measurement, value: toNumber(v), quality: q, why: toWhy(why) });
      }
    }
    if (entry.kind === 'device') {
      const { device, phase, value, by } = entry;
      devices.push({ ordinal, lsn, at, device, phase, value: value === null ? null : JSON.stringify(value), author: formatAuthor(by) });
    }
    return { ...bare, kind: entry.kind, at, entry: JSON.stringify(entry) };
  });
  return { records: rows, readings, devices };
};

/** Records of earlier epochs past `end` are void. */
export type TruncatedRange = { readonly before: number; readonly end: number };

/** Pure: what a batch says to be void. */
export const toTruncatedRanges = (records: readonly BridgeRecord[]): readonly TruncatedRange[] =>
  records.flatMap((record) => (record.kind === 'epoch' && record.isEndKnown ? [{ before: record.ordinal, end: record.lsn }] : []));
