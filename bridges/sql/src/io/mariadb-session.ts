import { connect } from 'node:net';
import { Fault } from '@phloem/protocol';
import { createConnection, type Connection } from 'mysql2/promise';
import type { SqlSession } from '../sql-session.ts';

/** How to reach a MariaDB server. */
export type MariadbAddress = {
  /** `mariadb://phloem@127.0.0.1:3306/greenhouse`; over a network with `?ssl-mode=VERIFY_IDENTITY`. */
  readonly url: string;
  readonly password?: string;
};

/** The same on every server, so that text and times mean the same. */
const modes = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** @throws Fault `bridge/unreachable`, or `bridge/refused` when the server does not accept the account. */
export const openMariadbSession = async ({ url, password }: MariadbAddress): Promise<SqlSession> => {
  const { hostname, port, username, pathname, searchParams } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  // A client over a half-open connection never ends by itself; its socket is destroyed instead, which rejects what is under way.
  const socket = connect({ host, port: port === '' ? 3306 : Number(port), noDelay: true, keepAlive: true });
  let connection: Connection;
  try {
    connection = await explain(
      createConnection({
        host,
        user: decodeURIComponent(username),
        ...(password === undefined ? {} : { password }),
        database: decodeURIComponent(pathname.slice(1)),
        stream: () => socket,
        connectTimeout: 4000,
        charset: 'utf8mb4',
        timezone: 'Z',
        dateStrings: true,
        supportBigNumbers: true,
        ...(searchParams.get('ssl-mode') === 'VERIFY_IDENTITY' ? { ssl: { rejectUnauthorized: true, verifyIdentity: true } } : {}),
      }),
    );
    connection.on('error', () => undefined);
    await explain(connection.query(`SET SESSION time_zone = '+00:00', sql_mode = '${modes}', innodb_lock_wait_timeout = 5`));
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    query: async <Row extends object>(text: string, values?: readonly (string | number | null)[]): Promise<readonly Row[]> => {
      const [rows] = await explain(values === undefined ? connection.query(text) : connection.execute(text, [...values]));
      return Array.isArray(rows) ? (rows as readonly object[] as readonly Row[]) : [];
    },
    close: async () => {
      socket.destroy();
    },
  };
};

/** Errors of the server have a number: too many connections, and a server that shuts down, are not there yet. */
const away: ReadonlySet<number> = new Set([1040, 1053, 1079, 1203]);

/** What a failure of the client means to the bridge. */
const explain = async <T>(asked: Promise<T>): Promise<T> => {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { errno, sqlState } = error as { readonly errno?: unknown; readonly sqlState?: unknown };
    const isRefused = typeof errno === 'number' && sqlState !== undefined && !away.has(errno);
    throw new Fault(isRefused ? 'bridge/refused' : 'bridge/unreachable', `MariaDB: ${error.message}`, { cause: error });
  }
};
