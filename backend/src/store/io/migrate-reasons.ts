import { textReason } from '@phloem/protocol';
import type { DatabaseSync } from 'node:sqlite';
import { type Fields, isFields, rewriteRows } from './rewrite-rows.ts';

/** An entry or a command with a reason in place of a sentence. */
const withReason = (fields: Fields): Fields => {
  if (typeof fields['why'] !== 'string') return fields;
  const { kind, why, ...rest } = fields;
  // Those of gaps and readings come later.
  if (kind !== undefined && kind !== 'device' && kind !== 'interlock') return fields;
  return { ...(kind !== undefined && { kind }), ...rest, ...(why !== '' && { why: textReason(why) }) };
};

/** What stands is kept with the entries that say so. */
const withReasons = (standing: Fields): Fields =>
  Array.isArray(standing['entries'])
    ? { ...standing, entries: standing['entries'].map((entry: unknown) => (isFields(entry) ? withReason(entry) : entry)) }
    : standing;

/**
 * Gives device and interlock entries, commands, and what stands a reason of the code `text` where schema 1 has a sentence.
 * What has a reason already stays as it is.
 */
export const migrateReasons = (database: DatabaseSync): void =>
  rewriteRows(database, { like: `? LIKE '%"why":"%'`, entry: withReason, command: withReason, standing: withReasons });
