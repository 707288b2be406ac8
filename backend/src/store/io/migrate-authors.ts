import type { DatabaseSync } from 'node:sqlite';
import { upgradeAuthors } from '../upgrade-authors.ts';
import { rewriteRows } from './rewrite-rows.ts';

/** Writes the authors of entries, commands and the snapshot as data where schemas 1 to 5 have a text. */
export const migrateAuthors = (database: DatabaseSync): void =>
  rewriteRows(database, {
    like: ['"by":"', 'acknowledgedBy":"', '"subject":"'].map((part) => `? LIKE '%${part}%'`).join(' OR '),
    entry: upgradeAuthors,
    command: upgradeAuthors,
    standing: upgradeAuthors,
  });
