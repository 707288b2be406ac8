import type { Position } from '@phloem/protocol';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const length = 64;

/** How far readers have seen the log, in a small file of its own that is written in place. */
export type SeenFile = { get(): Position | null; set(position: Position): void; close(): void };

/**
 * Opens the note beside the database. It is never synced: it only has to outlive the process, to show that the
 * database has lost something while the machine stayed up. After a power cut nobody asks it.
 */
export function openSeenFile(path: string): SeenFile {
  const file = openSync(path, 'a+', 0o600);
  closeSync(file);
  const descriptor = openSync(path, 'r+');
  const buffer = Buffer.alloc(length);
  return {
    get: () => {
      const read = readSync(descriptor, buffer, 0, length, 0);
      const [epoch, lsn, checksum] = buffer.toString('latin1', 0, read).trim().split(' ');
      if (epoch === undefined || lsn === undefined || Number(checksum) !== crc32(`${epoch} ${lsn}`)) return null;
      return { epoch, lsn: Number(lsn) };
    },
    set: ({ epoch, lsn }) => {
      const text = `${epoch} ${lsn}`;
      buffer.fill(' ');
      buffer.write(`${text} ${crc32(text)}`, 0, 'latin1');
      writeSync(descriptor, buffer, 0, length, 0);
    },
    close: () => closeSync(descriptor),
  };
}
