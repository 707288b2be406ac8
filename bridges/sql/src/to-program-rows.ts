import type { BridgeRecord } from '@phloem/bridge';
import { createTimeZone, toIsoText, toLocal, type TimeZone } from '@phloem/protocol';
import { quoteName, toPlaceholder, type Engine } from './dialects/engine.ts';
import type { SqlValue } from './sql-session.ts';

/** A table of another program, into which readings are written as that program expects them: one row for each sensor frame. */
export type ProgramTable = {
  readonly table: string;
  /** The column with the time, and the zone of times without one. */
  readonly time: { readonly column: string; readonly zone: string };
  readonly location?: string;
  readonly cluster?: string;
  /** The column of each measurement. */
  readonly measurements: Readonly<Record<string, string>>;
  /** `skip` writes no row without a usable value, `null` writes one. The last good value is never repeated. */
  readonly whenNotGood: 'skip' | 'null';
};

export type Insert = { readonly text: string; readonly values: readonly SqlValue[] };

const usable: ReadonlySet<string> = new Set(['good', 'uncertain', 'simulated']);

/** Makes the function that turns records into the inserts of their rows. */
export const createProgramRows = (engine: Engine, to: ProgramTable): ((records: readonly BridgeRecord[]) => readonly Insert[]) => {
  const zone = createTimeZone(to.time.zone);
  const places = [to.location ?? [], to.cluster ?? []].flat();
  const columns = [to.time.column, ...places, ...Object.values(to.measurements)];
  const names = columns.map((column) => quoteName(engine, column)).join(', ');
  const placeholders = columns.map((_, index) => toPlaceholder(engine, index + 1)).join(', ');
  const text = `INSERT INTO ${quoteName(engine, to.table)} (${names}) VALUES (${placeholders})`;
  return (records) =>
    records.flatMap((record): Insert[] => {
      if (record.kind !== 'entry' || record.entry.kind !== 'sensor') return [];
      const { at, location, cluster, readings } = record.entry;
      const found = Object.keys(to.measurements).map((measurement) => readings[measurement]);
      if (found.every((reading) => reading === undefined)) return [];
      const cells = found.map((reading) => (reading === undefined || !usable.has(reading.q) ? null : toCell(reading.v)));
      if (to.whenNotGood === 'skip' && cells.every((cell) => cell === null)) return [];
      const place = [to.location === undefined ? [] : location, to.cluster === undefined ? [] : cluster].flat();
      return [{ text, values: [toTimeText(engine, zone, at), ...place, ...cells] }];
    });
};

const toCell = (value: number | boolean | null): number | null => (typeof value === 'boolean' ? Number(value) : value);

/** PostgreSQL takes the offset where the column has a zone, and leaves it aside where it has none. */
const toTimeText = (engine: Engine, zone: TimeZone, at: number): string => {
  const local = toIsoText(toLocal(zone, at)).slice(0, -1).replace('T', ' ');
  if (engine !== 'postgresql') return local;
  const minutes = Math.round(zone.offsetMsAt(at) / 60_000);
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((n) => String(n).padStart(2, '0'));
  return `${local}${minutes < 0 ? '-' : '+'}${hours}:${rest}`;
};
