import type { AlarmStatus, OverrideStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { until } from '../support/until.ts';

const fan = 'flower_room/exhaust_fan';

const phloem = async (mesh: Mesh, ...args: readonly string[]) =>
  runToEnd([built.phloem, ...args, '--port', String(mesh.port), '--data', mesh.data]);
const shows = (mesh: Mesh, value: number) =>
  until(
    `${fan} at ${value}`,
    () => mesh.device(fan),
    ({ confirmed }) => confirmed === value,
  );

describe('an overridden device', () => {
  it('[DE4] [DE5] stays as somebody wants it over a kill of everything, and goes back to what is requested when it is released', async () => {
    await using mesh = await openMesh();
    await until(
      'a request',
      () => mesh.device(fan),
      ({ phase }) => phase === 'confirmed',
    );
    const preview = await phloem(mesh, 'override', fan, '77%', '--for', '30min', '--preview');
    expect(preview.output).toContain('Ends by itself at');
    const made = await phloem(mesh, 'override', fan, '77%', '--for', '30min', '--reason', 'smoke test');
    expect(made.output).toMatch(
      /^flower_room\/exhaust_fan is overridden to 77 % until \d{4}-\d\d-\d\d \d\d:\d\d CES?T, admin: smoke test$/m,
    );
    await shows(mesh, 77);

    await Promise.all([mesh.hub().end('SIGKILL'), mesh.automation().end('SIGKILL')]);
    await mesh.startHub();
    await mesh.startAutomation();
    expect(await mesh.get<OverrideStatus[]>('/api/v1/overrides')).toMatchObject([{ device: fan, value: 77, reason: 'smoke test' }]);
    const held = await until(
      'the request held under it',
      () => mesh.device(fan),
      ({ phase, confirmed, code }) => phase === 'held' && confirmed === 77 && code === 'override/active',
    );
    expect(held.why).toMatch(/^override by admin until \d\d:\d\d:\d\d: smoke test$/);

    const released = await phloem(mesh, 'override', fan, '--release');
    expect(released.output).toContain(`${fan} is released`);
    await until(
      'the request applied',
      () => mesh.device(fan),
      ({ confirmed, requested, phase }) => phase === 'confirmed' && confirmed === requested && confirmed !== 77,
    );
  });

  it('an alarm that was raised and cleared while nobody looked waits to be acknowledged, over a kill of the hub too', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const silent = await mesh.simulator<{ id: number }>('POST', '/faults', { kind: 'silence', unit: 11 });
    const raised = (state: string) =>
      until(
        `an alarm ${state}`,
        async () => (await mesh.get<AlarmStatus[]>('/api/v1/alarms')).find(({ alarm }) => alarm === `device/${fan}/silent`),
        (alarm) => alarm?.state === state,
        // A unit that came back is asked again after a pause that grows with its silence.
        90_000,
      );
    await raised('active');
    await mesh.simulator('DELETE', `/faults/${silent.id}`);
    await raised('cleared');
    await mesh.hub().end('SIGKILL');
    await mesh.startHub();
    expect((await phloem(mesh, 'alarms')).output).toMatch(
      new RegExp(`device/${fan}/silent  came .*, returned to normal .*NOT ACKNOWLEDGED`),
    );
    expect((await phloem(mesh, 'alarms', 'acknowledge', `device/${fan}/silent`)).output).toContain('is acknowledged');
    expect((await phloem(mesh, 'alarms')).output).not.toContain(`device/${fan}/silent`);
  });
});
