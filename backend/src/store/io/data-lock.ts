import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { lockedFault, toStoreFault } from './sqlite-fault.ts';

/** The right to be the only hub on a folder of data. It ends with the process, however that ends. */
export type DataLock = { close(): void };

/**
 * Takes the folder for this process.
 *
 * A file of its own is locked, by SQLite, since the lock of `hub.db` itself comes and goes with each transaction; a
 * process that is killed leaves nothing behind that somebody would have to clear away.
 *
 * @throws Fault `store/locked` when another hub holds it, `store/unwritable` when the lock cannot be made.
 */
export function openDataLock(folder: string): DataLock {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(join(folder, 'hub.lock'), { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    if (database?.isOpen) database.close();
    const fault = toStoreFault(error, folder);
    throw fault === error ? lockedFault(folder, error) : fault;
  }
  const held = database;
  return { close: () => held.close() };
}
