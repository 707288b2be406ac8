import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openMesh, type DeviceAnswer, type Mesh } from '../support/mesh.ts';
import { built, startProcess, type MeshProcess } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';

const page = readFileSync(join(root, 'docs/database-requests.md'), 'utf8');
const blockOf = (language: string): string => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';
/** The document of the page, with a program that counts as dead sooner. */
const document = (file: string): string => blockOf('yaml').replace('/srv/backend/app.db', file).replace('within: 15s', 'within: 3s');

/** The database of an automation that asks for device states by writing rows, and the life of that program. */
const openOldAutomation = () => {
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

const startBridge = (mesh: Mesh, folder: string): Promise<MeshProcess> =>
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

const dehumidifier = 'flower_room/dehumidifier_1';

const untilDevice = (mesh: Mesh, what: string, is: (device: DeviceAnswer) => boolean, id = dehumidifier): Promise<DeviceAnswer> =>
  until(what, () => mesh.device(id), is);

describe('the requests of a foreign automation, from a table', () => {
  it('reach the device through the gate, and the answers the table', async () => {
    using old = openOldAutomation();
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const bridge = await startBridge(mesh, old.folder);
    old.live();
    old.ask('dehumidifier_1', 'ON');
    old.ask('exhaust_fan', '250');
    await untilDevice(mesh, 'the dehumidifier to run', ({ confirmed }) => confirmed === true);
    await until(
      'the answer',
      () => old.answer(dehumidifier),
      (answer) => answer?.['confirmed'] === 'on' && answer['phase'] === 'confirmed',
    );
    const refused = await until(
      'the refusal',
      () => old.answer('flower_room/exhaust_fan'),
      (answer) => answer?.['phase'] === 'refused',
    );
    expect(String(refused?.['why'])).toContain('250');
    old.ask('dehumidifier_1', 'OFF');
    await untilDevice(mesh, 'the dehumidifier to stop', ({ confirmed }) => confirmed === false);
    expect(await bridge.end('SIGTERM')).toBe(0);
  });

  it('are not acted on while the automation shows no life, and the fail-safe takes over', async () => {
    using old = openOldAutomation();
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    old.ask('dehumidifier_1', 'ON');
    old.database.exec("INSERT INTO heartbeat VALUES (datetime('now', '-1 minute'))");
    const bridge = await startBridge(mesh, old.folder);
    await until(
      'the bridge to see no life',
      () => bridge.output(),
      (output) => output.includes('no sign of life'),
    );
    expect(JSON.stringify((await mesh.device(dehumidifier)).by)).not.toContain('old_automation');
    old.live();
    await untilDevice(mesh, 'the dehumidifier to run', ({ confirmed }) => confirmed === true);
    old.die();
    const safe = await untilDevice(mesh, 'the safe state', ({ confirmed }) => confirmed === false);
    expect(safe.by).toEqual({ kind: 'hub' });
    // Its row still says ON; when the program lives again, that is what it wants.
    old.live();
    await untilDevice(mesh, 'the dehumidifier to run again', ({ confirmed }) => confirmed === true);
    await bridge.end('SIGKILL');
    await untilDevice(mesh, 'the safe state after a kill of the bridge', ({ confirmed }) => confirmed === false);
    expect((await mesh.device(dehumidifier)).by).toEqual({ kind: 'hub' });
  });

  it('end with a database that another program holds', async () => {
    using old = openOldAutomation();
    old.database.exec('PRAGMA journal_mode = DELETE');
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const bridge = await startBridge(mesh, old.folder);
    old.live();
    old.ask('dehumidifier_1', 'ON');
    await untilDevice(mesh, 'the dehumidifier to run', ({ confirmed }) => confirmed === true);
    old.die();
    old.database.exec('BEGIN EXCLUSIVE');
    const safe = await untilDevice(mesh, 'the safe state', ({ confirmed }) => confirmed === false);
    expect(safe.by).toEqual({ kind: 'hub' });
    old.database.exec('ROLLBACK');
    await bridge.end('SIGTERM');
  });
});
