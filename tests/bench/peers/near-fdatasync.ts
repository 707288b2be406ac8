import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, serve } from './near.ts';

// What the disk under the hub's database takes to keep one page of the write-ahead log.
const folder = mkdtempSync(join(tmpdir(), 'phloem-bench-'));
process.once('exit', () => {
  closeSync(file);
  rmSync(folder, { recursive: true, force: true });
});
const file = openSync(join(folder, 'wal'), 'w');
const page = Buffer.alloc(4120, 1);

const trip = (n: number): Promise<void> => {
  writeSync(file, page, 0, page.length, (n % 1000) * page.length);
  fdatasyncSync(file);
  return Promise.resolve();
};

await serve(async (trips) => ({ sync: await measure(trips, trip) }));
