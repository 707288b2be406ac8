import { Socket } from 'node:net';
import { Fault } from '@phloem/protocol';
import { Client, DatabaseError } from 'pg';
import type { SqlSession } from '../sql-session.ts';

/** How to reach a PostgreSQL server. */
export type PostgresAddress = {
  /** `postgres://phloem@127.0.0.1:5432/greenhouse`; over a network with `?sslmode=verify-full`. */
  readonly url: string;
  readonly password?: string;
  /** Shown in the server's list of sessions. */
  readonly name: string;
};

/** @throws Fault `bridge/unreachable`, or `bridge/refused` when the server does not accept the account. */
export const openPostgresSession = async ({ url, password, name }: PostgresAddress): Promise<SqlSession> => {
  // A client over a half-open connection never ends by itself; its socket is destroyed instead.
  const socket = new Socket();
  const client = new Client({
    connectionString: url,
    ...(password === undefined ? {} : { password }),
    application_name: name,
    connectionTimeoutMillis: 4000,
    keepAlive: true,
    stream: () => socket,
  });
  // What is under way rejects with the same error; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await explain(client.connect());
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    query: async <Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]> => {
      const { rows } = await explain(client.query<Row>(text, values === undefined ? undefined : [...values]));
      return rows;
    },
    close: async () => {
      socket.destroy();
    },
  };
};

/** A server that starts, stops or has no room for a connection is not there yet (SQLSTATE classes 08 and 57, and 53300). */
const isAway = (code: string | undefined): boolean => /^(08|57P|53300)/.test(code ?? '');

/** What a failure of the client means to the bridge. */
const explain = async <T>(asked: Promise<T>): Promise<T> => {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isRefused = error instanceof DatabaseError && !isAway(error.code);
    throw new Fault(isRefused ? 'bridge/refused' : 'bridge/unreachable', `PostgreSQL: ${error.message}`, { cause: error });
  }
};
