import { describe, expect, it } from 'vitest';
import { openMesh, type DeviceAnswer, type Mesh } from '../support/mesh.ts';
import { openOldAutomation, startRequestsBridge } from '../support/old-automation.ts';
import { until } from '../support/until.ts';

const dehumidifier = 'flower_room/dehumidifier_1';

const untilDevice = (mesh: Mesh, what: string, is: (device: DeviceAnswer) => boolean, id = dehumidifier): Promise<DeviceAnswer> =>
  until(what, () => mesh.device(id), is);

describe('the requests of a foreign automation, from a table', () => {
  it('reach the device through the gate, and the answers the table', async () => {
    using old = openOldAutomation();
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const bridge = await startRequestsBridge(mesh, old.folder);
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
    const bridge = await startRequestsBridge(mesh, old.folder);
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
    const bridge = await startRequestsBridge(mesh, old.folder);
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
