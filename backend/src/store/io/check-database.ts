import { DatabaseSync } from 'node:sqlite';

/** Up to this size a database is checked before the hub uses it, which takes a second or two on an SD card. */
export const checkedAtStartBytes = 64 * 1024 * 1024;

/**
 * Reads every page of a database that nobody has open.
 *
 * @returns what is wrong with it, in SQLite's words; null when it is sound.
 */
export function findDamage(path: string): string | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: 5000 });
    const result: unknown = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    return result === 'ok' ? null : String(result);
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && isDamage(Number(error.errcode))) return error.message;
    throw error;
  } finally {
    database?.close();
  }
}

/** CORRUPT, NOTADB, or the ERROR of a schema that cannot be parsed. */
const isDamage = (code: number): boolean => [1, 11, 26].includes(code & 0xff);
