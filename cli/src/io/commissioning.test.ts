import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from './command-line.ts';

/** What a command writes for people or programs. */
const run = async (...args: readonly string[]): Promise<string> => {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  await runCommandLine(args);
  return written.join('');
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('phloem profile', () => {
  it('lists what there is, and says what is not verified', async () => {
    const text = await run('profile', 'list');
    expect(text).toMatch(/^vaisala-hmp +Humidity probe/m);
    expect(text).toMatch(/^xy-md02 +unverified/m);
    const rows = JSON.parse(await run('profile', 'list', '--json')) as { profile: string }[];
    expect(rows.map((row) => row.profile)).toContain('generic');
  });

  it('shows the registers of an instrument with their source', async () => {
    const text = await run('profile', 'show', 'huawei-02312pbl');
    expect(text).toContain('page 3');
    expect(text).toMatch(/^temperature +holding 2 +0002H +s16 +× 0\.1 +°C/m);
  });

  it('checks a file, and names the file and the point that is wrong', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'phloem-profile-')), 'mine.json');
    const point = { title: 'T', quantity: 'temperature', table: 'coil', address: 0, type: 's16', access: 'read' };
    const profile = { profile: 'mine', version: 1, title: 'Mine', source: { document: 'x' }, status: 'unverified', points: { t: point } };
    writeFileSync(path, JSON.stringify(profile));
    await expect(run('profile', 'check', path)).rejects.toThrow(
      /mine\.json:1:\d+: points\.t\.type: expected bit, in the coil table, found s16/,
    );
    await expect(run('profile', 'check', `${path}.gone`)).rejects.toMatchObject({ code: 'cli/usage' });
    await expect(run('profile', 'show', 'nope')).rejects.toMatchObject({ code: 'cli/usage' });
  });
});

describe('phloem bus plan', () => {
  it('[FB13] says what the demonstration asks of its line before it runs', async () => {
    const text = await run('bus', 'plan');
    expect(text).toContain('bus simulator: this plan makes 16 requests a second');
    expect(text).toContain('unit 1, function 4, 6 from address 0, every 1000 ms: 5 values');
  });
});
