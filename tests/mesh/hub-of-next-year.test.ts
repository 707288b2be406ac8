import { compile, createService, startService } from '@phloem/automation';
import type { DeviceEntry, Entry, Epoch } from '@phloem/protocol';
import { filter, lastValueFrom, map, of, reduce, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { openNextYearProxy } from '../support/next-year-proxy.ts';
import { until } from '../support/until.ts';

type Log = { readonly epoch: Epoch; readonly head: number; readonly entries: readonly Entry[] };

const node = 'automation-1';
const readLog = (mesh: Mesh): Promise<Log> => mesh.get<Log>('/api/v1/log?after=0&limit=10000');

/** The ids of the commands that a service decides over this log when it reads it as it is. */
const decide = async (mesh: Mesh, { epoch, head, entries }: Log): Promise<readonly string[]> => {
  const hashes = [...new Set(entries.flatMap((entry) => (entry.kind === 'site' || entry.kind === 'bundle' ? [entry.hash] : [])))];
  const documents = new Map(
    await Promise.all(hashes.map(async (hash) => [hash, await mesh.get<unknown>(`/api/v1/documents/${hash}`)] as const)),
  );
  return lastValueFrom(
    createService({
      nodeId: node,
      batches$: of({ kind: 'entries', sub: 'log', epoch, from: 0, last: head, entries }),
      start: startService({ epoch, lsn: 0 }, null),
      documents: () => of(documents),
      compile,
      clock: new VirtualTimeScheduler(),
      checkpointEveryMs: 3_600_000,
    }).pipe(
      filter((output) => output.kind === 'progress'),
      map(({ progress }) => progress.commands.map(({ id }) => id)),
      reduce((all: readonly string[], ids) => [...all, ...ids], []),
    ),
  );
};

/** The commands of the service that the log records, by their ids. */
const requestedIn = ({ entries }: Log): readonly string[] =>
  entries
    .filter((entry): entry is DeviceEntry => entry.kind === 'device' && entry.phase === 'requested' && entry.by.id === node)
    .flatMap(({ id }) => (id === undefined ? [] : [id]));

describe('the automation service on a hub of next year', () => {
  it('[VE3, VE4] decides as on a hub of today, and commits to the end of the log, without dialing again', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await using proxy = await openNextYearProxy(mesh.port);
    await mesh.startAutomation({ hub: proxy.url });
    for (const cluster of ['front', 'middle', 'back'])
      await mesh.simulator('POST', '/faults', { kind: 'freeze', register: `${cluster}/humidity`, value: 90 });
    await until(
      'the dehumidifier confirmed on',
      () => mesh.device('flower_room/dehumidifier_1'),
      ({ phase, confirmed }) => phase === 'confirmed' && confirmed === true,
    );
    const { head } = await readLog(mesh);
    await until(
      'a committed cursor that has passed what was the head',
      () => proxy.committed,
      (committed) => committed >= head,
    );
    const log = await readLog(mesh);
    const requested = requestedIn(log);
    const decided = new Set(await decide(mesh, log));
    expect(requested.length).toBeGreaterThan(0);
    expect(requested.filter((id) => !decided.has(id))).toEqual([]);
    expect([...proxy.events]).toEqual(expect.arrayContaining(['weather', 'entries', 'subscribed', 'heartbeat']));
    // The service dials once more by itself, to ask for the lease of the scope that the log names.
    expect({ welcomes: proxy.welcomes, byes: proxy.byes }).toEqual({ welcomes: 2, byes: [] });
  });
});
