import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry, NodeEntry } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { startProcess, type MeshProcess } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';

const point = 'shed/front/count';
const last = 600;

const site = `apiVersion: phloem/v1
kind: Site
metadata: { id: shed, title: Shed }
spec:
  timeZone: Europe/Vienna
  locations: [{ id: shed }]
  buses: []
  instruments: []
  sources:
    - id: counter
      node: bridge
      interval: 5s
      points:
        ${point}: number
        shed/front/air: { quantity: temperature, unit: °F }
        shed/front/humidity: relative_humidity
  derived:
    - { point: shed/front/vpd, formula: vpd_air, inputs: [shed/front/air, shed/front/humidity] }
`;

const openSite = () => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-shed-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'site.yaml'), site);
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
};

const readLog = async (mesh: Mesh): Promise<readonly Entry[]> =>
  (await mesh.get<{ entries: readonly Entry[] }>('/api/v1/log?after=0&limit=10000')).entries;

const numbersIn = (entries: readonly Entry[]): readonly unknown[] =>
  entries.flatMap((entry) => (entry.kind === 'sensor' ? [entry.readings['count']?.v] : [])).filter((v) => typeof v === 'number');

const startNode = (mesh: Mesh, token: string): Promise<MeshProcess> =>
  startProcess('bridge', [
    '--conditions=phloem-src',
    join(root, 'tests/support/ingest-node.ts'),
    mesh.url,
    token,
    'bridge',
    'counter',
    point,
    String(last),
  ]);

describe('a node that sends readings', () => {
  it('[IG4] loses none and doubles none, though it and the hub are killed in turn', async () => {
    using shed = openSite();
    await using mesh = await openMesh({ site: shed.folder, bundle: null, withAutomation: false });
    const token = await mesh.token('ingest', 'bridge');
    const positions: unknown[] = [];
    for (const threshold of [20, 120, 250, 400]) {
      const node = await startNode(mesh, token);
      positions.push((node.ready as { position: string | null }).position);
      await until(
        'more numbers in the log',
        async () => numbersIn(await readLog(mesh)).length,
        (count) => count >= threshold,
      );
      await mesh.hub().end('SIGKILL');
      // Every other time the node goes on by itself when the hub is back.
      if (threshold !== 120) await node.end('SIGKILL');
      await mesh.startHub();
      if (threshold === 120) {
        await until(
          'still more numbers',
          async () => numbersIn(await readLog(mesh)).length,
          (count) => count > 180,
        );
        await node.end('SIGKILL');
      }
    }
    const node = await startNode(mesh, token);
    expect(await node.ended).toBe(0);
    const entries = await readLog(mesh);
    expect(numbersIn(entries)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    expect(positions[0]).toBeNull();
    expect(positions.slice(1).every((position) => Number(position) > 0)).toBe(true);
    expect(entries.some((entry): entry is NodeEntry => entry.kind === 'node' && entry.role === 'ingest')).toBe(true);
    expect(await mesh.point(point)).toMatchObject({ value: last, quality: 'good' });
  });

  it('[IG12] that falls silent raises an alarm, which clears when it sends again', async () => {
    using shed = openSite();
    await using mesh = await openMesh({ site: shed.folder, bundle: null, withAutomation: false });
    const stateOf = async (): Promise<string | undefined> => {
      const alarms = await mesh.get<readonly { readonly alarm: string; readonly state: string }[]>('/api/v1/alarms');
      return alarms.find(({ alarm }) => alarm === 'source/counter/silent')?.state;
    };
    await until('the alarm', stateOf, (state) => state === 'active');
    const node = await startNode(mesh, await mesh.token('ingest', 'bridge'));
    expect(await node.ended).toBe(0);
    await until('its end', stateOf, (state) => state === 'cleared');
  });
});
