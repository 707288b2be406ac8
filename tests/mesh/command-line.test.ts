import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openMesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { watchMesh } from '../support/watch.ts';

const phloem = (...args: readonly string[]) => runToEnd([built.phloem, ...args]);
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'phloem-cli-'));

/** A copy of the demonstration's documents in which one thing is changed. */
const changedBundle = (file: string, change: (text: string) => string): string => {
  const folder = newFolder();
  cpSync(join(root, 'examples/flower-room/bundle'), folder, { recursive: true });
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  return folder;
};

describe('help', () => {
  it.each(['', ' start', ' hub', ' automation', ' simulator', ' check', ' push', ' token create'])(
    'is there for phloem%s',
    async (command) => {
      const { code, output } = await phloem(...command.split(' ').slice(1), '--help');
      expect(code).toBe(0);
      expect(output).toMatch(/^Usage: phloem/);
    },
  );
});

describe('what cannot be done is said in one sentence, with exit code 2', () => {
  it('a port in use', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, output } = await phloem('hub', '--port', String(port), '--data', newFolder());
    server.close();
    expect(code).toBe(2);
    expect(output).toMatch(new RegExp(`phloem: port ${port} .*--port`));
  });

  it('a second hub on the same data', async () => {
    await using mesh = await openMesh({ withAutomation: false, bundle: null });
    const { code, output } = await phloem('hub', '--port', '0', '--data', mesh.data);
    expect(code).toBe(2);
    expect(output).toMatch(/^phloem: .*another/m);
  });

  it.each([
    ['a command that there is not', ['nope'], /unknown command/],
    ['an option that there is not', ['hub', '--nope'], /unknown option/],
    ['a port that is none', ['hub', '--port', '70000'], /0 to 65535/],
    ['a folder that there is not', ['check', '/no/such/folder'], /no folder/],
    ['a site that there is not', ['hub', '--site', '/no/such/folder'], /no folder/],
    ['no hub to push to', ['push', join(root, 'examples/flower-room/bundle'), '--data', '/no/such/folder'], /no hub/],
    ['a role that there is not', ['token', 'create', '--role', 'king', '--node', 'x'], /king/],
    ['a name that no node may bear', ['token', 'create', '--role', 'viewer', '--node', 'No Name', '--data', newFolder()], /name of a node/],
  ])('%s', async (_name, args, says) => {
    const { code, output } = await phloem(...args);
    expect(output).toMatch(says);
    expect(output).not.toMatch(/ {4}at /);
    expect(code).toBe(2);
  });

  it('a data folder that is a file', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    const { code, output } = await phloem('hub', '--port', '0', '--data', join(file, 'data'));
    expect(code).toBe(2);
    expect(output).toMatch(/^phloem: .*cannot be (written|made|used)/m);
  });
});

describe('check and push', () => {
  it('accept the demonstration', async () => {
    for (const part of ['site', 'bundle']) {
      const { code, output } = await phloem('check', join(root, 'examples/flower-room', part));
      expect(output).toMatch(new RegExp(`a ${part}`));
      expect(code).toBe(0);
    }
  });

  it.each([
    [
      'an unknown key',
      '20-dehumidify.yaml',
      (text: string) => text.replace('onUnknown:', 'onUnknwon:'),
      /20-dehumidify\.yaml:\d+:\d+: .*onUnknwon/,
    ],
    [
      'a typing mistake in a set-point',
      '20-dehumidify.yaml',
      (text: string) => text.replace('sp.vpd - kPa', 'sp.vdp - kPa'),
      /20-dehumidify\.yaml:\d+:\d+: .*vdp/,
    ],
    [
      'a device that the site has not',
      '21-heat.yaml',
      (text: string) => text.replace('flower_room/heater', 'flower_room/heeter'),
      /21-heat\.yaml:\d+:\d+: .*heeter/,
    ],
    ['YAML that is none', '21-heat.yaml', (text: string) => `${text}\n  - : [`, /21-heat\.yaml:\d+:\d+/],
    [
      'temperatures added to a pressure',
      '20-dehumidify.yaml',
      (text: string) => text.replace('vpd < sp.vpd - kPa(', 'vpd < sp.vpd - K('),
      /20-dehumidify\.yaml:\d+:\d+/,
    ],
  ])('name file, line and column: %s', async (_name, file, change, says) => {
    const folder = changedBundle(file, change);
    const { code, output } = await phloem('check', folder);
    expect(output).toMatch(says);
    expect(code).toBe(2);
    rmSync(folder, { recursive: true });
  });

  it('a bundle with mistakes is refused and changes nothing in the hub', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    const before = await mesh.get<{ head: number }>('/healthz');
    const folder = changedBundle('21-heat.yaml', (text) => text.replace('flower_room/heater', 'flower_room/heeter'));
    const { code, output } = await phloem('push', folder, '--yes', '--port', String(mesh.port), '--data', mesh.data);
    expect(code).toBe(2);
    expect(output).toMatch(/heeter/);
    await using watch = await watchMesh(mesh);
    const { automation } = await watch.snapshot();
    expect(automation[0]?.bundle?.revision).toBe(1);
    expect(before.head).toBeGreaterThan(0);
  });

  it('a changed bundle becomes the next revision, and the same one again does not', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    const folder = changedBundle('10-setpoints.yaml', (text) => text.replace('1.15 kPa', '1.05 kPa'));
    const push = () => phloem('push', folder, '--yes', '--port', String(mesh.port), '--data', mesh.data);
    expect((await push()).output).toMatch(/cold_store\+flower_room\+propagation: now live, revision 2/);
    expect((await push()).output).toMatch(/cold_store\+flower_room\+propagation: already live, revision 2/);
  });
});

describe('token create', () => {
  it('works beside a running hub and without one', async () => {
    await using mesh = await openMesh({ withAutomation: false, bundle: null });
    const beside = await phloem('token', 'create', '--role', 'viewer', '--node', 'wall', '--port', String(mesh.port), '--data', mesh.data);
    expect(beside.code).toBe(0);
    const response = await fetch(`${mesh.url}/api/v1/points`, { headers: { authorization: `Bearer ${beside.output.trim()}` } });
    expect(response.status).toBe(200);

    await mesh.hub().end('SIGTERM');
    const without = await phloem('token', 'create', '--role', 'viewer', '--node', 'wall-2', '--data', mesh.data);
    expect(without.code).toBe(0);
    await mesh.startHub();
    const again = await fetch(`${mesh.url}/api/v1/points`, { headers: { authorization: `Bearer ${without.output.trim()}` } });
    expect(again.status).toBe(200);
    expect(readFileSync(join(mesh.data, 'settings.json'), 'utf8')).not.toContain(without.output.trim());
  });
});
