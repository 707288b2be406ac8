import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault, type Checkpoint, type ScopeId, type Term } from '@phloem/protocol';
import { defer } from 'rxjs';
import { parseCheckpoint, parseHubCheckpoint } from '../checkpoint.ts';
import type { CheckpointStore } from '../run-service.ts';
import type { AskHub } from './ask-hub.ts';

/** What went wrong with a checkpoint: it is a cache, so nothing stops for it. */
export type CheckpointTrouble = { readonly doing: 'read' | 'write' | 'hand over'; readonly what: string; readonly error: unknown };

/** How many own files are kept for a scope: the log may have to be resumed before the newest (EV6). */
const kept = 3;
const suffix = '.checkpoint.json';

const numberOf = (name: string): number => Number(name.slice(0, -suffix.length).split('-').at(-1));

/** Writes a file whole or not at all. */
const writeWhole = async (path: string, text: string): Promise<void> => {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
};

/** Keeps checkpoints in files of one's own, and asks the hub for its newest. */
export const createCheckpointFiles = (options: {
  readonly folder: string;
  readonly ask: AskHub;
  readonly trouble: (trouble: CheckpointTrouble) => void;
}): CheckpointStore => {
  const { folder, ask, trouble } = options;

  const names = async (scope: ScopeId | null): Promise<readonly string[]> => {
    const all = await readdir(folder).catch(() => []);
    const mine = all.filter((name) => name.endsWith(suffix) && (scope === null || name.startsWith(`${scope}-`)));
    return mine.toSorted((a, b) => numberOf(b) - numberOf(a));
  };

  const readOwn = async (name: string): Promise<readonly Checkpoint[]> => {
    try {
      return [parseCheckpoint(JSON.parse(await readFile(join(folder, name), 'utf8')))];
    } catch (error) {
      trouble({ doing: 'read', what: name, error });
      return [];
    }
  };

  const readHub = async (scope: ScopeId | null): Promise<readonly Checkpoint[]> => {
    if (scope === null) return [];
    try {
      return [parseHubCheckpoint(JSON.parse(await ask(`/api/v1/checkpoints/${scope}`)))];
    } catch (error) {
      if (!isFault(error, 'document/unknown')) trouble({ doing: 'read', what: `the hub's checkpoint of ${scope}`, error });
      return [];
    }
  };

  return {
    list: (scope) =>
      defer(async () => {
        const own = await names(scope);
        const scopes = scope === null ? [...new Set(own.map((name) => name.slice(0, name.lastIndexOf('-'))))] : [scope];
        return (await Promise.all([...own.map(readOwn), ...scopes.map(readHub)])).flat();
      }),
    keep: async (scope, checkpoint) => {
      const name = `${scope}-${checkpoint.cursor}${suffix}`;
      try {
        await mkdir(folder, { recursive: true });
        await writeWhole(join(folder, name), JSON.stringify(checkpoint));
        const own = await names(scope);
        // A service only goes back where the end of the log was lost: what lies past this one is of entries that are gone,
        // and would push out the good ones by its number.
        const lost = own.filter((other) => numberOf(other) > checkpoint.cursor);
        const old = own.slice(lost.length + kept);
        for (const other of [...lost, ...old]) await rm(join(folder, other), { force: true });
      } catch (error) {
        trouble({ doing: 'write', what: name, error });
      }
    },
    handOver: async (scope: ScopeId, term: Term, checkpoint: Checkpoint) => {
      try {
        await ask(`/api/v1/checkpoints/${scope}`, { method: 'PUT', body: JSON.stringify({ term, checkpoint }) });
      } catch (error) {
        trouble({ doing: 'hand over', what: `${scope} at ${checkpoint.cursor}`, error });
      }
    },
  };
};
