import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { lockedFault, toStoreFault } from './sqlite-fault.ts';

/** The right to be the only process that works on some data. It ends with the process, however that ends. */
export type DataLock = { close(): void };

/**
 * Takes a lock for this process, on a file made for that.
 *
 * SQLite locks it, in an exclusive transaction that never ends: the lock of `hub.db` itself comes and goes with each
 * transaction. A process that is killed leaves nothing behind that somebody would have to clear away.
 *
 * @throws Fault `store/locked` when another process holds it, `store/unwritable` when the lock cannot be made.
 */
export function openDataLock(path: string): DataLock {
  const folder = dirname(path);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    if (database?.isOpen) database.close();
    const fault = toStoreFault(error, folder);
    throw fault === error ? lockedFault(folder, error) : fault;
  }
  const held = database;
  return { close: () => held.close() };
}
