import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { createTimeText } from '@phloem/protocol';
import { ChildEnded } from './child.ts';
import { fillPast } from './fill-past.ts';
import { askTimeZone, createHubClient, dataFiles, type HubClient, type TlsListen } from '@phloem/backend/client';
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
  /** Where other machines reach the hub with TLS; null for nowhere. */
  readonly tlsListen: TlsListen | null;
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

/** The processes of a start, and their common end. */
const createParts = () => {
  const parts: Part<unknown>[] = [];
  const stopped = Promise.withResolvers<void>();
  let isStopping = false;
  // What the parts note of themselves is for those who ask for it; what matters to a person is said here.
  const env = { PHLOEM_LOG: process.env['PHLOEM_LOG'] ?? 'warn' };
  return {
    stopped: stopped.promise,
    isStopping: () => isStopping,
    add: (part: Part<unknown>): void => void parts.push(part),
    start: async <Ready>(
      name: string,
      args: readonly string[],
      more: Pick<SuperviseOptions<Ready>, 'again' | 'onMessage'> = {},
    ): Promise<Part<Ready>> => {
      const onLine = (text: string): void => say(toNoteLine(name, text, (at) => toTimeText(at)));
      const part = await supervise<Ready>(name, args, { say, env, onLine, ...more });
      parts.push(part);
      return part;
    },
    stop: async (): Promise<void> => {
      if (isStopping) return;
      isStopping = true;
      // The hub drives the outputs safe while the simulator still answers.
      for (const part of parts) if (part.name === 'hub') await part.stop('SIGINT', hubGraceMs);
      await Promise.all(parts.filter(({ name }) => name !== 'hub').map((part) => part.stop('SIGTERM', graceMs)));
      stopped.resolve();
    },
  };
};
type Parts = ReturnType<typeof createParts>;

/** Starts the simulator, and says at which port it answers. */
const startSimulator = async (parts: Parts, options: StartOptions): Promise<number> => {
  const toArgs = (port: number, controlPort: number) => [
    ...processes.simulator,
    '--port',
    String(port),
    '--control-port',
    String(controlPort),
  ];
  const { ready, pid } = await parts.start<SimulatorReady>('simulator', toArgs(options.simulatorPort, options.simulatorControlPort), {
    again: ({ listening }) => toArgs(listening.port, listening.controlPort),
  });
  const { port, controlPort } = ready.listening;
  line('simulator', `Modbus TCP on 127.0.0.1:${port}; faults and ledger at http://127.0.0.1:${controlPort}`, pid);
  return port;
};

const toListenArgs = ({ host, port, certFile, keyFile }: TlsListen): readonly string[] => [
  '--listen',
  `${host.includes(':') ? `[${host}]` : host}:${port}`,
  '--tls-cert',
  certFile,
  '--tls-key',
  keyFile,
];

const startHub = async (parts: Parts, options: StartOptions, simulatorPort: number, bundle: string | null): Promise<HubReady> => {
  const toArgs = (port: number) => [
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
    ...(options.tlsListen === null ? [] : toListenArgs(options.tlsListen)),
  ];
  let links = 0;
  // Only the first start comes with the bundle: what has been promoted since must outlive a restart.
  const { ready, pid } = await parts.start<HubReady>('hub', [...toArgs(options.port), ...(bundle === null ? [] : ['--bundle', bundle])], {
    again: ({ port }) => toArgs(port),
    onMessage: (message) => {
      links += 1;
      if (links > 1) say(`  The next link: http://127.0.0.1:${(message as HubReady).port}${(message as HubReady).signIn}`);
    },
  });
  const lan = ready.tlsPort === null ? '' : `, and ${options.publicUrl?.origin ?? ''} with TLS at port ${ready.tlsPort}`;
  line('hub', `http://127.0.0.1:${ready.port}${lan}; data folder ${options.data}`, pid);
  return ready;
};

const startAutomation = async (parts: Parts, { data }: StartOptions, { port, rules }: HubReady): Promise<void> => {
  const files = dataFiles(data);
  const { pid } = await parts.start('automation', [
    ...processes.automation,
    '--hub',
    `http://127.0.0.1:${port}`,
    '--node',
    'automation-1',
    '--token-file',
    files.automationToken,
    '--data',
    files.automation,
    // A data folder may still know of a live bundle of other locations, from a start with other documents.
    ...(rules === null ? [] : ['--scope', rules.scope]),
  ]);
  line('automation', 'automation-1', pid);
};

/** Of the demonstration: waits for the first confirmed device, and then fills the log with a past. */
const demonstrate = async (parts: Parts, client: HubClient, port: number, tokenFile: string, bundle: string | null): Promise<void> => {
  await reportFirstConfirmed(client, parts.isStopping);
  if (parts.isStopping() || bundle === null) return;
  const onLine = (text: string): void => say(toNoteLine('past', text, (at) => toTimeText(at)));
  const past = fillPast({ port, tokenFile, bundle, say, onLine });
  parts.add({ name: past.name, pid: null, ready: null, stop: (signal, ms) => past.stop(signal, ms) });
};

/** Runs all of Phloem, each part a process of its own that is started again when it ends, until Ctrl-C. */
export const startMesh = async (options: StartOptions): Promise<void> => {
  const files = dataFiles(options.data);
  const parts = createParts();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!parts.isStopping()) say('\nStopping: outputs go to their safe states …');
      void parts.stop();
    });
  }
  const starter = watchStarter(() => void parts.stop());

  say(`Phloem ${options.version}${options.site === null ? ': a demonstration with three simulated rooms' : ''}`);
  try {
    const simulatorPort = options.site === null ? await startSimulator(parts, options) : options.simulatorPort;
    const bundle = options.bundle ?? (options.site === null ? demonstration.bundle : null);
    const hub = await startHub(parts, options, simulatorPort, bundle);
    const { port, signIn, rules } = hub;
    const url = `http://127.0.0.1:${port}`;

    const client = createHubClient({ port, tokenFile: files.adminToken });
    toTimeText = createTimeText(await askTimeZone(client));
    if (rules !== null) {
      const folder = options.bundle ?? relative(root, demonstration.bundle);
      line('rules', `bundle revision ${rules.revision} for ${rules.scope}, from ${folder}`);
    }
    await ensureToken(client, files.automationToken, 'automation-1');
    await startAutomation(parts, options, hub);
    await startBridges({ start: parts.start, port, data: options.data, site: options.site ?? demonstration.site });

    say(`\n  Open ${url}${signIn}\n  (the link works once; the hub prints the next one)\n`);
    if (options.open && process.stdout.isTTY) openInBrowser(`${url}${signIn}`);
    if (options.site === null) await demonstrate(parts, client, port, files.adminToken, bundle);
    else if (rules === null) say(`  Activate rules with: npm run phloem -- push <folder> --port ${port} --data ${options.data}`);
    say('  Ctrl-C stops everything and drives the outputs to their safe states.');
    await parts.stopped;
  } catch (error) {
    // A part that could not start has said in its own words why.
    if (!(error instanceof ChildEnded)) throw error;
    if (!parts.isStopping()) process.exitCode = error.code;
  } finally {
    clearInterval(starter);
    await parts.stop();
  }
};
