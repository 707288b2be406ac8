import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Low } from 'lowdb';
import { openDataLock } from '../../store/io/data-lock.ts';
import { toStoreFault } from '../../store/io/sqlite-fault.ts';
import { findSettings, removeLeftovers, writeSettings, type SettingsFolder } from '../generations.ts';
import { openSettings, type SettingsFile } from '../open-settings.ts';
import { noSettings, type Settings, type SettingsData } from '../settings.ts';
import { toSettingsFolder } from './settings-folder.ts';

/**
 * Opens the settings in a file, for this process alone. The folder is made when it is not there. The caller closes it.
 *
 * @throws Fault `store/locked` when another process has them open, `store/unwritable`, `store/newer`, `store/damaged`.
 */
export async function openLowdbSettings({ path }: { readonly path: string }): Promise<Settings> {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw toStoreFault(error, folder);
  }
  const lock = openDataLock(join(folder, `${basename(path, '.json')}.lock`));
  try {
    const files = toSettingsFolder(folder);
    await removeLeftovers(files, basename(path));
    const file = await openLowdbFile(files, basename(path), path);
    return openSettings({ ...file, close: () => lock.close() });
  } catch (error) {
    lock.close();
    throw toStoreFault(error, path);
  }
}

/** A lowdb database over our own adapter, which does what lowdb's own file adapters do not: see `generations.ts`. */
export async function openLowdbFile(folder: SettingsFolder, file: string, path: string): Promise<SettingsFile> {
  let generation = 0;
  let notice: string | null = null;
  const low = new Low<SettingsData>(
    {
      read: async () => {
        const found = await findSettings(folder, file);
        ({ generation, notice } = found);
        return found.data;
      },
      write: async (data) => {
        await writeSettings(folder, file, { data, generation: generation + 1, unique: randomUUID() });
        generation += 1;
      },
    },
    noSettings,
  );
  await low.read();
  return {
    data: low.data,
    notice,
    write: async (data) => {
      const before = low.data;
      low.data = data;
      try {
        await low.write();
      } catch (error) {
        low.data = before;
        throw toStoreFault(error, path);
      }
    },
    close: () => undefined,
  };
}
