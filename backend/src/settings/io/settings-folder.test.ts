import type * as FileSystem from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { newFolder } from '../../store/io/testing/new-folder.ts';
import { noSettings } from '../settings.ts';
import { writeSettings } from '../generations.ts';
import { toSettingsFolder } from './settings-folder.ts';

const { calls } = vi.hoisted((): { readonly calls: string[] } => ({ calls: [] }));

vi.mock('node:fs/promises', async (importOriginal) => {
  const fs = await importOriginal<typeof FileSystem>();
  return {
    ...fs,
    open: async (path: string, ...rest: readonly [string, number?]) => {
      const handle = await fs.open(path, ...rest);
      return new Proxy(handle, {
        get: (target, key) => {
          if (key === 'sync') calls.push(`sync ${basename(path)}`);
          const value: unknown = Reflect.get(target, key);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
    rename: (from: string, to: string) => {
      calls.push(`rename ${basename(from)} ${basename(to)}`);
      return fs.rename(from, to);
    },
  };
});

describe('a settings file', () => {
  it('[lowdb] is synced before it takes the place of the last one, and its folder after that', async () => {
    const path = join(newFolder(), 'settings');
    const fs = await vi.importActual<typeof FileSystem>('node:fs/promises');
    await fs.mkdir(path);
    await writeSettings(toSettingsFolder(path), 'settings.json', { data: noSettings, generation: 1, unique: 'one' });
    expect(calls).toEqual(['sync settings.json.one.tmp', 'rename settings.json.one.tmp settings.json', 'sync settings']);
  });
});
