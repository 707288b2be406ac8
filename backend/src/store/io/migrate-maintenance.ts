import { reasonOf } from '@phloem/protocol';
import type { DatabaseSync } from 'node:sqlite';
import { type Fields, isFields, rewriteRows } from './rewrite-rows.ts';

/** The sentence with which the hub put a point back into use. A person may have written the same words: theirs stay. */
const sentence = 'the time is over';

const withEndCause = (entry: Fields): Fields => {
  const { by, record } = entry;
  if (!isFields(by) || by['kind'] !== 'hub' || !isFields(record) || record['kind'] !== 'maintenance') return entry;
  const { reason, ...rest } = record;
  return reason === sentence ? { ...entry, record: { ...rest, why: reasonOf('time/over') } } : entry;
};

/**
 * Gives the records with which the hub put points back into use a reason where schemas 1 to 8 have a sentence. The stored
 * snapshot has none of them: it keeps only points that are out of use. Nor are sealed segments changed: their entries
 * keep the sentence, which is still valid as a `reason`.
 */
export const migrateMaintenance = (database: DatabaseSync): void =>
  rewriteRows(database, {
    like: `? LIKE '%"maintenance"%${sentence}%'`,
    entry: withEndCause,
    command: (record) => record,
    standing: (standing) => standing,
  });
