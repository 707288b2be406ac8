import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newFolder } from '../../store/io/testing/new-folder.ts';
import { describeSettings, token, withToken } from '../settings-contract.ts';
import type { Settings } from '../settings.ts';
import { openLowdbFile, openLowdbSettings } from './lowdb-settings.ts';
import { toSettingsFolder } from './settings-folder.ts';

describeSettings('lowdb', () => openLowdbSettings({ path: join(newFolder(), 'data', 'settings.json') }));

const ids = (settings: Settings): readonly string[] => settings.data.tokens.map(({ id }) => id);

/** A folder with settings of `count` generations: the newest has the tokens 1 to `count`. */
async function withGenerations(count: number): Promise<string> {
  const path = join(newFolder(), 'settings.json');
  const settings = await openLowdbSettings({ path });
  for (let n = 1; n <= count; n += 1) await settings.update(withToken(n));
  await settings.close();
  return path;
}

describe('settings on disk', () => {
  it('are found again as they were left', async () => {
    const path = await withGenerations(2);
    const settings = await openLowdbSettings({ path });
    expect(settings.data.tokens).toEqual([token(1), token(2)]);
    expect(settings.notice).toBeNull();
    await settings.close();
  });

  it('[SE2] are only for their owner, all generations of them', async () => {
    const path = await withGenerations(3);
    const folder = join(path, '..');
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(files).toHaveLength(3);
    expect(files.map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  });

  it('keep five generations beside the newest', async () => {
    const path = await withGenerations(9);
    const names = readdirSync(join(path, '..')).filter((name) => name.endsWith('.json'));
    expect(names.toSorted()).toEqual([
      'settings.4.json',
      'settings.5.json',
      'settings.6.json',
      'settings.7.json',
      'settings.8.json',
      'settings.json',
    ]);
  });

  it.each([
    ['null', 'null'],
    ['0', '0'],
    ['false', 'false'],
    ['nothing at all', ''],
    ['zeros, as a power cut leaves them', '\0'.repeat(500)],
    ['half of itself', '{"version":1,"generation":3,"da'],
    ['another document', '{"name":"phloem","version":"1.0.0"}'],
    [
      'a prototype as a key',
      '{"version":1,"generation":9,"data":{"site":{"hash":null,"folder":null},"tokens":[],"preferences":{},"__proto__":{}}}',
    ],
    [
      'a prototype deep inside',
      '{"version":1,"generation":9,"data":{"site":{"hash":null,"folder":null},"tokens":[],"preferences":{"__proto__":1}}}',
    ],
    [
      'a role that does not exist',
      '{"version":1,"generation":9,"data":{"site":{"hash":null,"folder":null},"tokens":[{"role":"root"}],"preferences":{}}}',
    ],
  ])('[lowdb] a file that holds %s falls back to the newest valid generation, logs that, and is not destroyed', async (_, content) => {
    const path = await withGenerations(3);
    writeFileSync(path, content);
    const settings = await openLowdbSettings({ path });
    expect(ids(settings)).toEqual(['token-0001', 'token-0002']);
    expect(settings.notice).toContain('settings.2.json');
    expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(content);
    await settings.update(withToken(4));
    await settings.close();
    const again = await openLowdbSettings({ path });
    expect(ids(again)).toEqual(['token-0001', 'token-0002', 'token-0004']);
    expect(again.notice).toBeNull();
    await again.close();
  });

  it('fall back over several damaged generations, and when the file itself is gone', async () => {
    const path = await withGenerations(4);
    renameSync(path, `${path}.elsewhere`);
    writeFileSync(path.replace('.json', '.3.json'), '{');
    const settings = await openLowdbSettings({ path });
    expect(ids(settings)).toEqual(['token-0001', 'token-0002']);
    expect(settings.notice).toContain('settings.2.json');
    await settings.close();
  });

  it('are never silently empty: with nothing valid left they are refused, and stay as they are', async () => {
    const path = join(newFolder(), 'settings.json');
    writeFileSync(path, 'null');
    await expect(openLowdbSettings({ path })).rejects.toMatchObject({ code: 'store/damaged' });
    expect(readFileSync(path, 'utf8')).toBe('null');
    // The refusal has released them.
    await expect(openLowdbSettings({ path })).rejects.toMatchObject({ code: 'store/damaged' });
  });

  it('of a newer version are refused, not replaced by an older generation', async () => {
    const path = await withGenerations(2);
    writeFileSync(path, '{"version":99,"generation":3,"data":{"users":[]}}');
    await expect(openLowdbSettings({ path })).rejects.toMatchObject({ code: 'store/newer' });
    expect(readFileSync(path, 'utf8')).toContain('"version":99');
  });

  it('[lowdb] two processes do not collide: the second is refused while the first has them', async () => {
    const path = join(newFolder(), 'settings.json');
    const first = await openLowdbSettings({ path });
    await expect(openLowdbSettings({ path })).rejects.toMatchObject({ code: 'store/locked' });
    await first.update(withToken(1));
    await first.close();
    const second = await openLowdbSettings({ path });
    expect(ids(second)).toEqual(['token-0001']);
    await second.close();
  });

  it('[lowdb] two writers without a lock still leave a whole file, since no temporary name is used twice', async () => {
    const folder = newFolder();
    const open = () => openLowdbFile(toSettingsFolder(folder), 'settings.json', folder);
    const writers = [await open(), await open(), await open()];
    const tokens = (count: number) => Array.from({ length: count }, (_, index) => token(index));
    await Promise.allSettled(
      writers.flatMap((writer) => [1, 2, 3].map((count) => writer.write({ ...writer.data, tokens: tokens(count) }))),
    );
    const found = await open();
    expect(found.notice).toBeNull();
    expect(found.data.tokens.length).toBeGreaterThan(0);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('removes what a killed writer has left', async () => {
    const path = await withGenerations(1);
    writeFileSync(`${path}.2f1c.tmp`, '{"vers');
    const settings = await openLowdbSettings({ path });
    expect(existsSync(`${path}.2f1c.tmp`)).toBe(false);
    expect(ids(settings)).toEqual(['token-0001']);
    await settings.close();
  });

  it('say that the folder cannot be written', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'file'), '');
    await expect(openLowdbSettings({ path: join(folder, 'file', 'settings.json') })).rejects.toMatchObject({ code: 'store/unwritable' });
  });
});
