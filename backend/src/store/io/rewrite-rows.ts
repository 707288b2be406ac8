import type { DatabaseSync } from 'node:sqlite';
import { toChecksum } from './entry-rows.ts';

export type Fields = { readonly [name: string]: unknown };

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** How a new version writes what an older one stored. `like` finds the rows that it concerns. */
export type Rewrite = {
  readonly like: string;
  readonly entry: (entry: Fields) => Fields;
  readonly command: (record: Fields) => Fields;
  readonly standing: (standing: Fields) => Fields;
};

const inJson =
  (change: (fields: Fields) => Fields) =>
  (text: unknown): string => {
    try {
      const value: unknown = JSON.parse(String(text));
      return isFields(value) ? JSON.stringify(change(value)) : String(text);
    } catch {
      // A text that is no JSON is damaged: its reader says so.
      return String(text);
    }
  };

/** Rewrites entries, commands and the stored snapshot. A row that is not as it was written stays as it is. */
export function rewriteRows(database: DatabaseSync, { like, entry, command, standing }: Rewrite): void {
  database.function('rewrite_entry', { deterministic: true }, inJson(entry));
  database.function('rewrite_command', { deterministic: true }, inJson(command));
  database.function('rewrite_standing', { deterministic: true }, inJson(standing));
  database.function('row_checksum', { deterministic: true }, (lsn, at, up, offset, body) =>
    toChecksum(Number(lsn), Number(at), Number(up), Number(offset), String(body)),
  );
  const isConcerned = (column: string): string => `(${like.replaceAll('?', column)})`;
  database.exec(`
    UPDATE entries SET body = rewrite_entry(body), checksum = row_checksum(lsn, at, up, position, rewrite_entry(body))
      WHERE ${isConcerned('body')} AND row_checksum(lsn, at, up, position, body) = checksum;
    UPDATE commands SET record = rewrite_command(record) WHERE ${isConcerned('record')};
    UPDATE facts SET text = rewrite_standing(text) WHERE name = 'standing' AND ${isConcerned('text')};
  `);
}
