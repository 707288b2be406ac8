import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { decodeRows } from '../../log/decode-rows.ts';
import type { LogBounds, LogSource } from '../../log/log-source.ts';
import { createRowReader } from './entry-rows.ts';
import { toStoreFault } from './sqlite-fault.ts';

/**
 * Opens the log for reading, in another thread than the one that writes it. Each call is a transaction of its own, over
 * before it returns: one that stays open would keep the write-ahead log from starting over.
 *
 * @throws Fault `store/unwritable` when there is no database, `store/damaged`.
 */
export function openLogReader(path: string): LogSource {
  try {
    if (!existsSync(path)) throw Object.assign(new Error('it is not there'), { errcode: 14 });
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const readRows = createRowReader(database, path);
    const look = database.prepare(
      "SELECT (SELECT min(lsn) FROM entries) AS first, (SELECT max(lsn) FROM entries) AS head, (SELECT text FROM facts WHERE name = 'run') AS run",
    );
    return {
      bounds: () => {
        const { first, head, run } = look.get() ?? {};
        const { epoch, lineage } = JSON.parse(String(run)) as Pick<LogBounds, 'epoch' | 'lineage'>;
        return { epoch, lineage, head: Number(head ?? 0), first: Number(first ?? Number(head ?? 0) + 1) };
      },
      read: (after, { entries, bytes }, first) => decodeRows(readRows(after, entries, bytes), after, first),
      close: () => database.close(),
    };
  } catch (error) {
    throw toStoreFault(error, path);
  }
}
