import { relative } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { createHubClient, dataFiles } from '@phloem/backend/client';
import { endOnLoss } from '@phloem/backend/process';
import type { PhloemLog } from '@phloem/embed';
import { openPhloem, type OpenPhloem } from '@phloem/embed/open';
import { createTimeText, Fault } from '@phloem/protocol';
import { toNoteLine } from '../note-line.ts';
import { ChildEnded } from './child.ts';
import { fillPast } from './fill-past.ts';
import { openInBrowser } from './open-in-browser.ts';
import { demonstration, processes, root } from './places.ts';
import { printText } from './print.ts';
import { line, reportFirstConfirmed, startBridges, watchStarter } from './start-parts.ts';
import type { SimulatorReady, StartOptions } from './start.ts';
import { supervise, type Part, type SuperviseOptions } from './supervise.ts';

/** All must have ended within 5 s of Ctrl-C: first the hub, then the others together. */
const endWithinMs = 4800;
const graceMs = 800;

const levels = { debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;

/** Prints what a person should see, in the form of the other parts. */
const createLog = (toTimeText: (at: number) => string): PhloemLog => {
  const least = levels[(process.env['PHLOEM_LOG'] ?? 'warn') as keyof typeof levels] ?? levels.warn;
  const write =
    (level: keyof typeof levels) =>
    (fields: object, text: string): void => {
      if (levels[level] < least) return;
      const err = 'err' in fields && fields.err instanceof Error ? { err: { message: fields.err.message } } : {};
      const note = JSON.stringify({ ...fields, ...err, level: levels[level], time: Date.now(), msg: text });
      printText(toNoteLine('phloem', note, toTimeText));
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), fatal: write('fatal') };
};

/** What runs beside this process: the simulator and the bridges. */
class Others {
  readonly #parts: Part<unknown>[] = [];
  #isStopping = false;

  readonly start = async <Ready>(name: string, args: readonly string[], again?: SuperviseOptions<Ready>['again']): Promise<Part<Ready>> => {
    const env = { PHLOEM_LOG: process.env['PHLOEM_LOG'] ?? 'warn' };
    const onLine = (text: string): void =>
      printText(toNoteLine(name, text, createTimeText(Intl.DateTimeFormat().resolvedOptions().timeZone)));
    const part = await supervise<Ready>(name, args, { say: printText, env, onLine, ...(again && { again }) });
    this.add(part);
    return part;
  };

  add(part: Part<unknown>): void {
    this.#parts.push(part);
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#parts.map((part) => part.stop('SIGTERM', graceMs)));
  }
}

const startSimulator = async (others: Others, { simulatorPort, simulatorControlPort }: StartOptions): Promise<number> => {
  const toArgs = (port: number, controlPort: number) => [
    ...processes.simulator,
    '--port',
    String(port),
    '--control-port',
    String(controlPort),
  ];
  const { ready, pid } = await others.start<SimulatorReady>('simulator', toArgs(simulatorPort, simulatorControlPort), ({ listening }) =>
    toArgs(listening.port, listening.controlPort),
  );
  const { port, controlPort } = ready.listening;
  line('simulator', `Modbus TCP on 127.0.0.1:${port}; faults and ledger at http://127.0.0.1:${controlPort}`, pid);
  return port;
};

const open = async (options: StartOptions, simulatorPort: number | null, onLinkSpent: () => void): Promise<OpenPhloem> => {
  const { data, publicUrl } = options;
  const toTimeText = createTimeText(Intl.DateTimeFormat().resolvedOptions().timeZone);
  return openPhloem({
    data,
    site: options.site ?? demonstration.site,
    bundle: options.bundle ?? (options.site === null ? demonstration.bundle : null),
    listen: { port: options.port },
    ...(simulatorPort !== null && { busPorts: { simulator: simulatorPort } }),
    ...(publicUrl !== null && { publicUrl: publicUrl.origin }),
    isDemonstration: options.site === null,
    why: processes.why,
    log: createLog(toTimeText),
    onLinkSpent,
  });
};

