import type { AlarmStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { until } from '../support/until.ts';

const fan = 'device/flower_room/exhaust_fan/silent';

const phloem = async (mesh: Mesh, ...args: readonly string[]) =>
  (await runToEnd([built.phloem, ...args, '--port', String(mesh.port), '--data', mesh.data])).output;
const alarm = async (mesh: Mesh) => (await mesh.get<AlarmStatus[]>('/api/v1/alarms')).find((one) => one.alarm === fan);

describe('an alarm that is shelved from the command line', () => {
  it('[AL6] [AL7] stays shelved over a kill of the hub, and comes back when its time is over', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    await mesh.simulator('POST', '/faults', { kind: 'silence', unit: 11 });
    await until(
      'an active alarm',
      () => alarm(mesh),
      (one) => one?.state === 'active',
      90_000,
    );
    expect(await phloem(mesh, 'alarms', 'shelve', fan, '--for', '25h', '--reason', 'service')).toContain(
      'an alarm is shelved for 1s to 24h',
    );
    expect(await phloem(mesh, 'alarms', 'acknowledge', fan, '--comment', 'on it')).toContain(`${fan} is acknowledged`);
    expect(await phloem(mesh, 'alarms', 'shelve', fan, '--for', '4h', '--reason', 'service')).toMatch(
      /shelved until \d{4}-\d\d-\d\d \d\d:\d\d CES?T by admin \(service\)/,
    );

    await mesh.hub().end('SIGKILL');
    await mesh.startHub();
    expect(await alarm(mesh)).toMatchObject({
      state: 'acknowledged',
      comment: 'on it',
      shelved: { by: { kind: 'user', id: 'admin' }, reason: 'service' },
    });
    expect(await phloem(mesh, 'alarms')).toMatch(new RegExp(`${fan}  active since .*shelved until `));
    const metrics = await (await fetch(`http://127.0.0.1:${mesh.port}/metrics`)).text();
    expect(metrics).toContain('phloem_alarms{priority="P2",state="shelved"}');

    await phloem(mesh, 'alarms', 'shelve', fan, '--for', '1s', '--reason', 'almost done');
    await until(
      'an alarm that is not shelved',
      () => alarm(mesh),
      (one) => one?.shelved === undefined,
    );
    expect(await alarm(mesh)).toMatchObject({ state: 'active', isAcknowledged: false, acknowledgedBy: null });

    const lines = (await phloem(mesh, 'alarms', 'history', '--for', '1h', '--csv')).trimEnd().split('\n');
    expect(lines[0]).toBe('time (Europe/Berlin),until (Europe/Berlin),event,priority,alarm,reason,by');
    const columns = lines[0]?.split(',').length;
    const own = lines.filter((line) => line.includes(fan));
    expect(own.length).toBeGreaterThanOrEqual(1);
    for (const line of own) expect(line.split(',').length).toBeGreaterThanOrEqual(columns ?? 0);
    expect(await phloem(mesh, 'alarms', 'history', '--csv', '--json')).toContain('--csv or --json, not both');
  }, 240_000);
});
