import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Fault, isFault, toPrintable } from '@phloem/protocol';
import { createSocketIoTransport, monotonicClock, openLink, type Link, type LinkStatus, type Transport } from '@phloem/reconnect';
import { pino, type Logger } from 'pino';
import { compile } from '../compile.ts';
import { toOptions, usage, type AutomationOptions } from '../options.ts';
import type { Compile, HandOver } from '../plan.ts';
import { runService, type CheckpointStore, type ServiceNotice } from '../run-service.ts';
import { createAskHub, type AskHub } from './ask-hub.ts';
import { createCheckpointFiles } from './checkpoint-files.ts';
import { createFetchDocument } from './fetch-document.ts';

/** Puts something of a test around the parts that decide, send and store. */
export type AutomationDecorators = {
  readonly transport: (transport: Transport) => Transport;
  readonly compile: (run: string, compile: Compile) => Compile;
  readonly checkpoints: (store: CheckpointStore) => CheckpointStore;
  readonly notice: (run: string, event: ServiceNotice) => void;
};

const endWithinMs = 4000;
const software = 'phloem-automation/0.1.0';

const toCounts = (handOver: HandOver | null): object =>
  handOver === null ? {} : { carried: handOver.carried.length, fresh: handOver.fresh.length, dropped: handOver.dropped.length };

const readOptions = (): AutomationOptions | null => {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      options: { hub: text, node: text, 'token-file': text, data: text, scope: text, help: { type: 'boolean' } },
    });
    return values.help === true ? null : toOptions(values);
  } catch (error) {
    if (isFault(error)) throw error;
    throw new Fault('cli/usage', `${error instanceof Error ? error.message : String(error)} (--help lists the options)`, {
      cause: error,
    });
  }
};

const readToken = async (file: string | null): Promise<string | undefined> => {
  if (file === null) return process.env['PHLOEM_TOKEN'];
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new Fault('cli/usage', `the token file ${file} cannot be read: make a token with "phloem token create"`, { cause });
  }
};

const prepareFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new Fault('store/unwritable', `${folder} cannot be written: give another --data, or the right to write there`, { cause });
  }
};

/** Runs an automation service in this process, by its command line, until it is ended. Exits with 2 where the command line is wrong. */
export const runAutomationProcess = async (decorate?: AutomationDecorators): Promise<void> => {
  // The data folder holds checkpoints of a site: nobody else on this machine reads them.
  process.umask(0o077);
  try {
    const options = readOptions();
    if (options === null) process.stdout.write(usage);
    else await run(options, decorate);
  } catch (error) {
    if (!isFault(error)) throw error;
    process.stderr.write(`${toPrintable(error.message)}\n`);
    process.exitCode = 2;
  }
};

const run = async (options: AutomationOptions, decorate?: AutomationDecorators): Promise<void> => {
  const { hubUrl, nodeId, scope } = options;
  const token = await readToken(options.tokenFile);
  await prepareFolder(options.dataFolder);
  // Standard output is for the one line that says that it is ready.
  const log = pino({ base: { node: nodeId }, level: process.env['PHLOEM_LOG'] ?? 'info' }, pino.destination({ fd: 2, sync: true }));
  const ask = createAskHub(hubUrl, token);
  const runId = randomBytes(12).toString('base64url');
  const transport = createSocketIoTransport({ url: hubUrl });
  const link = openLink({
    transport: decorate?.transport(transport) ?? transport,
    clock: monotonicClock,
    random: Math.random,
    nodeId,
    run: runId,
    role: 'automation',
    ...(token === undefined ? {} : { token }),
    software,
    subscriptions: [],
  });
  const crash = (error: unknown): void => {
    log.fatal({ err: error }, 'the service has stopped');
    process.exitCode = 1;
    if (process.connected) process.disconnect?.();
    void link.close();
  };
  const checkpoints = openCheckpoints(options.dataFolder, ask, log);
  const report = createReport(log);
  const service = runService({
    link,
    nodeId,
    scope,
    clock: monotonicClock,
    isTracing: log.isLevelEnabled('debug'),
    fetchDocument: createFetchDocument(ask),
    compile: decorate?.compile(runId, compile) ?? compile,
    checkpoints: decorate?.checkpoints(checkpoints) ?? checkpoints,
    notice: (event) => {
      decorate?.notice(runId, event);
      report(event);
    },
    crash,
  });
  const end = endOnSignals(log, () => service.stop().catch(crash));
  followLink(link, { log, nodeId, end });
};

