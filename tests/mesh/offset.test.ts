import type { Entry, OffsetStatus, SetpointsAhead } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { until } from '../support/until.ts';

const fan = 'flower_room/exhaust_fan';
const level = 'flower_room/climate/level';
const rules = (value: string) =>
  readBundle([
    {
      path: 'bundle.yaml',
      text: `apiVersion: phloem/v1
kind: Setpoints
metadata: { id: flower_room/climate }
spec: { setpoints: { level: ${value} }, offsets: { level: "±30 %" } }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: flower_room/air }
spec:
  use: { setpoints: flower_room/climate }
  when: 'sp.level > 1.0'
  then: [ { request: { device: ${fan}, value: { expr: 'sp.level' }, level: control } } ]
  onUnknown: { hold: 1min, then: release }
`,
    },
  ]);

const phloem = async (mesh: Mesh, ...args: readonly string[]) =>
  runToEnd([built.phloem, ...args, '--port', String(mesh.port), '--data', mesh.data]);
const shows = (mesh: Mesh, value: number) =>
  until(
    `${fan} at ${value}`,
    () => mesh.device(fan),
    ({ confirmed, requested }) => confirmed === value && requested === value,
  );
const standing = (mesh: Mesh) => mesh.get<readonly OffsetStatus[]>('/api/v1/offsets');

describe('a set-point moved manually', () => {
  it('[SP1] [SP3] acts at once, stands over a kill of hub and service and over new rules, and ends by itself', async () => {
    await using mesh = await openMesh({ bundle: null });
    await mesh.post('/api/v1/bundles', rules('"40 %"'));
    await shows(mesh, 40);
    expect((await phloem(mesh, 'setpoint', 'offset', level, '-40 %', '--reason', 'too much')).output).toContain('by ±30 % at most');
    const told = await phloem(mesh, 'setpoint', 'offset', level, '-20 %', '--for', '1h', '--reason', 'smoke test');
    expect(told.output).toMatch(/level is moved by −20 % until \d{4}-\d\d-\d\d \d\d:\d\d CES?T, admin: smoke test/);
    const made = await standing(mesh);
    expect(made).toMatchObject([{ setpoint: level, delta: -20, by: { kind: 'user', id: 'admin' }, isReleased: false }]);
    await shows(mesh, 20);
    expect((await phloem(mesh, 'rules', 'why', fan)).output).toMatch(
      new RegExp(`; ${level} is moved by −20 % until .*, by admin: smoke test\\.`),
    );

    await Promise.all([mesh.hub().end('SIGKILL'), mesh.automation().end('SIGKILL')]);
    await mesh.startHub();
    await mesh.startAutomation();
    expect(await standing(mesh)).toEqual(made);
    // The engine knows it too: rules that have the set-point otherwise request their own value, moved.
    await mesh.post('/api/v1/bundles', rules('[ { at: "00:00", value: "50 %" } ]'));
    await shows(mesh, 30);
    const [ahead] = (await mesh.get<SetpointsAhead>('/api/v1/locations/flower_room/setpoints')).setpoints;
    expect(ahead).toMatchObject({ name: level, now: 30, base: 50, offset: made[0], reach: 30 });

    const path = `/api/v1/setpoints/${encodeURIComponent(level)}/offset`;
    const { lsn } = await mesh.post<OffsetStatus>(path, { delta: 30, forMs: 2000, reason: 'smoke test' });
    await shows(mesh, 50);
    await until(
      'nothing stands',
      () => standing(mesh),
      (offsets) => offsets.length === 0,
    );
    const { entries } = await until(
      'the hub let it go',
      () => mesh.get<{ readonly entries: readonly Entry[] }>(`/api/v1/log?after=${lsn}&limit=10000`),
      (log) => log.entries.some(({ kind }) => kind === 'offset'),
    );
    expect(entries.find((entry) => entry.kind === 'device' && entry.device === fan)).toMatchObject({ phase: 'requested', value: 80 });
    expect(entries.find((entry) => entry.kind === 'offset')).toMatchObject({
      released: true,
      by: { kind: 'hub' },
      why: { code: 'time/over', params: {} },
    });
  });
});