/** Runs hub and automation service in this one process until Ctrl-C; the simulator and bridges stay processes of their own. */
export const startSingle = async (options: StartOptions): Promise<void> => {
  if (options.tlsListen !== null)
    throw new Fault('cli/usage', '--listen needs the hub in a process of its own: leave out --single-process');
  // What the hub has in a process of its own: a collector that cleans up early saves a third of its memory.
  setFlagsFromString('--optimize-for-size');
  const others = new Others();
  const stopped = Promise.withResolvers<void>();
  let opened: OpenPhloem | null = null;
  const stop = async (): Promise<void> => {
    if (others.isStopping) return;
    printText('\nStopping: outputs go to their safe states …');
    // Whatever does not answer any more must not keep it from ending.
    setTimeout(() => process.exit(1), endWithinMs).unref();
    // The hub drives the outputs safe while the simulator still answers.
    await opened?.phloem.close({ outputs: 'safe' });
    await others.stop();
    stopped.resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
  const starter = watchStarter(() => void stop());
  try {
    printText(`Phloem ${options.version}${options.site === null ? ': a demonstration with three simulated rooms' : ''}`);
    const simulatorPort = options.site === null ? await startSimulator(others, options) : null;
    let links = 0;
    const printLink = (): void => {
      if (opened === null) return;
      const link = `${opened.phloem.url}${opened.phloem.createSignInPath()}`;
      links += 1;
      printText(links === 1 ? `\n  Open ${link}\n  (the link works once; the hub prints the next one)\n` : `  The next link: ${link}`);
      if (links === 1 && options.open && process.stdout.isTTY) openInBrowser(link);
    };
    opened = await open(options, simulatorPort, printLink);
    // Somebody may have asked for the end while it was opened.
    if (others.isStopping) return await opened.phloem.close({ outputs: 'safe' });
    endOnLoss(opened.hub, createLog(createTimeText(opened.hub.hub.view.layout.timeZone)), {
      store: dataFiles(options.data).store,
      devices: opened.hub.devices,
    });
    await announce(options, opened, others, printLink);
    await stopped.promise;
  } catch (error) {
    if (!(error instanceof ChildEnded)) throw error;
    if (!others.isStopping) process.exitCode = error.code;
  } finally {
    clearInterval(starter);
    if (!others.isStopping) await others.stop();
  }
};

/** Says what runs, and starts what depends on it. */
const announce = async (options: StartOptions, { phloem, hub }: OpenPhloem, others: Others, printLink: () => void): Promise<void> => {
  const { data, site } = options;
  const port = Number(new URL(phloem.url ?? '').port);
  line('hub', `${phloem.url}; data folder ${data}`, process.pid);
  if (hub.rules !== null) {
    const folder = options.bundle ?? relative(root, demonstration.bundle);
    line('rules', `bundle revision ${hub.rules.revision} for ${hub.rules.scope}, from ${folder}`);
  }
  line('automation', 'automation-1', process.pid);
  await startBridges({ start: others.start, port, data, site: site ?? demonstration.site });
  printLink();
  const tokenFile = dataFiles(data).adminToken;
  if (site === null) {
    await reportFirstConfirmed(createHubClient({ port, tokenFile }), () => others.isStopping);
    const toTimeText = createTimeText(hub.hub.view.layout.timeZone);
    const onLine = (text: string): void => printText(toNoteLine('past', text, toTimeText));
    const bundle = options.bundle ?? demonstration.bundle;
    const past = fillPast({ port, tokenFile, bundle, say: printText, onLine });
    others.add({ name: past.name, pid: null, ready: null, stop: (signal, ms) => past.stop(signal, ms) });
  } else if (hub.rules === null) {
    printText(`  Activate rules with: npm run phloem -- push <folder> --port ${port} --data ${data}`);
  }
  printText('  Ctrl-C stops everything and drives the outputs to their safe states.');
};
