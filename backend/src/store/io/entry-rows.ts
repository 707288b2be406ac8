import type { Lsn } from '@phloem/protocol';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { FoundRow } from '../../log/decode-rows.ts';
import { isCorrupt, toStoreFault } from './sqlite-fault.ts';

/** A row of `entries`, in the order of the columns in `entryColumns`. */
type Columns = readonly SQLOutputValue[];
/** So many numbers are tried one by one, whatever is between them. */
const mostTried = 16_384;
const entryColumns = 'lsn, at, up, position, checksum, body';

/**
 * Makes the function that reads rows of the log: those after `after`, oldest first, at most `count`, and no more than
 * `bytes` of text past the first. Rows on pages that cannot be read are left out, the others are found one by one.
 */
export function createRowReader(database: DatabaseSync, path: string) {
  const read = database.prepare(`SELECT ${entryColumns} FROM entries WHERE lsn > ? ORDER BY lsn LIMIT ?`);
  // Rows as arrays cost a third of rows as objects.
  read.setReturnArrays(true);
  const readDamaged = createDamagedReader(database);

  return (after: Lsn, count: number, bytes: number): readonly FoundRow[] => {
    const found: FoundRow[] = [];
    let size = 0;
    try {
      const rows: Iterable<unknown> = read.iterate(after, count);
      for (const each of rows as Iterable<Columns>) {
        const row = toFoundRow(each);
        size += row.body?.length ?? 0;
        if (found.length > 0 && size > bytes) break;
        found.push(row);
      }
      return found;
    } catch (error) {
      if (isCorrupt(error)) return readDamaged(after, count);
      throw toStoreFault(error, path);
    }
  };
}

/** Reads around pages that cannot be read: one by one while that is quick; a longer stretch of damage is passed over as a whole. */
function createDamagedReader(database: DatabaseSync) {
  const readOne = database.prepare(`SELECT ${entryColumns} FROM entries WHERE lsn = ?`);
  const readNext = database.prepare('SELECT lsn FROM entries WHERE lsn > ? ORDER BY lsn LIMIT 1');
  const readHead = database.prepare('SELECT max(lsn) AS head FROM entries');
  readOne.setReturnArrays(true);

  const readEach = (after: Lsn, count: number): readonly FoundRow[] => {
    const found: FoundRow[] = [];
    for (let lsn = after + 1; lsn <= after + count; lsn += 1) {
      try {
        const row: unknown = readOne.get(lsn);
        if (Array.isArray(row)) found.push(toFoundRow(row));
      } catch {
        // This one lies on a page that cannot be read. The log says so with a gap where it is missing.
      }
    }
    return found;
  };
  const tryNext = (after: Lsn): Lsn | null => {
    try {
      const row = readNext.get(after);
      return row === undefined ? null : Number(row['lsn']);
    } catch {
      return null;
    }
  };
  const findHead = (): Lsn => {
    try {
      return Number(readHead.get()?.['head'] ?? 0);
    } catch {
      // The newest page cannot be read: where the log ends is not known, and nothing behind the damage is found.
      return 0;
    }
  };

  return (after: Lsn, count: number): readonly FoundRow[] => {
    const near = readEach(after, count);
    if (near.length > 0) return near;
    const head = findHead();
    let from = after + count;
    for (; from < Math.min(after + mostTried, head); from += count) {
      const found = readEach(from, count);
      if (found.length > 0) return found;
    }
    const next = from < head ? findBehind(tryNext, from, head) : null;
    return next === null ? [] : readEach(next - 1, count);
  };
}

/**
 * Where rows can be read again: looked for with ever longer strides, then halved back to where the damage ends. `tryNext` finds
 * a number on a page that can be read, past all those that cannot; null at the end, or where no query works.
 */
function findBehind(tryNext: (after: Lsn) => Lsn | null, after: Lsn, head: Lsn): Lsn | null {
  let bad = after;
  let good: Lsn | null = null;
  for (let stride = 64; good === null; stride *= 2) {
    const at = Math.min(bad + stride, head - 1);
    good = tryNext(at);
    if (good !== null) break;
    if (at >= head - 1) return null;
    bad = at;
  }
  for (let to = good - 1; to - bad > 1;) {
    const middle = Math.floor((bad + to) / 2);
    const found = tryNext(middle);
    if (found === null) bad = middle;
    else [good, to] = [found, middle];
  }
  return good;
}

const numbers = new Float64Array(4);
const numberBytes = new Uint8Array(numbers.buffer);

/** Over the numbers of an entry and its text, by which a row that is not as it was written is known. */
export function toChecksum(lsn: number, at: number, up: number, offset: number, body: string): number {
  numbers[0] = lsn;
  numbers[1] = at;
  numbers[2] = up;
  numbers[3] = offset;
  return crc32(body, crc32(numberBytes));
}

function toFoundRow([lsn, at, up, offset, checksum, body]: Columns): FoundRow {
  const isWhole = typeof body === 'string' && toChecksum(Number(lsn), Number(at), Number(up), Number(offset), body) === checksum;
  return { lsn: Number(lsn), at: Number(at), up: Number(up), offset: Number(offset), body: isWhole ? body : null };
}
