import { isRequestId, parseWantedChange, type QueuedRequest, type RequestOutcome } from '@phloem/bridge';
import { hashDocument } from '@phloem/protocol';
import { quoteName, toPlaceholder, type Engine } from '../dialects/engine.ts';
import { nowOf, toTextOf } from '../readings/read-statements.ts';
import { toCellText } from '../readings/to-frames.ts';
import type { SqlValue } from '../sql-session.ts';
import { toAge, toDeviceName, toDeviceColumns, type DeviceMapping } from './request-statements.ts';

/** How each row of a table asks for one change, which the program adds and never overwrites. */
export type TableQueueMapping = DeviceMapping & {
  readonly table: string;
  /** The column of the primary key. */
  readonly id: string;
  /** The column with `set` or `momentary`; every request is `set` without it. */
  readonly op?: string;
  readonly reason?: string;
  /** The column with the time at which the row was written. */
  readonly created: { readonly column: string; readonly zone: string };
  /** The columns for the outcome. The phase is null until the bridge has answered. */
  readonly outcome: { readonly phase: string; readonly code?: string; readonly message?: string };
  readonly alive: { readonly table: string; readonly column: string; readonly zone: string };
};

export type TableQueueStatements = {
  /** Rows without an outcome, oldest first. */
  readonly rows: (limit: number) => string;
  /** Rows whose request was accepted and is not finished, newest first. */
  readonly open: string;
  /** Writes the first outcome of a row: the values of the outcome, then the id. */
  readonly settle: string;
  /** Writes how it went on. */
  readonly update: string;
};

const openPhases = ['requested', 'held', 'writing'] as const satisfies readonly RequestOutcome['phase'][];
const maxOpen = 256;

export const toTableQueueStatements = (engine: Engine, mapping: TableQueueMapping): TableQueueStatements => {
  const name = (text: string): string => quoteName(engine, text);
  const { table, id, created, outcome, op, reason } = mapping;
  const rest = { op, reason };
  const cells = [
    ...toDeviceColumns(mapping).map((column, index) => `${name(column)} AS c${index}`),
    ...Object.entries(rest).map(([key, column]) => `${column === undefined ? 'NULL' : name(column)} AS ${key}_cell`),
  ];
  const time = name(created.column);
  const common = `${toTextOf(engine, name(id))} AS row_id, ${toTextOf(engine, time)} AS created, ${nowOf(engine)} AS database_now`;
  const phase = name(outcome.phase);
  const columns = toOutcomeColumns(mapping);
  const assignments = columns.map((column, index) => `${name(column)} = ${toPlaceholder(engine, index + 1)}`).join(', ');
  const change = `UPDATE ${name(table)} SET ${assignments} WHERE ${name(id)} = ${toPlaceholder(engine, columns.length + 1)}`;
  return {
    rows: (limit) =>
      `SELECT ${common}, ${cells.join(', ')} FROM ${name(table)} WHERE ${phase} IS NULL ORDER BY ${time}, ${name(id)} LIMIT ${limit}`,
    open: `SELECT ${common} FROM ${name(table)} WHERE ${phase} IN (${openPhases.map((one) => `'${one}'`).join(', ')}) ORDER BY ${time} DESC LIMIT ${maxOpen}`,
    settle: `${change} AND ${phase} IS NULL`,
    update: `${change} AND ${phase} IS NOT NULL`,
  };
};

const toOutcomeColumns = ({ outcome: { phase, code, message } }: TableQueueMapping): readonly string[] =>
  [phase, code ?? [], message ?? []].flat();

/** The values of an outcome, in the order of the statements. */
export const toOutcomeValues = ({ outcome }: TableQueueMapping, { phase, code, message }: RequestOutcome): readonly SqlValue[] => [
  phase,
  ...(outcome.code === undefined ? [] : [code]),
  ...(outcome.message === undefined ? [] : [message]),
];

type Row = Readonly<Record<string, unknown>>;

/** The key of a row, as text. */
export const toRowId = (row: Row): string => toCellText(row['row_id']);

/**
 * What the hub knows the request of a row by. A database may give the key of a deleted row out again, so the time of the row is part of it.
 */
export const toHubId = (row: Row): string => `${toRowId(row)}:${hashDocument(toCellText(row['created'])).slice(0, 16)}`;

/** The key of the row that the hub knows by this id. */
export const fromHubId = (id: string): string => id.slice(0, id.lastIndexOf(':'));

/** Pure: what a row asks for. */
export const toTableRequest = (mapping: TableQueueMapping, row: Row): QueuedRequest => {
  const ageMs = toAge(toCellText(row['created']), mapping.created.zone, row);
  const id = toHubId(row);
  const { device, cell } = toDeviceName(mapping, row);
  const value = Object.hasOwn(mapping.values ?? {}, toCellText(cell)) ? mapping.values?.[toCellText(cell)] : cell;
  const op = toCellText(row['op_cell']);
  const reason = toCellText(row['reason_cell']).slice(0, 400);
  const wanted = parseWantedChange({ device, value, op: op === '' ? 'set' : op, ...(reason !== '' && { reason }) });
  const problem = !isRequestId(id)
    ? `${mapping.id}: expected a key of up to 47 letters, digits and _ . : -`
    : ageMs === null
      ? `${mapping.created.column}: expected the time at which the row was written, found ${toCellText(row['created']).slice(0, 60) || 'nothing'}`
      : null;
  return { id, wanted: problem ?? wanted, ageMs: ageMs ?? Number.POSITIVE_INFINITY };
};
