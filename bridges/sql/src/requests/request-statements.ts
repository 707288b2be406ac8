import { createTimeZone, type DeviceId } from '@phloem/protocol';
import { quoteName, type Engine } from '../dialects/engine.ts';
import { parseTime } from '../readings/parse-time.ts';
import { nowOf, toTextOf } from '../readings/read-statements.ts';
import { toCellText } from '../readings/to-frames.ts';
import { toDeviceValue, type RowRequest } from './step-requests.ts';

/** How the rows of a table ask for device states: one row for each device, which the program overwrites. */
export type RequestsMapping = {
  readonly table: string;
  /** A device, in which `{column}` stands for what that column says: `{room}/{device}`. */
  readonly device: string;
  readonly names?: Readonly<Record<string, string>>;
  /** The column with the state. */
  readonly value: string;
  readonly values?: Readonly<Record<string, boolean | number>>;
  /** The column with the time at which the row was written. */
  readonly changed: { readonly column: string; readonly zone: string };
  /** Where the program says that it lives: the newest time in a column. */
  readonly alive: { readonly table: string; readonly column: string; readonly zone: string };
};

export type RequestStatements = { readonly rows: string; readonly life: string };

const columnsOf = ({ device, value }: RequestsMapping): readonly string[] => [
  ...new Set([...[...device.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name), value]),
];

export const toRequestStatements = (engine: Engine, mapping: RequestsMapping): RequestStatements => {
  const name = (text: string): string => quoteName(engine, text);
  const cells = columnsOf(mapping).map((column, index) => `${name(column)} AS c${index}`);
  const { table, changed, alive } = mapping;
  return {
    rows: `SELECT ${cells.join(', ')}, ${toTextOf(engine, name(changed.column))} AS changed, ${nowOf(engine)} AS database_now FROM ${name(table)}`,
    life: `SELECT ${toTextOf(engine, `max(${name(alive.column)})`)} AS life, ${nowOf(engine)} AS database_now FROM ${name(alive.table)}`,
  };
};

type Row = Readonly<Record<string, unknown>>;

/** The newest sign of life: its text, and its age by the clock of the database. */
export const toLife = (
  { alive }: RequestsMapping,
  row: Row | undefined,
): { readonly text: string | null; readonly ageMs: number | null } => {
  const text = toCellText(row?.['life']);
  return { text: text === '' ? null : text, ageMs: toAge(text, alive.zone, row) };
};

/** Of a time that comes twice in a night, the newer one that is not ahead of the clock of the database. */
const toAge = (text: string, zone: string, row: Row | undefined): number | null => {
  const time = parseTime(text, createTimeZone(zone));
  if (time === undefined) return null;
  const now = Number(row?.['database_now']);
  return now - (time.kind === 'twice' && time.again <= now ? time.again : time.at);
};

export type ReadRows = {
  readonly requests: readonly RowRequest[];
  /** Rows whose request cannot be read, by their content. */
  readonly unreadable: readonly string[];
  /** Rows that are older than requests may be. */
  readonly stale: number;
};

/** Pure: what the rows ask for. `maxAgeMs` is how old a request may be, by the clock of the database; null for any age. */
export const toRequests = (mapping: RequestsMapping, rows: readonly Row[], maxAgeMs: number | null): ReadRows => {
  const columns = columnsOf(mapping);
  const { names = {}, values = {} } = mapping;
  const requests: RowRequest[] = [];
  const unreadable: string[] = [];
  let stale = 0;
  for (const row of rows) {
    const cell = (column: string): unknown => row[`c${columns.indexOf(column)}`];
    const device: DeviceId = mapping.device.replaceAll(/\{([^}]+)\}/g, (_, column: string) => {
      const said = toCellText(cell(column));
      return Object.hasOwn(names, said) ? (names[said] ?? '') : said;
    });
    const value = toDeviceValue(cell(mapping.value), values);
    const version = toCellText(row['changed']);
    const age = toAge(version, mapping.changed.zone, row);
    if (!devicePattern.test(device) || value === null) unreadable.push(`${device} = ${toCellText(cell(mapping.value))}`.slice(0, 120));
    else if (maxAgeMs !== null && (age === null || age > maxAgeMs)) stale += 1;
    else requests.push({ device, value, version });
  }
  return { requests, unreadable, stale };
};

const devicePattern = /^[a-z][a-z0-9_]{0,62}\/[a-z][a-z0-9_]{0,62}$/;
