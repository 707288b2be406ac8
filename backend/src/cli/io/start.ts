import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { readBundle } from '@phloem/protocol/rules';
import { ChildEnded, startChild, type Child } from './child.ts';
import { createHubClient, type HubClient } from './hub-client.ts';
import type { HubReady } from './hub-process.ts';
import { openInBrowser } from './open-in-browser.ts';
import { dataFiles, demonstration, processes } from './places.ts';
import { readFolder } from './read-folder.ts';

export type StartOptions = {
  readonly port: number;
  readonly plantPort: number;
  readonly plantControlPort: number;
  readonly data: string;
  readonly site: string | null;
  readonly open: boolean;
  readonly version: string;
};

/** All must have ended this long after Ctrl-C. */
const hubGraceMs = 4000;
const graceMs = 800;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const line = (name: string, text: string): void => say(`  ${name.padEnd(11)} ${text}`);

/** A node's token lies in a file that only its owner can read; the same one as long as the file is there. */
const ensureToken = async (client: HubClient, path: string, node: string): Promise<void> => {
  if (existsSync(path)) return;
  const { token } = await client.post<{ token: string }>('/api/v1/tokens', { role: 'automation', node });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
};

type DeviceAnswer = {
  readonly id: string;
  readonly phase: string | null;
  readonly confirmed: boolean | number | null;
  readonly why: string | null;
};

const toWords = (value: boolean | number | null): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : value === null ? 'not known' : `${value} %`;

/** Waits until a device has confirmed what automation wished; null when told to stop first. */
const firstConfirmed = async (client: HubClient, isStopped: () => boolean): Promise<DeviceAnswer | null> => {
  while (!isStopped()) {
    const devices = await client.get<readonly DeviceAnswer[]>('/api/v1/devices');
    const confirmed = devices.find(({ phase }) => phase === 'confirmed');
    if (confirmed !== undefined) return confirmed;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return null;
};

/** Runs the whole mesh, each part a process of its own, until Ctrl-C or until one of them ends. */
export const startMesh = async (options: StartOptions): Promise<void> => {
  // Counted from the start of the process, so that loading is part of the figure.
  const startedAt = 0;
  const files = dataFiles(options.data);
  const isDemonstration = options.site === null;
  const children: Child[] = [];
  let isStopping = false;
  const start = (name: string, args: readonly string[]): Child => {
    const child = startChild(name, args);
    children.push(child);
    return child;
  };

  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    // The hub drives the outputs safe while the plant still answers.
    await children.find(({ name }) => name === 'hub')?.stop('SIGINT', hubGraceMs);
    await Promise.all(children.filter(({ name }) => name !== 'hub').map((child) => child.stop('SIGTERM', graceMs)));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!isStopping) say('\nEnding: outputs go to their safe state …');
      void stop();
    });
  }

  say(`Phloem ${options.version}${isDemonstration ? ': a demonstration with a simulated flower room' : ''}`);
  try {
    let plantPort = options.plantPort;
    if (isDemonstration) {
      const plant = start('plant', [
        ...processes.plant,
        '--port',
        String(options.plantPort),
        '--control-port',
        String(options.plantControlPort),
      ]);
      const { listening } = (await plant.ready) as { listening: { port: number; controlPort: number } };
      plantPort = listening.port;
      line('plant', `Modbus TCP on 127.0.0.1:${listening.port}; faults and ledger on http://127.0.0.1:${listening.controlPort}`);
    }

    const site = options.site === null ? [] : ['--site', options.site];
    const hub = start('hub', [
      ...processes.hub,
      '--port',
      String(options.port),
      '--plant-port',
      String(plantPort),
      '--data',
      options.data,
      ...site,
    ]);
    const { port, signIn } = (await hub.ready) as HubReady;
    const url = `http://127.0.0.1:${port}`;
    line('hub', `${url}; everything is kept in ${options.data}`);

    const client = createHubClient({ port, tokenFile: files.adminToken });
    if (isDemonstration) {
      const { scope, revision } = await client.post<{ scope: string; revision: number }>(
        '/api/v1/bundles',
        readBundle(readFolder(demonstration.bundle)),
      );
      line('rules', `bundle revision ${revision} for ${scope}, from examples/flower-room/bundle`);
    }
    await ensureToken(client, files.automationToken, 'automation-1');
    const automation = start('automation', [
      ...processes.automation,
      '--hub',
      url,
      '--node',
      'automation-1',
      '--token-file',
      files.automationToken,
      '--data',
      files.automation,
    ]);
    await automation.ready;
    line('automation', 'automation-1');

    say(`\n  Open ${url}${signIn}\n  (the link works once; the hub prints the next one)\n`);
    if (options.open && process.stdout.isTTY) openInBrowser(`${url}${signIn}`);

    if (isDemonstration) {
      void firstConfirmed(client, () => isStopping).then(
        (device) => {
          if (device !== null)
            say(
              `  First confirmed device state after ${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${device.id} ${toWords(device.confirmed)}`,
            );
        },
        (error: unknown) => say(`  The hub does not say how its devices stand: ${error instanceof Error ? error.message : String(error)}`),
      );
    }
    say('  Ctrl-C ends everything and leaves the outputs in their safe state.');

    const first = await Promise.race(children.map(async (child) => ({ name: child.name, code: await child.ended })));
    if (!isStopping) {
      say(`The ${first.name} ended with code ${first.code}; ending the others.`);
      process.exitCode = first.code === 0 ? 1 : first.code;
    }
  } catch (error) {
    // The child has said in its own words why it could not go on.
    if (!(error instanceof ChildEnded)) throw error;
    if (!isStopping) process.exitCode = error.code;
  } finally {
    await stop();
    await Promise.all(children.map(({ ended }) => ended));
  }
};
