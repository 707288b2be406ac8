import { textReason } from '@phloem/protocol';
import type { DatabaseSync } from 'node:sqlite';
import { type Fields, isFields, rewriteRows } from './rewrite-rows.ts';

/** What a person did to an alarm has a text of that person as its `reason`. */
const isByPerson = ({ shelving, state, isAcknowledged }: Fields): boolean =>
  shelving !== undefined || state === 'acknowledged' || isAcknowledged === true;

/** The readings of an entry. */
const withReadingCauses = (entry: Fields): Fields => {
  const { readings } = entry;
  if (!isFields(readings)) return entry;
  const changed = Object.entries(readings).map(([name, reading]) => [
    name,
    isFields(reading) && typeof reading['why'] === 'string' ? { ...reading, why: textReason(reading['why']) } : reading,
  ]);
  return { ...entry, readings: Object.fromEntries(changed) };
};

/** A gap, a reading, or an alarm that was raised, with a reason in place of a sentence. */
const withCause = (entry: Fields): Fields => {
  const { kind, why, reason, ...rest } = entry;
  if (kind === 'sensor' || kind === 'late') return withReadingCauses(entry);
  if (kind === 'gap' && typeof why === 'string') return { ...entry, why: textReason(why) };
  if (kind !== 'alarm' || typeof reason !== 'string' || isByPerson(entry)) return entry;
  return { kind, ...rest, why: textReason(reason) };
};

/** An alarm as it stands. */
const withStatusCause = (status: Fields): Fields => {
  if (!('reason' in status)) return status;
  const { reason, ...rest } = status;
  return { ...rest, why: typeof reason === 'string' ? textReason(reason) : null };
};

const mapFields = (values: unknown, change: (fields: Fields) => Fields): unknown =>
  Array.isArray(values) ? values.map((value: unknown) => (isFields(value) ? change(value) : value)) : values;

const withCauses = (standing: Fields): Fields => ({
  ...standing,
  entries: mapFields(standing['entries'], withCause),
  ...('totals' in standing && { totals: mapFields(standing['totals'], withCause) }),
  ...('alarms' in standing && { alarms: mapFields(standing['alarms'], withStatusCause) }),
});

/** Gives gaps, alarms and readings a reason of the code `text` where schemas 1 to 7 have a sentence. */
export const migrateCauses = (database: DatabaseSync): void =>
  rewriteRows(database, {
    like: `? LIKE '%"alarm%' OR ? LIKE '%"gap"%' OR ? LIKE '%"readings"%"why":"%'`,
    entry: withCause,
    command: (record) => record,
    standing: withCauses,
  });
