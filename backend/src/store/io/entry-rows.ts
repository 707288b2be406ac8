import type { Lsn } from '@phloem/protocol';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { FoundRow } from '../../log/decode-rows.ts';
import { isCorrupt, toStoreFault } from './sqlite-fault.ts';

/** A row of `entries`, in the order of the columns in `entryColumns`. */
type Columns = readonly SQLOutputValue[];
const entryColumns = 'lsn, at, up, position, checksum, body';

/**
 * Makes the function that reads rows of the log: those after `after`, oldest first, at most `count`, and no more than
 * `bytes` of text past the first. Rows on pages that cannot be read are left out, the others are found one by one.
 */
export function createRowReader(database: DatabaseSync, path: string) {
  const sql = {
    read: database.prepare(`SELECT ${entryColumns} FROM entries WHERE lsn > ? ORDER BY lsn LIMIT ?`),
    readOne: database.prepare(`SELECT ${entryColumns} FROM entries WHERE lsn = ?`),
  };
  // Rows as arrays cost a third of rows as objects.
  sql.read.setReturnArrays(true);
  sql.readOne.setReturnArrays(true);

  const readEach = (after: Lsn, count: number): readonly FoundRow[] => {
    const found: FoundRow[] = [];
    for (let lsn = after + 1; lsn <= after + count; lsn += 1) {
      try {
        const row: unknown = sql.readOne.get(lsn);
        if (Array.isArray(row)) found.push(toFoundRow(row));
      } catch {
        // This one lies on a page that cannot be read. The log says so with a gap where it is missing.
      }
    }
    return found;
  };

  return (after: Lsn, count: number, bytes: number): readonly FoundRow[] => {
    const found: FoundRow[] = [];
    let size = 0;
    try {
      const rows: Iterable<unknown> = sql.read.iterate(after, count);
      for (const each of rows as Iterable<Columns>) {
        const row = toFoundRow(each);
        size += row.body?.length ?? 0;
        if (found.length > 0 && size > bytes) break;
        found.push(row);
      }
      return found;
    } catch (error) {
      if (isCorrupt(error)) return readEach(after, count);
      throw toStoreFault(error, path);
    }
  };
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
