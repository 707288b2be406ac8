import { Fault } from '@phloem/protocol';
import type { SqlSession } from '../sql-session.ts';
import { quoteName, type Engine } from '../dialects/engine.ts';
import { toReadStatements } from './read-statements.ts';
import type { ReadingsMapping } from './to-frames.ts';

type Found = { readonly sql?: unknown; readonly step?: unknown; readonly kind?: unknown };

/**
 * Reads what a mapping names, and refuses a table whose ids do not rise, since rows would be missed. Returns the highest id.
 *
 * @throws Fault `bridge/refused` that says what to change.
 */
export const checkTable = async (
  session: SqlSession,
  engine: Engine,
  mapping: ReadingsMapping,
): Promise<{ readonly newest: number | null }> => {
  await checkIds(session, engine, mapping);
  const statements = toReadStatements(engine, mapping);
  await session.query(statements.rows([], 1), [Number.MAX_SAFE_INTEGER]);
  const [row] = await session.query<{ readonly newest: unknown }>(statements.newest);
  return { newest: row?.newest === null || row?.newest === undefined ? null : Number(row.newest) };
};

const checkIds = async (session: SqlSession, engine: Engine, { table, id }: ReadingsMapping): Promise<void> => {
  const refuse = (why: string): never => {
    throw new Fault('bridge/refused', `${table}.${id} cannot be read by increasing id: ${why}`);
  };
  if (engine === 'sqlite') {
    const [found] = await session.query<Found>(`SELECT sql FROM sqlite_master WHERE type IN ('table', 'view') AND lower(name) = lower(?)`, [
      table,
    ]);
    if (found === undefined) throw new Fault('bridge/refused', `there is no table ${table}: name it in readings.table`);
    if (!/\bAUTOINCREMENT\b/i.test(String(found.sql))) {
      refuse('SQLite gives the id of a deleted last row out again; declare it as INTEGER PRIMARY KEY AUTOINCREMENT');
    }
  }
  if (engine === 'mariadb') {
    const [found] = await session.query<Found>('SELECT @@auto_increment_increment AS step');
    if (Number(found?.step) !== 1) refuse(`the server counts in steps of ${String(found?.step)}; set auto_increment_increment = 1`);
  }
  if (engine === 'postgresql') {
    const [found] = await session.query<Found>(
      'SELECT typcategory AS kind FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid WHERE attrelid = to_regclass($1) AND attname = $2',
      [quoteName(engine, table), id],
    );
    if (found === undefined)
      throw new Fault('bridge/refused', `there is no column ${id} in a table ${table}: name both as they are stored`);
    if (found.kind !== 'N') refuse('it is no number');
  }
};
