import { judgePut, type Batch, type Place, type Target } from '@phloem/bridge';
import { isFault } from '@phloem/protocol';
import type { Dialect } from './dialects/dialect.ts';
import type { SqlSession } from './sql-session.ts';
import type { Insert } from './to-program-rows.ts';
import { toRows, toTruncatedRanges } from './to-rows.ts';

type EndRow = { readonly ordinal: string | number | null; readonly epoch: string | null; readonly lsn: string | number | null };

/**
 * The target in the tables of a database. Creates those that are missing. Each batch is one transaction with the cursor, and with the
 * removal of what a new epoch voids. Closes the session where it cannot begin.
 *
 * @throws Fault `bridge/unreachable`, or `bridge/refused` when the server does not accept the account or the tables.
 */
export const openSqlTarget = async (
  session: SqlSession,
  dialect: Dialect,
  bridge: string,
  /** Writes rows of another program instead of those of the log. */
  toProgramRows: ((records: Batch['records']) => readonly Insert[]) | null = null,
): Promise<Target> => {
  try {
    await session.query(dialect.begin);
    for (const statement of dialect.prepare) await session.query(statement);
    await session.query(dialect.claim, [bridge]);
    await session.query('COMMIT');
  } catch (error) {
    await session.close();
    throw error;
  }
  return {
    position: async () => toPlace((await session.query<EndRow>(dialect.readEnd, [bridge]))[0]),
    put: async (batch) => {
      await session.query(dialect.begin);
      try {
        const [end] = await session.query<EndRow>(dialect.lockEnd, [bridge]);
        const records = judgePut(toPlace(end), batch);
        if (toProgramRows === null) await write(session, dialect, bridge, records);
        else for (const { text, values } of toProgramRows(records)) await session.query(text, values);
        const newest = records.at(-1);
        if (newest !== undefined) await session.query(dialect.moveEnd, [newest.ordinal, newest.epoch, newest.lsn, bridge]);
      } catch (error) {
        // After `moved` the same connection is read again; after anything else it is given up, and the server rolls back by itself.
        if (isFault(error, 'bridge/moved') || isFault(error, 'bridge/fenced')) await session.query('ROLLBACK');
        throw error;
      }
      await session.query('COMMIT');
    },
    close: () => session.close(),
  };
};

const write = async (session: SqlSession, dialect: Dialect, bridge: string, records: Batch['records']): Promise<void> => {
  if (records.length === 0) return;
  const rows = toRows(records);
  await session.query(dialect.records, [bridge, JSON.stringify(rows.records)]);
  if (rows.readings.length > 0) await session.query(dialect.readings, [bridge, JSON.stringify(rows.readings)]);
  if (rows.devices.length > 0) await session.query(dialect.devices, [bridge, JSON.stringify(rows.devices)]);
  for (const { before, end } of toTruncatedRanges(records)) {
    for (const statement of dialect.voids) await session.query(statement, [bridge, before, end]);
  }
};

const toPlace = (row: EndRow | undefined): Place | null =>
  row === undefined || row.ordinal === null || row.epoch === null || row.lsn === null
    ? null
    : { ordinal: Number(row.ordinal), epoch: row.epoch, lsn: Number(row.lsn) };
