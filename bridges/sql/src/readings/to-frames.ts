import type { IngestFrame, IngestReading, TimeZone } from '@phloem/protocol';
import { parseTime } from './parse-time.ts';

/** How the rows of a table are read as points. */
export type ReadingsMapping = {
  readonly table: string;
  /** The column with the increasing id. */
  readonly id: string;
  readonly time?: { readonly column: string; readonly zone: string };
  /** Points by the column with their value. `{column}` in a point stands for what that column says. */
  readonly points: Readonly<Record<string, string>>;
  /** What a column says instead of a word of a point: `Flower Room 1` for flower_room. */
  readonly names?: Readonly<Record<string, string>>;
};

/** A row: its id, its time as text, the clock of its database, and the columns that the mapping names. */
export type TableRow = {
  readonly id: number;
  readonly time: string | null;
  readonly cells: Readonly<Record<string, unknown>>;
};

export type FramesInput = {
  readonly mapping: ReadingsMapping;
  readonly zone: TimeZone;
  readonly rows: readonly TableRow[];
  /** What the clock of the database shows, which also wrote the times of the rows. */
  readonly databaseNow: number;
  /** What the clock of the hub shows at the same moment. */
  readonly hubNow: number;
  /** Claims that none of the rows was there a moment ago. */
  readonly areFresh: boolean;
};

export type Frames = {
  readonly frames: readonly IngestFrame[];
  /** Rows whose age is not known, since they have no readable time. They are left out. */
  readonly timeless: number;
  /** Rows of an hour that came twice. */
  readonly ambiguous: number;
};

/** Pure: what the rows say, each in a frame of its own. The age of a row is measured by the clock of its database. */
export const toFrames = ({ mapping, zone, rows, databaseNow, hubNow, areFresh }: FramesInput): Frames => {
  const frames: IngestFrame[] = [];
  let [timeless, ambiguous] = [0, 0];
  for (const row of rows) {
    const readings = toReadings(mapping, row);
    if (Object.keys(readings).length === 0) continue;
    if (mapping.time === undefined) {
      // Without a time only a row that has just come is known to be new. It is as old as that when the hub, which may be away, takes it.
      if (areFresh) frames.push({ at: Math.round(hubNow), readings });
      else timeless += 1;
      continue;
    }
    const time = parseTime(row.time ?? '', zone);
    if (time === undefined) {
      timeless += 1;
      continue;
    }
    if (time.kind === 'twice') ambiguous += 1;
    // A row that was not there a moment ago is of the second showing, if that has begun. Any other is taken for the older of the two.
    const measured = time.kind === 'twice' && areFresh && time.again <= databaseNow + toleranceMs ? time.again : time.at;
    const ageMs = databaseNow - measured;
    // A measurement that is a little ahead must not stay current for longer than one of now.
    frames.push({ at: Math.max(0, Math.round(hubNow - (ageMs < 0 && ageMs > -toleranceMs ? 0 : ageMs))), readings });
  }
  return { frames, timeless, ambiguous };
};

/** How far the clock of anyone who writes the rows may be ahead of that of the database. */
const toleranceMs = 5000;

const wordPattern = /^[a-z][a-z0-9_]{0,62}$/;

const toReadings = ({ points, names = {} }: ReadingsMapping, { cells }: TableRow): Record<string, IngestReading> => {
  const readings: Record<string, IngestReading> = {};
  for (const [template, column] of Object.entries(points)) {
    let isWhole = true;
    const point = template.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
      const said = toCellText(cells[name]);
      const word = Object.hasOwn(names, said) ? (names[said] ?? '') : said;
      isWhole &&= wordPattern.test(word);
      return word;
    });
    // A row of something that is not mapped: another room, another kind of sensor.
    if (isWhole) readings[point] = toReading(cells[column], column);
  }
  return readings;
};

const toReading = (cell: unknown, column: string): IngestReading => {
  if (typeof cell === 'boolean') return { v: cell };
  if (cell === null || cell === undefined) return { v: null, why: `${column} is NULL` };
  const number = typeof cell === 'number' || typeof cell === 'bigint' ? Number(cell) : toNumber(cell);
  if (Number.isFinite(number)) return { v: number };
  return { v: null, why: `${column} is no number: ${toCellText(cell).slice(0, 60).toWellFormed()}` };
};

/** What a cell says, as text; nothing for NULL. */
export const toCellText = (cell: unknown): string => {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'string') return cell;
  return typeof cell === 'number' || typeof cell === 'bigint' || typeof cell === 'boolean' ? String(cell) : JSON.stringify(cell);
};

/** NUMERIC and BIGINT arrive as text. An empty text is no 0. */
const toNumber = (cell: unknown): number => (typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : Number.NaN);

/** The columns that a mapping reads besides id and time. */
export const toColumns = ({ points }: ReadingsMapping): readonly string[] => {
  const named = Object.keys(points).flatMap((template) => [...template.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name));
  return [...new Set([...named, ...Object.values(points)])];
};
