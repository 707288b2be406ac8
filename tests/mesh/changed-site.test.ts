import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '@phloem/protocol';
import { expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, runToEnd, startProcess } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';

const heater = 'flower_room/heater';
const examples = join(root, 'examples/flower-room');

const copy = (part: 'site' | 'bundle'): string => {
  const folder = mkdtempSync(join(tmpdir(), `phloem-${part}-`));
  cpSync(join(examples, part), folder, { recursive: true });
  return folder;
};

/** The demonstration's site on this simulator, without the heater and what speaks of it. */
const siteWithoutHeater = (simulatorPort: number): string => {
  const folder = copy('site');
  const edit = (file: string, change: (text: string) => string): void =>
    writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  edit('10-site.yaml', (text) => text.replace('port: 5020', `port: ${simulatorPort}`));
  // The documents of the other rooms stay as they are.
  edit('30-interlocks.yaml', (text) => {
    const [own = '', ...others] = text.split('\n---\n');
    return [own.slice(0, own.indexOf('    - id: overtemp-heater')), ...others].join('\n---\n');
  });
  edit('40-devices.yaml', (text) => text.replace(/ {4}flower_room\/heater:\n(?: {6}.*\n)+/, ''));
  return folder;
};

const relay = async (mesh: Mesh): Promise<boolean | undefined> =>
  (await mesh.simulator<{ relays: Record<string, { contact: boolean }> }>('GET', '/state')).relays['heater']?.contact;

it('[LE4] a device that a changed site no longer has is not left on, and rules that do not fit the site stop the start', async () => {
  await using mesh = await openMesh();
  for (const cluster of ['front', 'middle', 'back'])
    await mesh.simulator('POST', '/faults', { kind: 'freeze', register: `${cluster}/temperature`, value: 15 });
  await until(
    'the heater on',
    () => mesh.device(heater),
    ({ phase, confirmed }) => phase === 'confirmed' && confirmed === true,
  );
  await mesh.hub().end('SIGTERM');
  expect(await relay(mesh)).toBe(true);

  const site = siteWithoutHeater(mesh.simulatorPort);
  const args = [...built.hub, '--port', String(mesh.port), '--data', mesh.data, '--site', site];
  const refused = await runToEnd(args);
  expect(refused.output).toMatch(
    /^phloem: .*bundle of cold_store\+flower_room\+propagation does not fit.*flower_room\/heat.*--bundle <folder>/m,
  );
  expect(refused.code).toBe(2);
  expect(await relay(mesh)).toBe(true);

  const bundle = copy('bundle');
  for (const file of ['21-heat.yaml', '60-flower-room-test.yaml']) rmSync(join(bundle, file));
  const hub = await startProcess('hub', [...args, '--bundle', bundle]);
  try {
    expect(hub.ready).toMatchObject({ rules: { scope: 'cold_store+flower_room+propagation', revision: 2 } });
    expect(await relay(mesh)).toBe(false);
    const { entries } = await mesh.get<{ entries: readonly Entry[] }>('/api/v1/log?limit=10000');
    expect(entries).toContainEqual(
      expect.objectContaining({
        kind: 'device',
        device: heater,
        phase: 'safe',
        value: false,
        why: { code: 'site/changed', params: {} },
      }),
    );
    expect((await mesh.get<readonly { id: string }[]>('/api/v1/devices')).map(({ id }) => id)).not.toContain(heater);
  } finally {
    await hub.end('SIGKILL');
    for (const folder of [site, bundle]) rmSync(folder, { recursive: true });
  }
});
