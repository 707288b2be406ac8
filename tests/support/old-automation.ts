import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Mesh } from './mesh.ts';
import { built, startProcess, type MeshProcess } from './process.ts';
import { root } from './repository.ts';

const page = readFileSync(join(root, 'docs/database-requests.md'), 'utf8');
const blockOf = (language: string): string => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';
/** The document of the page, with a program that counts as dead sooner. */
const document = (file: string): string => blockOf('yaml').replace('/srv/backend/app.db', file).replace('within: 15s', 'within: 3s');

/** The database of an automation that asks for device states by writing rows, and the life of that program. */
export const openOldAutomation = () => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-requests-'));
  const file = join(folder, 'app.db');
  writeFileSync(join(folder, 'bridge.yaml'), document(file));
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec(`PRAGMA journal_mode = WAL; ${blockOf('sql')}`);
  let life: NodeJS.Timeout | undefined;
  const live = (): void => {
    life ??= setInterval(
      () => database.exec("DELETE FROM heartbeat; INSERT INTO heartbeat VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now'))"),
      200,
    );
  };
  const die = (): void => {
    clearInterval(life);
    life = undefined;
  };
  return {
    folder,
    database,
    live,
    die,
    ask: (device: string, state: string) =>
      database.exec(`INSERT INTO device_state VALUES ('${device}', '${state}', CURRENT_TIMESTAMP)
        ON CONFLICT (device) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`),
    answer: (device: string) => database.prepare('SELECT requested, confirmed, phase, why FROM phloem_state WHERE device = ?').get(device),
    [Symbol.dispose]: () => {
      die();
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Starts the bridge that requests what the automation writes. */
export const startRequestsBridge = (mesh: Mesh, folder: string): Promise<MeshProcess> =>
  startProcess('bridge', [
    built.phloem,
    'bridge',
    'run',
    'old_automation',
    '--site',
    folder,
    '--port',
    String(mesh.port),
    '--data',
    mesh.data,
  ]);
