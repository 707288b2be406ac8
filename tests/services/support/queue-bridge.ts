import type { Author } from '@phloem/protocol';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mesh } from '../../support/mesh.ts';
import { built, startProcess } from '../../support/process.ts';

/** The folder of a site with one bridge that takes requests from a queue. */
export const openQueueSite = (origin: string, prefix: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-queue-'));
  const document = `apiVersion: phloem/v1
kind: Bridge
metadata: { id: foreign, title: Requests of the climate service }
spec:
  origin: ${origin}
  requests:
    scope: flower_room
    prefix: ${prefix}
    alive: { within: 8s }
    maxAge: 20s
`;
  writeFileSync(join(folder, 'bridge.yaml'), document);
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
};

export const startQueueBridge = (mesh: Mesh, folder: string, id = 'foreign') =>
  startProcess('bridge', [built.phloem, 'bridge', 'run', id, '--site', folder, '--port', String(mesh.port), '--data', mesh.data]);

type LoggedEntry = {
  readonly lsn: number;
  readonly kind: string;
  readonly id?: string;
  readonly device?: string;
  readonly phase?: string;
  readonly by?: Author;
};

/** The entries of the log about devices that this bridge commanded. */
export const readCommands = async (mesh: Mesh): Promise<readonly LoggedEntry[]> => {
  const found: LoggedEntry[] = [];
  for (let after = 0; ;) {
    const { entries } = await mesh.get<{ readonly entries: readonly LoggedEntry[] }>(`/api/v1/log?limit=5000&after=${after}`);
    const newest = entries.at(-1);
    if (newest === undefined) return found;
    found.push(...entries.filter(({ kind, by }) => kind === 'device' && by?.id === 'bridge-foreign'));
    after = newest.lsn;
  }
};
