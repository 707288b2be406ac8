import { Fault, isFault } from '@phloem/protocol';
import { encodeSettings, parseSettings } from './settings-text.ts';
import { noSettings, type SettingsData } from './settings.ts';

/** What settings need of a folder. Every call rejects when it could not be done. */
export interface SettingsFolder {
  /** The names of the files in it. */
  list(): Promise<readonly string[]>;
  read(name: string): Promise<string>;
  /** Writes a new file, only for its owner, and waits until its content is on disk. */
  writeSynced(name: string, text: string): Promise<void>;
  /** Gives a file a second name. */
  link(name: string, second: string): Promise<void>;
  /** Replaces `to` in one step. */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Waits until the names are on disk. */
  sync(): Promise<void>;
}

/** What was found of earlier settings. */
export type FoundSettings = { readonly data: SettingsData; readonly generation: number; readonly notice: string | null };

/** How many earlier generations are kept beside the newest. */
export const generationsKept = 5;

const stem = (file: string): string => file.replace(/\.json$/, '');
const toGeneration = (file: string, generation: number): string => `${stem(file)}.${generation}.json`;
const readGeneration = (file: string, name: string): number | null => {
  const digits = name.startsWith(`${stem(file)}.`) ? /^(\d{1,15})\.json$/.exec(name.slice(stem(file).length + 1)) : null;
  return digits === null ? null : Number(digits[1]);
};
const generationsIn = (file: string, names: readonly string[]): readonly number[] =>
  names.flatMap((name) => readGeneration(file, name) ?? []).toSorted((a, b) => b - a);

/**
 * Finds the newest settings that are valid. A folder without any gives empty ones; a damaged file gives the newest
 * valid generation and a notice, and is kept under another name.
 *
 * @throws Fault `store/newer` for settings of a newer version, `store/damaged` when nothing valid is left.
 */
export async function findSettings(folder: SettingsFolder, file: string): Promise<FoundSettings> {
  const names = await folder.list();
  const generations = generationsIn(file, names);
  if (!names.includes(file) && generations.length === 0) return { data: noSettings, generation: 0, notice: null };

  const problems: string[] = [];
  for (const name of [file, ...generations.map((generation) => toGeneration(file, generation))]) {
    try {
      const found = parseSettings(await folder.read(name));
      if (problems.length === 0) return { ...found, notice: null };
      if (names.includes(file)) await folder.rename(file, `${file}.damaged`);
      return {
        data: found.data,
        generation: Math.max(found.generation, ...generations),
        notice: `The settings could not be used (${problems.join('; ')}). Those of ${name} are in use, and later changes are lost: check the existing tokens.`,
      };
    } catch (error) {
      if (isFault(error, 'store/newer')) {
        throw new Fault('store/newer', `${name}: ${error.message}. Start that version, or name another folder with --data.`, {
          cause: error,
        });
      }
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Fault(
    'store/damaged',
    `No settings can be read (${problems.join('; ')}). Replace ${file} with a backup, or remove it and its generations to start from scratch.`,
  );
}

/**
 * Writes the next generation: on disk under a name of its own, then in the place of the last one in one step. A power
 * cut at any moment leaves the old or the new settings.
 *
 * @param unique makes the temporary name one that no other process uses.
 */
export async function writeSettings(
  folder: SettingsFolder,
  file: string,
  next: { readonly data: SettingsData; readonly generation: number; readonly unique: string },
): Promise<void> {
  const temporary = `${file}.${next.unique}.tmp`;
  try {
    await folder.writeSynced(temporary, encodeSettings(next.data, next.generation));
    const names = await folder.list();
    const before = toGeneration(file, next.generation - 1);
    if (names.includes(file) && !names.includes(before)) await folder.link(file, before);
    await folder.rename(temporary, file);
  } catch (error) {
    // Best effort: what is left over does no harm, and the failure itself is what the caller must hear.
    await folder.remove(temporary).catch(() => undefined);
    throw error;
  }
  await folder.sync();
  await removeOldGenerations(folder, file);
}

async function removeOldGenerations(folder: SettingsFolder, file: string): Promise<void> {
  try {
    const old = generationsIn(file, await folder.list()).slice(generationsKept);
    for (const generation of old) await folder.remove(toGeneration(file, generation));
  } catch {
    // The settings are written; a generation too many is removed by the next write.
  }
}

/** Removes what a process that was killed while it wrote has left. Only for anyone who has the folder to itself. */
export async function removeLeftovers(folder: SettingsFolder, file: string): Promise<void> {
  const left = (await folder.list()).filter((name) => name.startsWith(`${file}.`) && name.endsWith('.tmp'));
  for (const name of left) await folder.remove(name);
}
