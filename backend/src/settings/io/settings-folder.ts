import { copyFile, link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SettingsFolder } from '../generations.ts';

/** A folder of the file system, as settings need it. */
export const toSettingsFolder = (path: string): SettingsFolder => ({
  list: () => readdir(path),
  read: (name) => readFile(join(path, name), 'utf8'),
  writeSynced: async (name, text) => {
    await using file = await open(join(path, name), 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
  },
  link: async (name, second) => {
    try {
      await link(join(path, name), join(path, second));
    } catch (error) {
      // Some file systems know no second names.
      if (!isCode(error, 'EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP')) throw error;
      await copyFile(join(path, name), join(path, second));
    }
  },
  rename: (from, to) => rename(join(path, from), join(path, to)),
  remove: (name) => rm(join(path, name), { force: true }),
  sync: async () => {
    await using folder = await open(path, 'r');
    await folder.sync();
  },
});

const isCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
