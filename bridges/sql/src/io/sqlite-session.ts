import { existsSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Fault } from '@phloem/protocol';
import type { SqlSession } from '../sql-session.ts';

export type SqliteAddress = {
  /** The file on this machine. */
  readonly file: string;
  /** `own` creates the file if it is missing; `read` writes nothing into it. */
  readonly use: 'own' | 'read' | 'write';
};

/** How long another program may hold the lock of the file. This thread does nothing else meanwhile. */
const busyMs = 200;
const maxStatements = 32;

/** @throws Fault `bridge/unreachable` while another program holds the file, or `bridge/refused` when it cannot be used. */
export const openSqliteSession = async ({ file, use }: SqliteAddress): Promise<SqlSession> => {
  const isNew = !existsSync(file);
  if (isNew && use !== 'own') throw new Fault('bridge/unreachable', `SQLite: there is no file ${file}`);
  const database = explain(() => new DatabaseSync(file, { timeout: busyMs, readOnly: use === 'read' }));
  // The mode of a file that is there belongs to the program that made it.
  if (isNew) explain(() => database.exec('PRAGMA journal_mode = WAL'));
  explain(() => database.exec('PRAGMA synchronous = FULL'));
  // A checkpoint of ours could meet a SQLite of theirs that is older than 3.51.3, which may then lose a part of the log.
  if (use === 'write') explain(() => database.exec('PRAGMA wal_autocheckpoint = 0'));
  const statements = new Map<string, StatementSync>();
  const prepare = (text: string): StatementSync => {
    const known = statements.get(text);
    if (known !== undefined) return known;
    if (statements.size >= maxStatements) statements.clear();
    const prepared = database.prepare(text);
    statements.set(text, prepared);
    return prepared;
  };
  return {
    query: async <Row extends object>(text: string, values: readonly (string | number | null)[] = []): Promise<readonly Row[]> =>
      explain(() => readAll(prepare(text), values) as readonly Row[]),
    close: async () => {
      if (database.isOpen) database.close();
    },
  };
};

/** An integer that is too large for a number comes as a bigint; SQLite's client refuses the whole answer otherwise. */
const readAll = (statement: StatementSync, values: readonly (string | number | null)[]): readonly object[] => {
  try {
    return statement.all(...values);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE')) throw error;
  }
  statement.setReadBigInts(true);
  const rows = statement.all(...values);
  statement.setReadBigInts(false);
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, toSafe(cell)])));
};

const toSafe = (cell: unknown): unknown =>
  typeof cell === 'bigint' && cell >= Number.MIN_SAFE_INTEGER && cell <= Number.MAX_SAFE_INTEGER ? Number(cell) : cell;

/** SQLITE_BUSY and SQLITE_LOCKED pass by themselves. */
const isAway = (code: unknown): boolean => typeof code === 'number' && [5, 6].includes(code & 0xff);

const explain = <T>(run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { errcode, code } = error as { readonly errcode?: unknown; readonly code?: unknown };
    if (code !== 'ERR_SQLITE_ERROR' && code !== 'ERR_INVALID_STATE') throw error;
    throw new Fault(isAway(errcode) || code === 'ERR_INVALID_STATE' ? 'bridge/unreachable' : 'bridge/refused', `SQLite: ${error.message}`, {
      cause: error,
    });
  }
};
