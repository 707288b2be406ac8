import type { SQLOutputValue } from 'node:sqlite';
import {
  parseAuthor,
  type AlarmAction,
  type AlarmPriority,
  type DeviceSpan,
  type DeviceValue,
  type Phase,
  type Reason,
} from '@phloem/protocol';
import type { KeptMark } from '../marks.ts';
import type { RollUp } from '../roll-up.ts';

type Row = readonly SQLOutputValue[];

/** Rows whose statement returns arrays. */
export const asRows = (rows: unknown): readonly Row[] => rows as readonly Row[];

/** What a bucket of a point comes to. */
export const toRow = ([, min, max, sum, values, samples, good, simulated]: Row): RollUp => ({
  min: toValue(min),
  max: toValue(max),
  sum: Number(sum),
  values: Number(values),
  samples: Number(samples),
  good: Number(good),
  simulated: Number(simulated),
});

const toValue = (value: SQLOutputValue | undefined): number | null => (value === null || value === undefined ? null : Number(value));

/** A span of a device. */
export const toSpan = (row: Record<string, SQLOutputValue>): DeviceSpan => ({
  from: Number(row['since']),
  to: toValue(row['until']),
  value: JSON.parse(String(row['value'])) as DeviceValue | null,
  phase: String(row['phase']) as Phase,
  by: row['by'] === null ? null : parseAuthor(String(row['by'])),
  why: toReason(row['why']),
  cause: toValue(row['cause']),
  lsn: toValue(row['lsn']),
  isSimulated: row['simulated'] === 1,
});

/** Alarms and notes, one after the other: few of many are wanted. */
export function* asMarks(rows: Iterable<Record<string, SQLOutputValue>>): Iterable<KeptMark> {
  for (const row of rows) {
    yield {
      alarm: toText(row['alarm']),
      at: Number(row['at']),
      until: toValue(row['until']),
      lsn: toValue(row['lsn']),
      endLsn: toValue(row['end_lsn']),
      priority: toText(row['priority']) as AlarmPriority | null,
      text: String(row['text']),
      why: toReason(row['why']),
      by: row['by'] === null ? null : parseAuthor(String(row['by'])),
      about: toText(row['about']),
      locations: toText(row['locations'])?.split(' ') ?? null,
      written: toValue(row['written']),
      action: toText(row['action']) as AlarmAction | null,
    };
  }
}

const toText = (value: SQLOutputValue | undefined): string | null => (value === null || value === undefined ? null : String(value));

/** A reason as a column holds it; null where there is none. */
export const toReason = (value: SQLOutputValue | undefined): Reason | null =>
  value === null || value === undefined ? null : (JSON.parse(String(value)) as Reason);
