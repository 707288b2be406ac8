import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { createTimeText } from '@phloem/protocol';
import { ChildEnded } from './child.ts';
import { fillPast } from './fill-past.ts';
import { askTimeZone, createHubClient, dataFiles, type HubClient } from '@phloem/backend/client';
import type { HubReady } from '@phloem/backend/process';
import { openInBrowser } from './open-in-browser.ts';
import { demonstration, processes, root } from './places.ts';
import { toNoteLine } from '../note-line.ts';
import { line, reportFirstConfirmed, startBridges, watchStarter } from './start-parts.ts';
import { supervise, type Part, type SuperviseOptions } from './supervise.ts';
import { printText } from './print.ts';

export type StartOptions = {
  readonly port: number;
  readonly simulatorPort: number;
  readonly simulatorControlPort: number;
  readonly data: string;
  readonly site: string | null;
  /** A folder of bundle documents; null for those of the demonstration, or with a site for none. */
  readonly bundle: string | null;
  /** Where a web server on this machine passes people on to the hub; null for nowhere. */
  readonly publicUrl: URL | null;
  /** What the log keeps. */
  readonly keepDays: number;
  readonly keepGigabytes: number;
  readonly open: boolean;
  readonly version: string;
};

/** All must have ended within 5 s of Ctrl-C: first the hub, then the others together. */
const hubGraceMs = 3800;
const graceMs = 800;

export type SimulatorReady = { readonly listening: { readonly port: number; readonly controlPort: number } };

/** In the zone of this machine, until the hub has said which is that of the site. */
let toTimeText = createTimeText(Intl.DateTimeFormat().resolvedOptions().timeZone);
const say = printText;

/** A node's token lies in a file that only its owner can read; the same one as long as the file is there. */
const ensureToken = async (client: HubClient, path: string, node: string): Promise<void> => {
  if (existsSync(path)) return;
  const { token } = await client.post<{ token: string }>('/api/v1/tokens', { role: 'automation', node });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
};

/** Runs all of Phloem, each part a process of its own that is started again when it ends, until Ctrl-C. */
export const startMesh = async (options: StartOptions): Promise<void> => {
  const files = dataFiles(options.data);
  const parts: Part<unknown>[] = [];
  const stopped = Promise.withResolvers<void>();
  let isStopping = false;

  // What the parts note of themselves is for those who ask for it; what matters to a person is said here.
  const env = { PHLOEM_LOG: process.env['PHLOEM_LOG'] ?? 'warn' };
  const start = async <Ready>(
    name: string,
    args: readonly string[],
    more: Pick<SuperviseOptions<Ready>, 'again' | 'onMessage'> = {},
  ): Promise<Part<Ready>> => {
    const onLine = (text: string): void => say(toNoteLine(name, text, (at) => toTimeText(at)));
    const part = await supervise<Ready>(name, args, { say, env, onLine, ...more });
    parts.push(part);
    return part;
  };
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    // The hub drives the outputs safe while the simulator still answers.
    for (const part of parts) if (part.name === 'hub') await part.stop('SIGINT', hubGraceMs);
    await Promise.all(parts.filter(({ name }) => name !== 'hub').map((part) => part.stop('SIGTERM', graceMs)));
    stopped.resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!isStopping) say('\nStopping: outputs go to their safe states …');
      void stop();
    });
  }

  const starter = watchStarter(() => void stop());

  say(`Phloem ${options.version}${options.site === null ? ': a demonstration with three simulated rooms' : ''}`);
  try {
    let { simulatorPort } = options;
    if (options.site === null) {
      const toArgs = (port: number, controlPort: number) => [
        ...processes.simulator,
        '--port',
        String(port),
        '--control-port',
        String(controlPort),
      ];
      const simulator = await start<SimulatorReady>('simulator', toArgs(options.simulatorPort, options.simulatorControlPort), {
        again: ({ listening }) => toArgs(listening.port, listening.controlPort),
      });
      simulatorPort = simulator.ready.listening.port;
      line(
        'simulator',
        `Modbus TCP on 127.0.0.1:${simulatorPort}; faults and ledger at http://127.0.0.1:${simulator.ready.listening.controlPort}`,
        simulator.pid,
      );
    }

    const bundle = options.bundle ?? (options.site === null ? demonstration.bundle : null);
    const toHubArgs = (port: number) => [
      ...processes.hub,
      '--port',
      String(port),
      '--simulator-port',
      String(simulatorPort),
      '--data',
      options.data,
      '--keep-days',
      String(options.keepDays),
      '--keep-gigabytes',
      String(options.keepGigabytes),
      ...(options.site === null ? [] : ['--site', options.site]),
      ...(options.publicUrl === null ? [] : ['--public-url', options.publicUrl.origin]),
    ];
    let links = 0;
    // Only the first start comes with the bundle: what has been promoted since must outlive a restart.
    const hub = await start<HubReady>('hub', [...toHubArgs(options.port), ...(bundle === null ? [] : ['--bundle', bundle])], {
      again: ({ port }) => toHubArgs(port),
      onMessage: (message) => {
        links += 1;
        if (links > 1) say(`  The next link: http://127.0.0.1:${(message as HubReady).port}${(message as HubReady).signIn}`);
      },
    });
    const { port, signIn, rules } = hub.ready;
    const url = `http://127.0.0.1:${port}`;
    line('hub', `${url}; data folder ${options.data}`, hub.pid);

    const client = createHubClient({ port, tokenFile: files.adminToken });
    toTimeText = createTimeText(await askTimeZone(client));
    if (rules !== null) {
      const folder = options.bundle ?? relative(root, demonstration.bundle);
      line('rules', `bundle revision ${rules.revision} for ${rules.scope}, from ${folder}`);
    }
    await ensureToken(client, files.automationToken, 'automation-1');
    const automation = await start('automation', [
      ...processes.automation,
      '--hub',
      url,
      '--node',
      'automation-1',
      '--token-file',
      files.automationToken,
      '--data',
      files.automation,
      // A data folder may still know of a live bundle of other locations, from a start with other documents.
      ...(rules === null ? [] : ['--scope', rules.scope]),
    ]);
    line('automation', 'automation-1', automation.pid);
    await startBridges({ start, port, data: options.data, site: options.site ?? demonstration.site });

    say(`\n  Open ${url}${signIn}\n  (the link works once; the hub prints the next one)\n`);
    if (options.open && process.stdout.isTTY) openInBrowser(`${url}${signIn}`);
    if (options.site === null) {
      await reportFirstConfirmed(client, () => isStopping);
      if (!isStopping && bundle !== null) {
        const onLine = (text: string): void => say(toNoteLine('past', text, (at) => toTimeText(at)));
        const past = fillPast({ port, tokenFile: files.adminToken, bundle, say, onLine });
        parts.push({ name: past.name, pid: null, ready: null, stop: (signal, ms) => past.stop(signal, ms) });
      }
    } else if (rules === null) say(`  Activate rules with: npm run phloem -- push <folder> --port ${port} --data ${options.data}`);
    say('  Ctrl-C stops everything and drives the outputs to their safe states.');
    await stopped.promise;
  } catch (error) {
    // A part that could not start has said in its own words why.
    if (!(error instanceof ChildEnded)) throw error;
    if (!isStopping) process.exitCode = error.code;
  } finally {
    clearInterval(starter);
    await stop();
  }
};
