import { textReason } from '@phloem/protocol';
import type { DatabaseSync } from 'node:sqlite';
import { toChecksum } from './entry-rows.ts';

type Fields = { readonly [name: string]: unknown };

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An entry or a command with a reason in place of a sentence. */
const withReason = (value: unknown): unknown => {
  if (!isFields(value) || typeof value['why'] !== 'string') return value;
  const { kind, why, ...rest } = value;
  // A gap and a reading say it in words still.
  if (kind !== undefined && kind !== 'device' && kind !== 'interlock') return value;
  return { ...(kind !== undefined && { kind }), ...rest, ...(why !== '' && { why: textReason(why) }) };
};

/** What stands is kept with the entries that say so. */
const withReasons = (standing: unknown): unknown =>
  isFields(standing) && Array.isArray(standing['entries']) ? { ...standing, entries: standing['entries'].map(withReason) } : standing;

const inJson =
  (change: (value: unknown) => unknown) =>
  (text: unknown): string => {
    try {
      return JSON.stringify(change(JSON.parse(String(text))));
    } catch {
      // A text that is no JSON is damaged: its reader says so.
      return String(text);
    }
  };

/**
 * Gives device and interlock entries, commands, and what stands a reason of the code `text` where schema 1 has a sentence.
 * What has a reason already, and a row that is not as it was written, stays as it is.
 */
export function migrateReasons(database: DatabaseSync): void {
  database.function('with_reason', { deterministic: true }, inJson(withReason));
  database.function('with_reasons', { deterministic: true }, inJson(withReasons));
  database.function('row_checksum', { deterministic: true }, (lsn, at, up, offset, body) =>
    toChecksum(Number(lsn), Number(at), Number(up), Number(offset), String(body)),
  );
  database.exec(`
    UPDATE entries SET body = with_reason(body), checksum = row_checksum(lsn, at, up, position, with_reason(body))
      WHERE body LIKE '%"why":"%' AND row_checksum(lsn, at, up, position, body) = checksum;
    UPDATE commands SET record = with_reason(record) WHERE record LIKE '%"why":"%';
    UPDATE facts SET text = with_reasons(text) WHERE name = 'standing' AND text LIKE '%"why":"%';
  `);
}
