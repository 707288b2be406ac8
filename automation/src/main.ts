import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Fault, isFault, toPrintable } from '@phloem/protocol';
import { createSocketIoTransport, monotonicClock, openLink, type LinkStatus } from '@phloem/reconnect';
import { pino } from 'pino';
import { compile } from './compile.ts';
import { createAskHub } from './io/ask-hub.ts';
import { createCheckpointFiles } from './io/checkpoint-files.ts';
import { failpoints } from './io/failpoints.ts';
import { createFetchDocument } from './io/fetch-document.ts';
import { toOptions, usage, type AutomationOptions } from './options.ts';
import type { HandOver } from './plan.ts';
import { runService, type ServiceNotice } from './run-service.ts';

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

const run = async (): Promise<void> => {
  const options = readOptions();
  if (options === null) {
    process.stdout.write(usage);
    return;
  }
  const { hubUrl, nodeId, scope } = options;
  const token = await readToken(options.tokenFile);
  await prepareFolder(options.dataFolder);
  // Standard output is for the one line that says that it is ready.
  const log = pino({ base: { node: nodeId }, level: process.env['PHLOEM_LOG'] ?? 'info' }, pino.destination({ fd: 2, sync: true }));
  const ask = createAskHub(hubUrl, token);

  const runId = randomBytes(12).toString('base64url');
  const link = openLink({
    transport: failpoints.transport(createSocketIoTransport({ url: hubUrl })),
    clock: monotonicClock,
    random: Math.random,
    nodeId,
    run: runId,
    role: 'automation',
    ...(token === undefined ? {} : { token }),
    software,
    subscriptions: [],
  });

  const notice = (event: ServiceNotice): void => {
    failpoints.notice(runId, event);
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

  const crash = (error: unknown): void => {
    log.fatal({ err: error }, 'the service has stopped');
    process.exitCode = 1;
    if (process.connected) process.disconnect?.();
    void link.close();
  };

  const service = runService({
    link,
    nodeId,
    scope,
    clock: monotonicClock,
    isTracing: log.isLevelEnabled('debug'),
    fetchDocument: createFetchDocument(ask),
    compile: failpoints.compile(runId, compile),
    checkpoints: failpoints.checkpoints(
      createCheckpointFiles({
        folder: options.dataFolder,
        ask,
        trouble: ({ doing, what, error }) =>
          log.warn({ doing, what, message: error instanceof Error ? error.message : String(error) }, 'checkpoint trouble'),
      }),
    ),
    notice,
    crash,
  });

  let isEnding = false;
  const end = (why: string): void => {
    if (isEnding) return;
    isEnding = true;
    log.info({ why }, 'ends');
    if (process.connected) process.disconnect?.();
    // Whatever does not answer any more must not keep it from ending (DR1).
    setTimeout(() => process.exit(), endWithinMs).unref();
    service.stop().catch(crash);
  };
  process.once('SIGTERM', () => end('SIGTERM'));
  process.once('SIGINT', () => end('SIGINT'));
  // Started with a channel: when the process that started it has ended, nobody else would end it.
  if (process.send !== undefined) process.once('disconnect', () => end('the process that started it has ended'));

  let isTold = false;
  const reportReady = (): void => {
    if (isTold) return;
    isTold = true;
    const ready = { ready: { node: nodeId } };
    if (process.send === undefined) process.stdout.write(`${JSON.stringify(ready)}\n`);
    else process.send(ready);
  };
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
    if (phase === 'closed' && !isEnding) {
      log.error({ why: status.why }, 'the hub ended the session of this node for good');
      process.exitCode = 1;
      end('refused');
    }
  });
  link.lease$.subscribe((lease) => log.debug({ lease }, 'lease'));
};

// The data folder holds checkpoints of a site: nobody else on this machine reads them.
process.umask(0o077);

try {
  await run();
} catch (error) {
  if (!isFault(error)) throw error;
  process.stderr.write(`${toPrintable(error.message)}\n`);
  process.exitCode = 2;
}
