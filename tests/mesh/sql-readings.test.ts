import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Entry } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, runToEnd, startProcess, type MeshProcess } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';

const page = readFileSync(join(root, 'docs/database-readings.md'), 'utf8');
const blockOf = (language: string): string => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';

/** The database and the documents of the page, in a folder of their own. */
const openPage = () => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-database-'));
  const file = join(folder, 'app.db');
  const site = join(folder, 'site.yaml');
  const database = new DatabaseSync(file);
  database.exec(blockOf('sql'));
  writeFileSync(site, blockOf('yaml').replace('/srv/backend/app.db', file));
  return {
    folder,
    database,
    insert: (temp: number, more = 'CURRENT_TIMESTAMP') =>
      database.exec(`INSERT INTO sensor_data (location, cluster, temp_c, rh, created_at) VALUES ('shed', 'front', ${temp}, 50, ${more})`),
    [Symbol.dispose]: () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const startBridge = (mesh: Mesh, folder: string): Promise<MeshProcess> =>
  startProcess('bridge', [
    built.phloem,
    'bridge',
    'run',
    'old_backend',
    '--site',
    folder,
    '--port',
    String(mesh.port),
    '--data',
    mesh.data,
  ]);

const readLog = async (mesh: Mesh): Promise<readonly Entry[]> =>
  (await mesh.get<{ entries: readonly Entry[] }>('/api/v1/log?after=0&limit=10000')).entries;

const temperaturesIn = (entries: readonly Entry[], kind: 'sensor' | 'late'): readonly unknown[] =>
  entries.flatMap((entry) => (entry.kind === kind ? [entry.readings['temperature']?.v].filter((v) => typeof v === 'number') : []));

describe('the readings of a database, as the page about them has it', () => {
  it('are taken once each, though bridge and hub are killed, and old ones never live', async () => {
    using old = openPage();
    await using mesh = await openMesh({ site: old.folder, bundle: null, withAutomation: false });
    old.insert(10, "datetime('now', '-1 hour')");
    old.insert(11);
    let bridge = await startBridge(mesh, old.folder);
    const see = (temp: number): Promise<unknown> =>
      until(
        `${temp} °C`,
        async () => temperaturesIn(await readLog(mesh), 'sensor'),
        (all) => all.includes(temp),
      );
    await see(11);
    await bridge.end('SIGKILL');
    old.insert(12);
    bridge = await startBridge(mesh, old.folder);
    await see(12);
    await mesh.hub().end('SIGKILL');
    old.insert(13);
    await mesh.startHub();
    await see(13);
    old.insert(99, "datetime('now', '-1 hour')");
    old.insert(14);
    await see(14);
    const entries = await readLog(mesh);
    expect(temperaturesIn(entries, 'sensor')).toEqual([11, 12, 13, 14]);
    expect(temperaturesIn(entries, 'late')).toEqual([99]);
    expect((await mesh.point('shed/front/temperature')).value).toBe(14);
    const state = await until(
      'the report of the bridge',
      () => mesh.get<readonly { id: string; state: string; target: string }[]>('/api/v1/bridges'),
      ([first]) => first?.state === 'flowing',
    );
    expect(state).toMatchObject([{ id: 'old_backend', target: 'sqlite' }]);
    const options = ['--site', old.folder, '--port', String(mesh.port), '--data', mesh.data];
    const told = await runToEnd([built.phloem, 'bridge', 'status', ...options]);
    expect(told).toMatchObject({ code: 0, output: expect.stringContaining('old_backend: reads readings; connected') as string });
    expect(await bridge.end('SIGTERM')).toBe(0);
  });

  it('are checked before anything runs', async () => {
    using old = openPage();
    const check = (): ReturnType<typeof runToEnd> =>
      runToEnd([built.phloem, 'bridge', 'check', 'old_backend', '--site', old.folder, '--data', old.folder, '--port', '1']);
    old.insert(1);
    expect(await check()).toMatchObject({ code: 0, output: expect.stringContaining('its newest row has the id 1') as string });
    old.database.exec('ALTER TABLE sensor_data RENAME COLUMN rh TO humidity');
    expect(await check()).toMatchObject({ code: 2, output: expect.stringContaining('no such column: "rh"') as string });
    old.database.exec('DROP TABLE sensor_data; CREATE TABLE sensor_data (id INTEGER PRIMARY KEY)');
    expect(await check()).toMatchObject({ code: 2, output: expect.stringContaining('AUTOINCREMENT') as string });
  });
});
