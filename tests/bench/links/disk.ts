import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const pageBytes = 4096;

/** How long the disk under the data of the ways takes to append a page and sync it, each time in microseconds. */
export const timeDisk = (count: number): readonly number[] => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-disk-'));
  const file = openSync(join(folder, 'log'), 'a');
  const page = Buffer.alloc(pageBytes, 1);
  try {
    return Array.from({ length: count }, () => {
      writeSync(file, page);
      const began = performance.now();
      fdatasyncSync(file);
      return (performance.now() - began) * 1000;
    });
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
};