const openCheckpoints = (folder: string, ask: AskHub, log: Logger): CheckpointStore =>
  createCheckpointFiles({
    folder,
    ask,
    trouble: ({ doing, what, error }) =>
      log.warn({ doing, what, message: error instanceof Error ? error.message : String(error) }, 'checkpoint trouble'),
  });

/** Writes what the service reports into its journal. */
const createReport =
  (log: Logger) =>
  (event: ServiceNotice): void => {
    switch (event.kind) {
      case 'started':
        log.info({ position: event.state.position, bundle: event.state.bundle }, 'begins here');
        return;
      case 'switched':
        log.info(
          { site: event.state.site, bundle: event.state.bundle, scope: event.state.scope, ...toCounts(event.handOver) },
          'plan switched',
        );
        return;
      case 'no-plan':
        log.error({ lsn: event.lsn, code: event.fault.code, message: event.fault.message }, 'no plan: commands nothing until there is one');
        return;
      case 'lost':
        log.warn({ lost: event.lost, why: event.why }, 'entries are missing: restarting from a checkpoint');
        return;
      case 'unusable-checkpoint':
        log.warn({ cursor: event.cursor, message: event.fault.message }, 'checkpoint left aside');
        return;
      case 'shadow':
        log.warn(
          { lsn: event.entry.lsn, bundle: event.entry.hash, scope: event.entry.scope },
          'a bundle in shadow is not run here: `phloem rules shadow` runs one beside the live one',
        );
        return;
      case 'traces':
        log.debug({ traces: event.traces }, 'decided');
        return;
      default:
        event satisfies never;
    }
  };

/** What ends the service, and whether that has begun. */
type End = { readonly begin: (why: string) => void; readonly hasBegun: () => boolean };

const endOnSignals = (log: Logger, stop: () => Promise<unknown>): End => {
  let isEnding = false;
  const begin = (why: string): void => {
    if (isEnding) return;
    isEnding = true;
    log.info({ why }, 'ends');
    if (process.connected) process.disconnect?.();
    // Whatever does not answer any more must not keep it from ending (DR1).
    setTimeout(() => process.exit(), endWithinMs).unref();
    void stop();
  };
  process.once('SIGTERM', () => begin('SIGTERM'));
  process.once('SIGINT', () => begin('SIGINT'));
  // Started with a channel: when the process that started it has ended, nobody else would end it.
  if (process.send !== undefined) process.once('disconnect', () => begin('the process that started it has ended'));
  return { begin, hasBegun: () => isEnding };
};

/** Reports once that the service is ready: over the channel that it was started with, or on standard output. */
const createReportReady = (nodeId: string): (() => void) => {
  let isReported = false;
  return () => {
    if (isReported) return;
    isReported = true;
    const ready = { ready: { node: nodeId } };
    if (process.send === undefined) process.stdout.write(`${JSON.stringify(ready)}\n`);
    else process.send(ready);
  };
};

const followLink = (link: Link, { log, nodeId, end }: { readonly log: Logger; readonly nodeId: string; readonly end: End }): void => {
  const reportReady = createReportReady(nodeId);
  let phase: LinkStatus['phase'] | null = null;
  link.status$.subscribe((status) => {
    if (status.phase === phase) return;
    const before = phase;
    ({ phase } = status);
    if (phase === 'ready') log.info({ attempt: status.attempt, session: status.welcome?.session }, 'connected');
    else if (phase !== 'closed' && status.why !== null && (before === 'ready' || status.attempt === 2))
      log.warn({ why: status.why }, 'not connected, tries again');
    else log.debug({ phase, attempt: status.attempt, why: status.why }, 'link');
    if (phase === 'ready') reportReady();
    if (phase === 'closed' && !end.hasBegun()) {
      log.error({ why: status.why }, 'the hub ended the session of this node for good');
      process.exitCode = 1;
      end.begin('refused');
    }
  });
  link.lease$.subscribe((lease) => log.debug({ lease }, 'lease'));
};
