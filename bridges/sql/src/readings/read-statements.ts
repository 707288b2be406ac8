import { quoteName, toPlaceholder, type Engine } from '../dialects/engine.ts';
import { toCellText, toColumns, type ReadingsMapping, type TableRow } from './to-frames.ts';

/** How each engine writes a name, its clock in milliseconds since 1970, and any column as text. */
const engines = {
  postgresql: {
    now: '(extract(epoch from clock_timestamp()) * 1000)::float8',
    toText: (column: string) => `${column}::text`,
  },
  mariadb: { now: '(UNIX_TIMESTAMP(NOW(3)) * 1000)', toText: (column: string) => `CAST(${column} AS CHAR)` },
  sqlite: { now: "(unixepoch('now', 'subsec') * 1000)", toText: (column: string) => `CAST(${column} AS TEXT)` },
} as const satisfies Record<Engine, object>;

/** What the engine's clock shows, as an expression. */
export const nowOf = (engine: Engine): string => engines[engine].now;
/** A column as text, as an expression. */
export const toTextOf = (engine: Engine, column: string): string => engines[engine].toText(column);

/** What is asked of a table by its increasing id. */
export type ReadStatements = {
  /** Rows above an id, which is the parameter, and those of some ids, oldest first. */
  readonly rows: (holes: readonly number[], limit: number) => string;
  /** The highest id of all, and the clock of the database. */
  readonly newest: string;
  /** Ids from one on, which is the parameter. */
  readonly ids: string;
};

export const toReadStatements = (engine: Engine, mapping: ReadingsMapping): ReadStatements => {
  const { now, toText } = engines[engine];
  const parameter = toPlaceholder(engine, 1);
  const [table, id] = [quoteName(engine, mapping.table), quoteName(engine, mapping.id)];
  const time = mapping.time === undefined ? 'NULL' : toText(quoteName(engine, mapping.time.column));
  const cells = toColumns(mapping).map((column, index) => `${quoteName(engine, column)} AS c${index}`);
  return {
    rows: (holes, limit) =>
      `SELECT ${id} AS row_id, ${now} AS database_now, ${time} AS row_time, ${cells.join(', ')} FROM ${table} ` +
      `WHERE ${id} > ${parameter}${holes.length === 0 ? '' : ` OR ${id} IN (${holes.map(Math.trunc).join(', ')})`} ORDER BY ${id} LIMIT ${limit}`,
    newest: `SELECT max(${id}) AS newest FROM ${table}`,
    ids: `SELECT ${id} AS row_id FROM ${table} WHERE ${id} >= ${parameter} ORDER BY ${id}`,
  };
};

/** A row as it is selected. */
export type SelectedRow = Readonly<Record<string, unknown>>;

/** The same, by the names of the mapping. */
export const toTableRow = (mapping: ReadingsMapping, row: SelectedRow): TableRow => ({
  id: Number(row['row_id']),
  time: toCellText(row['row_time']) || null,
  cells: Object.fromEntries(toColumns(mapping).map((column, index) => [column, row[`c${index}`]])),
});

/** What the clock of the database showed when the rows were read. */
export const toDatabaseNow = (row: SelectedRow | undefined): number => Number(row?.['database_now']);
