import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFault } from '@phloem/protocol';
import { describe, expect, it, vi } from 'vitest';
import { openWhy } from './open-why.ts';

const slow = fileURLToPath(new URL('./testing/slow-program.mjs', import.meta.url));
const asking = fileURLToPath(new URL('./testing/asking-process.ts', import.meta.url));
const question = { device: 'room/fan', at: null, not: null } as const;
const patience = { timeout: 60_000, interval: 50 };

/** Where slow programs leave their process ids. */
const openIds = () => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-why-'));
  const file = join(folder, 'ids');
  const read = (): readonly number[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []);
  return {
    file,
    read,
    count: (n: number) => vi.waitFor(() => expect(read()).toHaveLength(n), patience),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
};

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // There is no process with this number any more.
  }
};
const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'answered',
    (error: unknown) => (isFault(error) ? error.code : String(error)),
  );

describe('the processes that recompute decisions', { timeout: 120_000 }, () => {
  it('are one for each person: slow questions of one leave room for another', async () => {
    using ids = openIds();
    const why = openWhy({ args: [slow], tokenFile: ids.file, port: () => 1 });
    const gone = new AbortController();
    const ask = (person: string, signal = gone.signal) => codeOf(why.ask(question, { person, signal }));
    const asked = [ask('user:anna'), ask('user:anna')];
    const other = ask('user:ben');
    await ids.count(2);
    gone.abort();
    expect(await Promise.all([...asked, other])).toEqual(['why/unavailable', 'why/unavailable', 'why/unavailable']);
    expect(ids.read()).toHaveLength(2);
    await why.close();
  });

  it('end when nobody waits for the answer, and leave their place to the next', async () => {
    using ids = openIds();
    const why = openWhy({ args: [slow], tokenFile: ids.file, port: () => 1 });
    const gone = new AbortController();
    const first = codeOf(why.ask(question, { person: 'user:anna', signal: gone.signal }));
    await ids.count(1);
    const second = codeOf(why.ask(question, { person: 'user:anna', signal: new AbortController().signal }));
    gone.abort();
    expect(await first).toBe('why/unavailable');
    await ids.count(2);
    const [one = 0] = ids.read();
    expect(lives(one)).toBe(false);
    await why.close();
    expect(await second).toBe('why/unavailable');
    expect(ids.read().filter(lives)).toEqual([]);
    expect(await codeOf(why.ask(question, { person: 'user:anna', signal: new AbortController().signal }))).toBe('why/unavailable');
  });

  it('end by themselves when the hub is killed', async () => {
    using ids = openIds();
    const hub = spawn(process.execPath, ['--conditions=phloem-src', asking, slow, ids.file], { stdio: 'ignore' });
    await ids.count(1);
    const ended = once(hub, 'exit');
    hub.kill('SIGKILL');
    await ended;
    await vi.waitFor(() => expect(ids.read().filter(lives)).toEqual([]), patience);
  });
});
