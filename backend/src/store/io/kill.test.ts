import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createStillClock } from '../testing/store-bench.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { newFolder } from './testing/new-folder.ts';

const appender = fileURLToPath(new URL('./testing/appender.ts', import.meta.url));

/** Lets a hub append until it has said `count` numbers, then kills it; returns the epoch and the last number it said. */
async function appendAndKill(path: string, count: number): Promise<{ readonly epoch: string; readonly said: number }> {
  const child = spawn(process.execPath, ['--conditions=phloem-src', appender, path, 'boot'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let epoch = '';
  let said = 0;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('epoch ')) epoch = line.slice(6);
    else said = Number(line);
    lines += 1;
    // What it has said and is still in the pipe is read to the end.
    if (lines === count) child.kill('SIGKILL');
  }
  await ended;
  return { epoch, said };
}

describe('a hub that is killed', () => {
  it('[IN3] loses nothing that it had appended, and goes on under the same epoch', async () => {
    const path = join(newFolder(), 'hub.db');
    let before = { epoch: '', said: 0 };
    for (const count of [1, 40, 700]) {
      const { epoch, said } = await appendAndKill(path, count + 1);
      expect(before.said === 0 || epoch === before.epoch).toBe(true);
      expect(said).toBeGreaterThan(before.said);
      before = { epoch, said };
    }
    const store = openSqliteStore({ path, clock: createStillClock().clock, random: Math.random, bootId: 'boot' });
    expect(store.log.epoch).toBe(before.epoch);
    expect(store.log.head).toBeGreaterThanOrEqual(before.said);
    expect(store.cursors.get('flower_room')?.lsn).toBe(store.log.head);
    const numbers: number[] = [];
    for (let next = store.log.read(0, { entries: 500, bytes: 1e6 }); next.length > 0;) {
      numbers.push(...next.map(({ lsn, kind }) => (kind === 'note' ? lsn : -lsn)));
      next = store.log.read(numbers.length, { entries: 500, bytes: 1e6 });
    }
    expect(numbers).toEqual(Array.from({ length: store.log.head }, (_, index) => index + 1));
    store.close();
  });
});
