import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, createService, startService } from '@phloem/automation';
import type { HubStore } from '@phloem/backend';
import type { Checkpoint, Entry } from '@phloem/protocol';
import { filter, lastValueFrom, map, of, VirtualTimeScheduler } from 'rxjs';
import type { Breach } from './facts.ts';

/** The newest checkpoint that a service has kept for itself; null when it has none. */
export const readCheckpoint = (folder: string): Checkpoint | null => {
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith('.checkpoint.json'))
    .toSorted((a, b) => toCursor(a) - toCursor(b))
    .at(-1);
  return newest === undefined ? null : (JSON.parse(readFileSync(join(folder, newest), 'utf8')) as Checkpoint);
};

const toCursor = (name: string): number => Number(/-(\d+)\.checkpoint\.json$/.exec(name)?.[1] ?? 0);

/**
 * A service that was killed and began again and again must have ended in the very state of one that never stopped:
 * here one steps the whole log in one go, and the two are compared.
 */
export const checkState = async (
  name: string,
  checkpoint: Checkpoint,
  log: readonly Entry[],
  documents: HubStore['documents'],
): Promise<readonly Breach[]> => {
  const { epoch, cursor, state } = checkpoint;
  const entries = log.filter(({ lsn }) => lsn <= cursor);
  const last = await lastValueFrom(
    createService({
      nodeId: name,
      batches$: of({ kind: 'entries', sub: 'log', epoch, from: 0, last: cursor, entries }),
      start: startService({ epoch, lsn: 0 }, null),
      documents: (hashes) => of(new Map(hashes.map((hash) => [hash, JSON.parse(documents.get(hash) ?? 'null') as unknown]))),
      compile,
      clock: new VirtualTimeScheduler(),
      checkpointEveryMs: 3_600_000,
    }).pipe(
      filter((output) => output.kind === 'state'),
      map((output) => output.state),
    ),
  );
  const replayed = last.plan?.save(last.run);
  const { run } = JSON.parse(state) as { run: string };
  return run === replayed ? [] : [{ kind: 'wrong', who: name, says: `its state at ${cursor} is not that of an engine that never stopped` }];
};
