import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runBridge } from '@phloem/bridge';
import { Fault, isFault, toBridgeNode, type CursorAnswer, type Position } from '@phloem/protocol';
import { createSocketIoTransport, monotonicClock } from '@phloem/reconnect';
import type { BridgeDocument } from '@phloem/rules';
import { createHubClient, dataFiles } from '@phloem/backend/client';
import { distinctUntilChanged, filter, firstValueFrom, from, map, merge } from 'rxjs';
import { toBehind, toReportLines, toStatusLine, type BridgeOverview } from '../bridge/bridge-lines.ts';
import { reportBridge } from './bridge-report.ts';
import { findBridge, readBridges, toOpenTarget } from './bridge-target.ts';
import { printJson, printLines } from './print.ts';

export type BridgeRunOptions = { readonly port: number; readonly data: string; readonly site: string };

/** The token of a bridge lies in a file that only its owner can read; the same one as long as the file is there. */
const ensureToken = async (id: string, { port, data }: BridgeRunOptions): Promise<string> => {
  const path = join(data, 'secrets', `${toBridgeNode(id)}.token`);
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const client = createHubClient({ port, tokenFile: dataFiles(data).adminToken });
  const { token } = await client.post<{ token: string }>('/api/v1/tokens', { role: 'relay', node: toBridgeNode(id) });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  return token;
};

/**
 * Runs a bridge until a signal, or until it ends for good.
 *
 * @throws Fault when the document, the secret or the token is not in order, and when the bridge ended by itself.
 */
export const runBridgeProcess = async (id: string, options: BridgeRunOptions): Promise<void> => {
  const document = findBridge(options.site, id);
  const { filter: wanted = {}, fill = 'head', upTo = 'durable' } = document.spec;
  const token = await ensureToken(id, options);
  const bridge = runBridge({
    transport: createSocketIoTransport({ url: `http://127.0.0.1:${options.port}` }),
    clock: monotonicClock,
    wallNow: () => Date.now(),
    random: Math.random,
    nodeId: toBridgeNode(id),
    run: crypto.randomUUID().slice(0, 20),
    token,
    software: 'phloem-bridge',
    filter: wanted,
    openTarget: toOpenTarget(document, options.data),
    fill,
    upTo,
  });
  const telling = bridge.status$.pipe(map(toStatusLine), distinctUntilChanged()).subscribe((line) => printLines([`${id}: ${line}`]));
  const reporting = reportBridge({ id, document, port: options.port, token, status$: bridge.status$ });
  process.send?.({ bridge: id });
  const over$ = bridge.status$.pipe(filter(({ phase }) => phase === 'fenced' || phase === 'closed'));
  const signal$ = from(untilSignal()).pipe(map(() => null));
  const ended = await firstValueFrom(merge(over$, signal$));
  // Whoever supervises it would start it again, and so take the target back from the bridge that has it now.
  if (ended !== null && process.send !== undefined) await firstValueFrom(signal$);
  telling.unsubscribe();
  reporting.unsubscribe();
  await bridge.close();
  // The channel to whoever started it would keep it alive.
  if (process.connected) process.disconnect?.();
  if (ended !== null) throw new Fault(ended.error?.code ?? 'cli/usage', `${id}: ${toStatusLine(ended)}`);
};

/** Ends with the process that started it, as every part does. */
const untilSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    if (process.channel !== undefined) process.once('disconnect', () => resolve());
  });

/** Where the log ends; null when no hub answers. */
const askHead = async ({ port, data }: BridgeRunOptions): Promise<number | null> => {
  const client = createHubClient({ port, tokenFile: dataFiles(data).adminToken });
  try {
    return (await client.get<{ readonly head: number }>('/healthz')).head;
  } catch (error) {
    if (isFault(error)) return null;
    throw error;
  }
};

/** Where the target ends: by its own word, else by the cursor that the hub keeps. */
const askPosition = async (document: BridgeDocument, options: BridgeRunOptions): Promise<Position | null> => {
  const target = await toOpenTarget(document, options.data)();
  try {
    const position = await target.position();
    return position === 'unknown' ? await askCursor(document.metadata.id, options) : position;
  } finally {
    await target.close();
  }
};

const askCursor = async (id: string, { port, data }: BridgeRunOptions): Promise<Position | null> => {
  const client = createHubClient({ port, tokenFile: dataFiles(data).adminToken });
  const cursors = await client.get<readonly CursorAnswer[]>('/api/v1/cursors');
  return cursors.find(({ name }) => name === toBridgeNode(id)) ?? null;
};

const toReport = async (document: BridgeDocument, head: number | null, options: BridgeRunOptions): Promise<BridgeOverview> => {
  const common = { id: document.metadata.id, target: document.spec.target.kind, head };
  try {
    return { ...common, position: await askPosition(document, options), error: null };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { ...common, position: null, error: error.message };
  }
};

/** @throws Fault when anything is not in order. */
export const checkBridge = async (id: string, options: BridgeRunOptions): Promise<void> => {
  const document = findBridge(options.site, id);
  const position = await askPosition(document, options);
  const report = { id, target: document.spec.target.kind, position, error: null, head: await askHead(options) };
  printLines(toReportLines(report));
};

/** Says where each bridge stands. Exit code 1 when a target does not answer. */
export const printBridges = async (id: string | null, options: BridgeRunOptions & { readonly isJson: boolean }): Promise<void> => {
  const documents = id === null ? readBridges(options.site) : [findBridge(options.site, id)];
  const head = await askHead(options);
  const reports = await Promise.all(documents.map((document) => toReport(document, head, options)));
  if (options.isJson)
    printJson(
      reports.map((report) => ({ ...report, behind: toBehind(report) })),
      2,
    );
  else printLines(reports.length === 0 ? [`${options.site} names no bridge`] : reports.flatMap(toReportLines));
  if (reports.some(({ error }) => error !== null)) process.exitCode = 1;
};
