import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readBundle } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { readFolderFiles } from '../support/folder.ts';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, runToEnd, startProcess, type MeshProcess } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';
import { findProgram } from './support/own-server.ts';

const page = readFileSync(join(root, 'docs/migration.md'), 'utf8');
const [look = '', rules = '', field = ''] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
const scripts = join(root, 'tests/support/old-system');
const dehumidifier = 'flower_room/dehumidifier_1';

/** The old system: a database, and two programs in Python that poll it, which nothing here changes. */
const openOldSystem = () => {
  const python = findProgram('python3');
  if (python === null) throw new Error('python3 is not installed: install the package python3');
  const folder = mkdtempSync(join(tmpdir(), 'phloem-migration-'));
  const file = join(folder, 'app.db');
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec(`CREATE TABLE sensor_data (id INTEGER PRIMARY KEY AUTOINCREMENT, location TEXT, cluster TEXT, temp_c REAL, rh REAL,
      created_at TEXT DEFAULT CURRENT_TIMESTAMP);
    CREATE TABLE device_state (device TEXT PRIMARY KEY, state TEXT, updated_at TEXT);
    CREATE TABLE heartbeat (at TEXT)`);
  const running = new Set<ChildProcess>();
  const start = (script: string, ...args: readonly string[]): { readonly stop: () => Promise<void> } => {
    const child = spawn(python, ['-B', join(scripts, script), file, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    running.add(child);
    return {
      stop: async () => {
        running.delete(child);
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      },
    };
  };
  return {
    folder,
    startBackend: (mesh: Mesh) => start('backend.py', String(mesh.simulatorPort), '0.5'),
    startAutomation: () => start('automation.py', '0.5'),
    /** Documents of a stage, with the file and the line of this test. */
    write: (name: string, text: string, simulatorPort = 0) => {
      mkdirSync(join(folder, name), { recursive: true });
      const own = text
        .replaceAll('/srv/backend/app.db', file)
        .replace('port: 5020', `port: ${simulatorPort}`)
        .replace('within: 15s', 'within: 4s');
      writeFileSync(join(folder, name, 'documents.yaml'), own);
      return join(folder, name);
    },
    newestRow: () => Number(database.prepare('SELECT max(id) AS id FROM sensor_data').get()?.['id'] ?? 0),
    [Symbol.asyncDispose]: async () => {
      for (const child of running) child.kill('SIGKILL');
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const startBridge = (mesh: Mesh, id: string, site: string): Promise<MeshProcess> =>
  startProcess('bridge', [built.phloem, 'bridge', 'run', id, '--site', site, '--port', String(mesh.port), '--data', mesh.data]);

const compare = (mesh: Mesh, site: string, ...more: readonly string[]): ReturnType<typeof runToEnd> =>
  runToEnd([
    built.phloem,
    'bridge',
    'agreement',
    'old_automation',
    '--site',
    site,
    '--for',
    '6s',
    '--port',
    String(mesh.port),
    '--data',
    mesh.data,
    ...more,
  ]);

/** Makes the air of the room moist or dry, and waits until the relay of the dehumidifier follows. */
const expectControl = async (mesh: Mesh): Promise<void> => {
  for (const [humidity, isOn] of [
    [80, true],
    [40, false],
  ] as const) {
    await mesh.simulator('DELETE', '/faults');
    await mesh.simulator('POST', '/faults', { kind: 'freeze', register: 'front/humidity', value: humidity });
    await until(
      `the relay to be ${isOn ? 'on' : 'off'}`,
      async () =>
        (await mesh.simulator<{ relays: Record<string, { contact: boolean }> }>('GET', '/state')).relays['dehumidifier_1']?.contact,
      (isClosed) => isClosed === isOn,
    );
  }
};

type Field = { readonly table: MeshProcess; readonly requests: MeshProcess };

/** Everything that a migration needs, with Phloem at stage 0 and the old system running. */
const openMigration = async () => {
  const old = openOldSystem();
  const site = old.write('site', look);
  const bundle = old.write('rules', rules);
  const mesh = await openMesh({ site, bundle: null, withAutomation: false });
  const fieldSite = old.write('field', field, mesh.simulatorPort);
  const automation = old.startAutomation();
  return {
    old,
    mesh,
    site,
    bundle,
    fieldSite,
    automation,
    /** The hub starts with the field of the old backend, which must have stopped. */
    enterField: async (): Promise<Field> => {
      await mesh.hub().end('SIGTERM');
      old.write('site', field, mesh.simulatorPort);
      await mesh.startHub();
      return { table: await startBridge(mesh, 'old_table', fieldSite), requests: await startBridge(mesh, 'old_automation', fieldSite) };
    },
    untilBy: (who: string): Promise<unknown> =>
      until(
        `${who} to decide`,
        () => mesh.device(dehumidifier),
        ({ by }) => by?.id?.includes(who) === true,
      ),
    [Symbol.asyncDispose]: async () => {
      await mesh[Symbol.asyncDispose]();
      await old[Symbol.asyncDispose]();
    },
  };
};

describe('a migration of a backend and an automation that poll a database', () => {
  it('looks on, compares the rules in shadow, and takes over the field, with a way back', async () => {
    await using migration = await openMigration();
    const { old, mesh, site, bundle, fieldSite } = migration;
    let backend = old.startBackend(mesh);
    const reader = await startBridge(mesh, 'old_backend', site);
    await until(
      'a reading of the old backend',
      () => mesh.point('flower_room/front/humidity'),
      ({ quality }) => quality === 'good',
    );
    await expectControl(mesh);
    const shadow = await compare(mesh, fieldSite, '--bundle', bundle);
    expect(shadow.output).toMatch(/dehumidifier_1: agreed \d+\.\d % of [3-6] s/);
    await reader.end('SIGTERM');

    await backend.stop();
    const { table, requests } = await migration.enterField();
    await expectControl(mesh);
    expect((await mesh.device(dehumidifier)).by).toMatchObject({ kind: 'node', id: expect.stringContaining('old_automation') as string });

    // And back: the old backend runs the field again, and the old automation goes on as it is.
    await requests.end('SIGTERM');
    await table.end('SIGTERM');
    await mesh.hub().end('SIGTERM');
    backend = old.startBackend(mesh);
    await expectControl(mesh);
    await backend.stop();
  });

  it('lets the rules decide, gives the old automation the lease back, and keeps the old table', async () => {
    await using migration = await openMigration();
    const { old, mesh, bundle, fieldSite, automation } = migration;
    const { table, requests } = await migration.enterField();
    await expectControl(mesh);
    await mesh.post('/api/v1/bundles', readBundle(readFolderFiles(bundle)));
    const service = await mesh.startAutomation();
    expect((await mesh.device(dehumidifier)).by).toMatchObject({ kind: 'node', id: expect.stringContaining('old_automation') as string });
    await requests.end('SIGTERM');
    await migration.untilBy('automation-1');
    await expectControl(mesh);
    expect((await compare(mesh, fieldSite)).output).toMatch(/dehumidifier_1: agreed/);

    const again = await startBridge(mesh, 'old_automation', fieldSite);
    await service.end('SIGTERM');
    await migration.untilBy('old_automation');
    await again.end('SIGTERM');
    await mesh.startAutomation();

    await automation.stop();
    const newest = old.newestRow();
    await until(
      'more rows',
      () => old.newestRow(),
      (id) => id > newest + 2,
    );
    await expectControl(mesh);
    await table.end('SIGTERM');
  });
});
