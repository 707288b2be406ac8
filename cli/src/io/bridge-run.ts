import { runBridge } from '@phloem/bridge';
import { Fault, isFault, toBridgeNode, type CursorAnswer, type Position } from '@phloem/protocol';
import { createSocketIoTransport, monotonicClock } from '@phloem/reconnect';
import type { BridgeDocument } from '@phloem/rules';
import { createHubClient, dataFiles } from '@phloem/backend/client';
import { distinctUntilChanged, filter, firstValueFrom, from, map, merge } from 'rxjs';
import { toBehind, toInboundLine, toReportLines, toStatusLine, type BridgeOverview } from '../bridge/bridge-lines.ts';
import { reportBridge } from './bridge-report.ts';
import { ensureToken, untilSignal, type BridgeRunOptions } from './bridge-process.ts';
import { findBridge, isTargetBridge, readAllBridges, toFilter, toOpenTarget, toPace } from './bridge-target.ts';
import { printJson, printLines } from './print.ts';

/** The clients of databases and brokers are loaded by those that need them. */
const loadInbound = () => import('./inbound-bridge.ts');

/**
 * Runs a bridge until a signal, or until it ends for good.
 *
 * @throws Fault when the document, the secret or the token is not in order, and when the bridge ended by itself.
 */
export const runBridgeProcess = async (id: string, options: BridgeRunOptions): Promise<void> => {
  const document = findBridge(options.site, id);
  if (!isTargetBridge(document)) return (await loadInbound()).runInboundBridge(document, options);
  const { fill = 'head', upTo = 'durable' } = document.spec;
  const token = await ensureToken(id, 'relay', options);
  const bridge = runBridge({
    transport: createSocketIoTransport({ url: `http://127.0.0.1:${options.port}` }),
    clock: monotonicClock,
    wallNow: () => Date.now(),
    random: Math.random,
    nodeId: toBridgeNode(id),
    run: crypto.randomUUID().slice(0, 20),
    token,
    software: 'phloem-bridge',
    filter: toFilter(document),
    openTarget: toOpenTarget(document, options),
    fill,
    upTo,
    ...toPace(document),
  });
  const telling = bridge.status$.pipe(map(toStatusLine), distinctUntilChanged()).subscribe((line) => printLines([`${id}: ${line}`]));
  const reporting = reportBridge({
    id,
    title: document.metadata.title ?? null,
    target: document.spec.target.kind,
    direction: 'out',
    port: options.port,
    token,
    status$: bridge.status$,
    toLine: toStatusLine,
  });
  process.send?.({ bridge: id });
  const over$ = bridge.status$.pipe(filter(({ phase }) => phase === 'fenced' || phase === 'closed'));
  const signal$ = from(untilSignal()).pipe(map(() => null));
  const ended = await firstValueFrom(merge(over$, signal$));
  // Anyone who supervises it would start it again, and so take the target back from the bridge that has it now.
  if (ended !== null && process.send !== undefined) await firstValueFrom(signal$);
  telling.unsubscribe();
  reporting.unsubscribe();
  await bridge.close();
  // The channel to its parent process would keep it alive.
  if (process.connected) process.disconnect?.();
  if (ended !== null) throw new Fault(ended.error?.code ?? 'cli/usage', `${id}: ${toStatusLine(ended)}`);
};

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
  const target = await toOpenTarget(document, options)();
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

/** The hub is asked last: a target that was asked after it would hold more than the log. */
const toReport = async (document: BridgeDocument, options: BridgeRunOptions): Promise<BridgeOverview> => {
  const common = { id: document.metadata.id, target: document.spec.target.kind, direction: 'out' } as const;
  try {
    const position = await askPosition(document, options);
    return { ...common, position, error: null, head: await askHead(options) };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { ...common, position: null, error: error.message, head: await askHead(options) };
  }
};

/** @throws Fault when anything is not in order. */
export const checkBridge = async (id: string, options: BridgeRunOptions): Promise<void> => {
  const document = findBridge(options.site, id);
  if (!isTargetBridge(document)) return (await loadInbound()).checkInboundBridge(document, options);
  const position = await askPosition(document, options);
  const report = { id, target: document.spec.target.kind, direction: 'out', position, error: null, head: await askHead(options) } as const;
  printLines(toReportLines(report));
};

/** Says where each bridge stands. Exit code 1 when a target does not answer. */
export const printBridges = async (id: string | null, options: BridgeRunOptions & { readonly isJson: boolean }): Promise<void> => {
  const all = id === null ? readAllBridges(options.site) : [findBridge(options.site, id)];
  const { readInboundStates } = await loadInbound();
  const sources = await readInboundStates(
    all.flatMap((document) => (isTargetBridge(document) ? [] : [document])),
    options,
  );
  const reports = await Promise.all(all.filter(isTargetBridge).map((document) => toReport(document, options)));
  if (options.isJson) printJson([...reports.map((report) => ({ ...report, behind: toBehind(report) })), ...sources], 2);
  else {
    const lines = [...reports.flatMap(toReportLines), ...sources.map(toInboundLine)];
    printLines(lines.length === 0 ? [`${options.site} names no bridge`] : lines);
  }
  if (reports.some(({ error }) => error !== null)) process.exitCode = 1;
};
