import { toDeviceValue, type StateRequest } from '@phloem/bridge';
import { createTimeZone, type DeviceId } from '@phloem/protocol';
import { quoteName, type Engine } from '../dialects/engine.ts';
import { parseTime } from '../readings/parse-time.ts';
import { nowOf, toTextOf } from '../readings/read-statements.ts';
import { toCellText } from '../readings/to-frames.ts';

/** How a row names its device and the state. */
export type DeviceMapping = {
  /** A device, in which `{column}` stands for what that column says: `{room}/{device}`. */
  readonly device: string;
  readonly names?: Readonly<Record<string, string>>;
  /** The column with the state. */
  readonly value: string;
  readonly values?: Readonly<Record<string, boolean | number>>;
};

/** How the rows of a table ask for device states: one row for each device, which the program overwrites. */
export type RequestsMapping = DeviceMapping & {
  readonly table: string;
  /** The column with the time at which the row was written. */
  readonly changed: { readonly column: string; readonly zone: string };
  /** Where the program says that it lives: the newest time in a column. */
  readonly alive: { readonly table: string; readonly column: string; readonly zone: string };
};

export type RequestStatements = { readonly rows: string; readonly life: string };

/** The columns of a row that name its device and the state. */
export const toDeviceColumns = ({ device, value }: DeviceMapping): readonly string[] => [
  ...new Set([...[...device.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name), value]),
];

export const toRequestStatements = (engine: Engine, mapping: RequestsMapping): RequestStatements => {
  const name = (text: string): string => quoteName(engine, text);
  const cells = toDeviceColumns(mapping).map((column, index) => `${name(column)} AS c${index}`);
  const { table, changed } = mapping;
  return {
    rows: `SELECT ${cells.join(', ')}, ${toTextOf(engine, name(changed.column))} AS changed, ${nowOf(engine)} AS database_now FROM ${name(table)}`,
    life: toLifeStatement(engine, mapping.alive),
  };
};

export const toLifeStatement = (engine: Engine, { table, column }: RequestsMapping['alive']): string =>
  `SELECT ${toTextOf(engine, `max(${quoteName(engine, column)})`)} AS life, ${nowOf(engine)} AS database_now FROM ${quoteName(engine, table)}`;

type Row = Readonly<Record<string, unknown>>;

/** The newest sign of life: its text, and its age by the clock of the database. */
export const toLife = (
  { alive }: Pick<RequestsMapping, 'alive'>,
  row: Row | undefined,
): { readonly text: string | null; readonly ageMs: number | null } => {
  const text = toCellText(row?.['life']);
  return { text: text === '' ? null : text, ageMs: toAge(text, alive.zone, row) };
};

/**
 * How old a time is by the clock of the database; null where it is no time. Of a time that comes twice in a night, the newer one that is
 * not ahead of that clock.
 */
export const toAge = (text: string, zone: string, row: Row | undefined): number | null => {
  const time = parseTime(text, createTimeZone(zone));
  if (time === undefined) return null;
  const now = Number(row?.['database_now']);
  return now - (time.kind === 'twice' && time.again <= now ? time.again : time.at);
};

export type ReadRows = {
  readonly requests: readonly StateRequest[];
  /** Rows whose request cannot be read, by their content. */
  readonly unreadable: readonly string[];
  /** Rows that are older than requests may be, or were so before, by their device and version. */
  readonly stale: ReadonlySet<string>;
};

/** How far the clock of the program may be ahead of that of its database. */
const toleranceMs = 5000;

/**
 * Pure: what the rows ask for. `maxAgeMs` is how old a request may be, by the clock of the database; null for any age. A row that was in
 * `before`, the stale rows of the last look, stays stale until it is written again, also where that clock was set back.
 */
export const toRequests = (
  mapping: RequestsMapping,
  rows: readonly Row[],
  maxAgeMs: number | null,
  before: ReadonlySet<string> = new Set(),
): ReadRows => {
  const unreadable: string[] = [];
  const stale = new Set<string>();
  const byDevice = new Map<DeviceId, StateRequest[]>();
  for (const row of rows) {
    const { device, cell } = toDeviceName(mapping, row);
    const value = toDeviceValue(cell, mapping.values ?? {});
    const version = toCellText(row['changed']);
    if (!devicePattern.test(device) || value === null) {
      unreadable.push(`${device} = ${toCellText(cell)}`.slice(0, 120));
      continue;
    }
    const key = `${device} ${version}`;
    if (maxAgeMs !== null && (before.has(key) || !isYoung(toAge(version, mapping.changed.zone, row), maxAgeMs))) stale.add(key);
    else byDevice.set(device, [...(byDevice.get(device) ?? []), { device, value, version }]);
  }
  const all = [...byDevice.values()];
  // Acting on each of several rows in turn would switch the device at each look.
  unreadable.push(...all.filter(({ length }) => length > 1).map((same) => `${same[0]?.device ?? ''} has ${same.length} rows`));
  return { requests: all.filter(({ length }) => length === 1).flat(), unreadable, stale };
};

const isYoung = (ageMs: number | null, maxAgeMs: number): boolean => ageMs !== null && ageMs <= maxAgeMs && ageMs >= -toleranceMs;

/** The device that a row names, and its cell with the state. */
export const toDeviceName = (mapping: DeviceMapping, row: Row): { readonly device: DeviceId; readonly cell: unknown } => {
  const columns = toDeviceColumns(mapping);
  const { names = {} } = mapping;
  const cellOf = (column: string): unknown => row[`c${columns.indexOf(column)}`];
  const device = mapping.device.replaceAll(/\{([^}]+)\}/g, (_, column: string) => {
    const said = toCellText(cellOf(column));
    return Object.hasOwn(names, said) ? (names[said] ?? '') : said;
  });
  return { device, cell: cellOf(mapping.value) };
};

const devicePattern = /^[a-z][a-z0-9_]{0,62}\/[a-z][a-z0-9_]{0,62}$/;
