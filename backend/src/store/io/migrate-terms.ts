import type { DatabaseSync } from 'node:sqlite';
import { type Fields, isFields, rewriteRows } from './rewrite-rows.ts';

/** The terms of schema 3 that the glossary has replaced. */
const terms: ReadonlyMap<unknown, string> = new Map([
  ['wished', 'requested'],
  ['voided', 'cancelled'],
  ['diverged', 'discrepancy'],
]);

const toTerm = (value: unknown): unknown => terms.get(value) ?? value;

const withAlarm = (fields: Fields): Fields => {
  const { alarm } = fields;
  if (typeof alarm !== 'string' || !alarm.startsWith('device/')) return fields;
  return { ...fields, alarm: alarm.replace(/\/diverged$/, '/discrepancy').replace(/\/unproven$/, '/feedback-mismatch') };
};

const withTerms = (entry: Fields): Fields =>
  entry['kind'] === 'device' ? { ...entry, phase: toTerm(entry['phase']) } : entry['kind'] === 'alarm' ? withAlarm(entry) : entry;

const toCommand = (record: Fields): Fields => ({ ...record, stage: toTerm(record['stage']), end: toTerm(record['end']) });

const mapFields = (values: unknown, change: (fields: Fields) => Fields): unknown =>
  Array.isArray(values) ? values.map((value: unknown) => (isFields(value) ? change(value) : value)) : values;

const toStanding = (standing: Fields): Fields => ({
  ...standing,
  entries: mapFields(standing['entries'], withTerms),
  ...('alarms' in standing && { alarms: mapFields(standing['alarms'], withAlarm) }),
});

/** Writes the phases and the alarms of devices that schema 3 stored in the terms of schema 4. */
export function migrateTerms(database: DatabaseSync): void {
  const like = ['wished', 'voided', 'diverged', 'unproven'].map((term) => `? LIKE '%${term}"%'`).join(' OR ');
  rewriteRows(database, { like, entry: withTerms, command: toCommand, standing: toStanding });
  database.exec("UPDATE commands SET stage = 'requested' WHERE stage = 'wished'");
}
