import { Socket } from 'node:net';
import { judgePut, type Batch, type Place, type Target } from '@phloem/bridge';
import { Fault, isFault } from '@phloem/protocol';
import { Client, DatabaseError } from 'pg';
import { isPlainName, toSchema, toStatements } from '../schema.ts';
import { toRows, toVoidRanges } from '../to-rows.ts';

/** Where the log goes in PostgreSQL. */
export type PostgresOptions = {
  /** `postgres://phloem@127.0.0.1:5432/greenhouse`; over a network with `?sslmode=verify-full`. */
  readonly url: string;
  readonly password?: string;
  /** The schema that holds the tables. */
  readonly schema: string;
  /** The name of the bridge, under which its rows and its cursor are kept. */
  readonly bridge: string;
};

type EndRow = { readonly ordinal: string | null; readonly epoch: string | null; readonly lsn: string | null };

/**
 * Connects to PostgreSQL 12 or later and creates the tables that are missing. Each batch is one transaction with the cursor, and with
 * the removal of what a new epoch voids.
 *
 * @throws Fault `bridge/unreachable`, or `bridge/refused` when the server does not accept the account or the tables.
 */
export const openPostgresTarget = async ({ url, password, schema, bridge }: PostgresOptions): Promise<Target> => {
  if (!isPlainName(schema)) throw new Fault('bridge/refused', `${schema} is no name of a schema: use a-z, 0-9 and _`);
  const statements = toStatements(schema);
  // A client over a half-open connection never ends by itself; its socket is destroyed instead.
  const socket = new Socket();
  const client = new Client({
    connectionString: url,
    ...(password === undefined ? {} : { password }),
    application_name: `phloem bridge ${bridge}`,
    connectionTimeoutMillis: 4000,
    keepAlive: true,
    stream: () => socket,
  });
  // What is under way rejects with the same error; without a listener it would end the process.
  client.on('error', () => undefined);
  const query = async <Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]> => {
    const { rows } = await explain(client.query<Row>(text, values === undefined ? undefined : [...values]));
    return rows;
  };
  try {
    await explain(client.connect());
    // Two bridges that create the same tables at once would collide.
    await query('BEGIN');
    await query("SELECT pg_advisory_xact_lock(hashtext('phloem bridge schema'))");
    await query(toSchema(schema));
    await query(statements.claim, [bridge]);
    await query('COMMIT');
  } catch (error) {
    socket.destroy();
    throw error;
  }

  const writeAll = async (records: Batch['records']): Promise<void> => {
    const rows = toRows(records);
    const newest = records.at(-1);
    if (newest === undefined) return;
    await query(statements.records, [bridge, JSON.stringify(rows.records)]);
    if (rows.readings.length > 0) await query(statements.readings, [bridge, JSON.stringify(rows.readings)]);
    if (rows.devices.length > 0) await query(statements.devices, [bridge, JSON.stringify(rows.devices)]);
    for (const { before, end } of toVoidRanges(records)) {
      for (const statement of statements.voids) await query(statement, [bridge, before, end]);
    }
    await query(statements.moveEnd, [bridge, newest.ordinal, newest.epoch, newest.lsn]);
  };

  return {
    position: async () => toPlace((await query<EndRow>(statements.readEnd, [bridge]))[0]),
    put: async (batch) => {
      await query('BEGIN');
      try {
        await writeAll(judgePut(toPlace((await query<EndRow>(statements.lockEnd, [bridge]))[0]), batch));
      } catch (error) {
        // After `moved` the same connection is read again; after anything else it is given up, and the server rolls back by itself.
        if (isFault(error, 'bridge/moved') || isFault(error, 'bridge/fenced')) await query('ROLLBACK');
        throw error;
      }
      await query('COMMIT');
    },
    close: async () => {
      socket.destroy();
    },
  };
};

const toPlace = (row: EndRow | undefined): Place | null =>
  row === undefined || row.ordinal === null || row.epoch === null || row.lsn === null
    ? null
    : { ordinal: Number(row.ordinal), epoch: row.epoch, lsn: Number(row.lsn) };

/** A server that starts, stops or has no room for a connection is not there yet (SQLSTATE classes 08 and 57, and 53300). */
const isAway = (code: string | undefined): boolean => /^(08|57P|53300)/.test(code ?? '');

/** What a failure of the client means to the bridge. */
const explain = async <T>(asked: Promise<T>): Promise<T> => {
  try {
    return await asked;
  } catch (error) {
    if (isFault(error) || !(error instanceof Error)) throw error;
    const isRefused = error instanceof DatabaseError && !isAway(error.code);
    throw new Fault(isRefused ? 'bridge/refused' : 'bridge/unreachable', `PostgreSQL: ${error.message}`, { cause: error });
  }
};
