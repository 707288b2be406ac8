import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Fault, isFault, toPrintable } from '@phloem/protocol';
import { createSocketIoTransport } from '@phloem/reconnect';
import { pino, type Logger } from 'pino';
import { toOptions, usage, type AutomationOptions } from '../options.ts';
import { createAskHub } from './ask-hub.ts';
import { openAutomation, type AutomationDecorators, type AutomationEnd } from './open-automation.ts';

const endWithinMs = 4000;

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
  // Standard output is for the one line that says that it is ready.
  const log = pino({ base: { node: nodeId }, level: process.env['PHLOEM_LOG'] ?? 'info' }, pino.destination({ fd: 2, sync: true }));
  const endings = Promise.withResolvers<AutomationEnd>();
  const automation = await openAutomation({
    transport: createSocketIoTransport({ url: hubUrl }),
    ask: createAskHub(hubUrl, token),
    nodeId,
    token,
    scope,
    folder: options.dataFolder,
    log,
    isTracing: log.isLevelEnabled('debug'),
    decorate,
    onReady: createReportReady(nodeId),
    onEnded: endings.resolve,
  });
  const end = endOnSignals(log, () =>
    automation.stop().catch((error: unknown) => {
      log.fatal({ err: error }, 'the service has stopped');
      process.exitCode = 1;
    }),
  );
  const how = await endings.promise;
  process.exitCode = 1;
  if (how.kind === 'refused') log.error({ why: how.why }, 'the hub ended the session of this node for good');
  end.begin(how.kind);
};

/** What ends the service. */
type End = { readonly begin: (why: string) => void };

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
  return { begin };
};

/** Reports that the service is ready: over the channel that it was started with, or on standard output. */
const createReportReady = (nodeId: string) => (): void => {
  const ready = { ready: { node: nodeId } };
  if (process.send === undefined) process.stdout.write(`${JSON.stringify(ready)}\n`);
  else process.send(ready);
};
