import { closeSync, copyFileSync, existsSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { Fault } from '@phloem/protocol';
import type { Salvaged } from '../salvaged.ts';
import { toChecksum } from './entry-rows.ts';
import { migrateAuthors } from './migrate-authors.ts';
import { migrateCauses } from './migrate-causes.ts';
import { migrateReasons } from './migrate-reasons.ts';
import { migrateTerms } from './migrate-terms.ts';
import { adoptSegments } from './segments/adopt-segments.ts';
import { openSegmentFiles, toSegmentFolder } from './segments/segment-files.ts';
import { prepareSchema, schemaVersion } from './sqlite-schema.ts';

type Row = readonly SQLOutputValue[];
type Table = { readonly name: string; readonly key: string; readonly columns: number; readonly isWhole: (row: Row) => boolean };

const isJson = (text: SQLOutputValue | undefined): boolean => {
  try {
    JSON.parse(String(text));
    return true;
  } catch {
    // Half a record is none.
    return false;
  }
};

const isText = (value: SQLOutputValue | undefined): boolean => typeof value === 'string';

/** The tables of the log, with what makes a row of each one that can be used. */
const tables: readonly Table[] = [
  { name: 'facts', key: 'name', columns: 2, isWhole: ([name, text]) => isText(name) && isJson(text) },
  { name: 'cursors', key: 'scope', columns: 3, isWhole: ([scope, epoch]) => isText(scope) && isText(epoch) },
  { name: 'commands', key: 'rowid', columns: 4, isWhole: ([id, , stage, record]) => isText(id) && isText(stage) && isJson(record) },
  { name: 'documents', key: 'rowid', columns: 2, isWhole: ([hash, text]) => isText(hash) && isJson(text) },
  {
    name: 'checkpoints',
    key: 'rowid',
    columns: 4,
    isWhole: ([scope, , header, state]) => isText(scope) && isJson(header) && isText(state),
  },
  { name: 'sources', key: 'source', columns: 2, isWhole: ([source, record]) => isText(source) && isText(record) && isJson(record) },
  {
    name: 'named_cursors',
    key: 'name',
    columns: 5,
    isWhole: ([name, node, epoch, lsn, at]) =>
      isText(name) && isText(node) && isText(epoch) && typeof lsn === 'number' && typeof at === 'number',
  },
  {
    name: 'segments',
    key: 'first',
    columns: 13,
    isWhole: ([first, last, file, hash]) => typeof first === 'number' && typeof last === 'number' && isText(file) && isText(hash),
  },
  { name: 'entries', key: 'lsn', columns: 6, isWhole: isWholeEntry },
];

function isWholeEntry([lsn, at, up, offset, checksum, body]: Row): boolean {
  return typeof body === 'string' && toChecksum(Number(lsn), Number(at), Number(up), Number(offset), body) === checksum;
}

/**
 * Moves a damaged database aside and puts one in its place that holds every row that could be read. The new file begins a
 * new epoch when it is opened, since entries that were sent may be missing. Nothing else may have the database open.
 *
 * @param suffix names the damaged files: `hub.db` becomes `hub.db.<suffix>`.
 */
export function salvageDatabase(path: string, suffix: string): Salvaged {
  const kept = `${path}.${suffix}`;
  const [source, target] = [`${path}.salvage`, `${path}.new`];
  for (const file of [source, target]) for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  for (const end of ['', '-wal']) if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${source}${end}`);
  const created = new DatabaseSync(target);
  created.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL');
  prepareSchema(created, target);
  try {
    // A file that was brought up from an older version has tables on other pages than a new one: its own names come first.
    copyRows(source, created);
    graftSchema(source, target);
    copyRows(source, created);
    // What was saved may be of an older version.
    migrateReasons(created);
    migrateTerms(created);
    migrateAuthors(created);
    migrateCauses(created);
    adoptSegments(created, openSegmentFiles(toSegmentFolder(path)));
  } finally {
    created.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${source}${end}`, { force: true });
  }
  for (const end of ['', '-wal']) if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${kept}${end}`);
  rmSync(`${path}-shm`, { force: true });
  renameSync(target, path);
  return { kept, ...count(path) };
}

/**
 * The first page holds the names and places of the tables, and is the same in every database of this version: where it is
 * damaged, a sound one takes its place. The header, the first 100 bytes, stays, but for its fixed parts.
 */
function graftSchema(source: string, sound: string): void {
  const page = Buffer.alloc(4096);
  const from = openSync(sound, 'r');
  readSync(from, page, 0, page.length, 0);
  closeSync(from);
  const to = openSync(source, 'r+');
  const header = Buffer.alloc(100);
  readSync(to, header, 0, header.length, 0);
  if (header.toString('latin1', 0, 15) === 'SQLite format 3' && header.readUInt32BE(60) > schemaVersion) {
    closeSync(to);
    throw new Fault('store/newer', `${source} is damaged, and was written by a newer version of Phloem. Start that version.`);
  }
  // Offset 28 holds the size in pages, which counts only beside equal change counters (24 and 92); zeros make SQLite ask the file.
  header.copy(page, 24, 24, 28);
  page.fill(0, 28, 40);
  page.fill(0, 92, 96);
  writeSync(to, page, 0, page.length, 0);
  closeSync(to);
}

function copyRows(source: string, target: DatabaseSync): void {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(source);
    database.exec('PRAGMA cell_size_check = ON');
    target.exec('BEGIN');
    for (const table of tables) copyTable(database, target, table);
    target.exec('COMMIT');
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error)) throw error;
    // Nothing of it can be read: what has been copied so far is all there is.
    if (target.isTransaction) target.exec('COMMIT');
  } finally {
    database?.close();
  }
}

/** Reads from both ends toward the damage, and between two damaged pages by halves. */
function copyTable(source: DatabaseSync, target: DatabaseSync, { name, key, columns, isWhole }: Table): void {
  const insert = target.prepare(`INSERT OR IGNORE INTO ${name} VALUES (${Array.from({ length: columns }, () => '?').join(', ')})`);
  const save = (row: Row): void => {
    const values = row.slice(0, columns);
    if (isWhole(values)) insert.run(...values);
  };
  const up = readWhile(source, `SELECT *, ${key} FROM ${name} ORDER BY ${key}`, columns, save);
  if (up.isComplete) return;
  const down = readWhile(source, `SELECT *, ${key} FROM ${name} ORDER BY ${key} DESC`, columns, save);
  if (typeof up.last === 'number' && typeof down.last === 'number') readBetween(source, name, key, up.last + 1, down.last - 1, save);
}

type Reach = { readonly isComplete: boolean; readonly last: SQLOutputValue };

function readWhile(source: DatabaseSync, text: string, keyColumn: number, save: (row: Row) => void): Reach {
  let last: SQLOutputValue = null;
  try {
    const statement = source.prepare(text);
    statement.setReturnArrays(true);
    for (const row of statement.iterate() as Iterable<unknown> as Iterable<Row>) {
      last = row[keyColumn] ?? null;
      save(row);
    }
    return { isComplete: true, last };
  } catch {
    // A page that cannot be read ends this pass; the one from the other end goes on behind it.
    return { isComplete: false, last };
  }
}

/** Every range that cannot be read whole is halved, until single rows are left out. */
function readBetween(source: DatabaseSync, name: string, key: string, from: number, to: number, save: (row: Row) => void): void {
  const open: [number, number][] = [[from, to]];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const [low, high] = range;
    if (low > high) continue;
    const { isComplete } = readWhile(source, `SELECT *, ${key} FROM ${name} WHERE ${key} BETWEEN ${low} AND ${high}`, 0, save);
    if (isComplete || low === high) continue;
    const middle = Math.floor((low + high) / 2);
    open.push([low, middle], [middle + 1, high]);
  }
}

function count(path: string): Omit<Salvaged, 'kept'> {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database
    .prepare(
      `WITH kept AS (SELECT lsn AS first, lsn AS last FROM entries UNION SELECT first, last FROM segments)
      SELECT sum(last - first + 1) AS entries, min(first) AS first, max(last) AS last FROM kept`,
    )
    .get();
  database.close();
  const [entries, first, last] = [Number(row?.['entries'] ?? 0), toNumber(row?.['first']), toNumber(row?.['last'])];
  return { entries, first, last, lost: first === null || last === null ? 0 : Math.max(0, last - first + 1 - entries) };
}

const toNumber = (value: SQLOutputValue | undefined): number | null => (typeof value === 'number' ? value : null);
