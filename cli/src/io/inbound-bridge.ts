import { createSensorReader, openSensorSubscription } from '@phloem/bridge-mqtt';
import { checkTable, openSession } from '@phloem/bridge-sql';
import { Fault, toBridgeNode, type BridgeAnswer, type BridgeReport, type Role } from '@phloem/protocol';
import { createSocketIoTransport, monotonicClock, openLink } from '@phloem/reconnect';
import type { SensorBridgeDocument, SourceBridgeDocument } from '@phloem/rules';
import { createHubClient, dataFiles } from '@phloem/backend/client';
import { distinctUntilChanged, firstValueFrom, from, map, merge, NEVER } from 'rxjs';
import type { InboundOverview } from '../bridge/bridge-lines.ts';
import { reportBridge } from './bridge-report.ts';
import { ensureToken, untilSignal, type BridgeRunOptions } from './bridge-process.ts';
import { toAddress, toOrigin, isQueueBridge, isTableQueueBridge, type InboundBridge } from './bridge-target.ts';
import { printLines } from './print.ts';
import type { OpenBridgeLink, RunningInbound } from './inbound.ts';
import { checkQueue, startQueue } from './queue-bridge.ts';
import { startReadings, toReadingsMapping } from './readings-bridge.ts';
import { createRequestHub } from './request-hub.ts';
import { checkRequests, startRequests } from './requests-bridge.ts';
import { startSensors } from './sensors-bridge.ts';

const isReadings = (document: InboundBridge): document is SourceBridgeDocument => 'readings' in document.spec;
const isSensors = (document: InboundBridge): document is SensorBridgeDocument => 'sensors' in document.spec;

const toDirection = (document: InboundBridge): BridgeReport['direction'] =>
  isReadings(document) || isSensors(document) ? 'readings' : 'requests';

const toRole = (document: InboundBridge): Role => (toDirection(document) === 'readings' ? 'ingest' : 'automation');

type Access = { readonly data: string; readonly port: number; readonly token: string };

const start = (document: InboundBridge, { data, port, token }: Access, open: OpenBridgeLink): RunningInbound => {
  if (isSensors(document)) return startSensors(document, data, open);
  if (isQueueBridge(document) || isTableQueueBridge(document))
    return startQueue(document, data, createRequestHub({ port, token, scope: document.spec.requests.scope }));
  return isReadings(document) ? startReadings(document, data, open) : startRequests(document, data, open);
};

/** Runs a bridge that brings something of another program, until a signal or until the hub ends it for good. */
export const runInboundBridge = async (document: InboundBridge, options: BridgeRunOptions): Promise<void> => {
  const { id, title = null } = document.metadata;
  const token = await ensureToken(id, toRole(document), options);
  const open: OpenBridgeLink = (parts) =>
    openLink({
      transport: createSocketIoTransport({ url: `http://127.0.0.1:${options.port}` }),
      clock: monotonicClock,
      random: Math.random,
      nodeId: toBridgeNode(id),
      run: crypto.randomUUID().slice(0, 20),
      token,
      software: 'phloem-bridge',
      ...parts,
    });
  const running = start(document, { ...options, token }, open);
  const lines$ = running.status$.pipe(
    map(({ line }) => line),
    distinctUntilChanged(),
  );
  const printing = lines$.subscribe((line) => printLines([`${id}: ${line}`]));
  const reporting = reportBridge({
    id,
    title,
    target: document.spec.origin.kind,
    direction: toDirection(document),
    port: options.port,
    token,
    status$: running.status$.pipe(map(({ phase, error, counters, automation }) => ({ phase, error, counters, automation }))),
    toLine: ({ phase, error }) => `${phase} ${error?.message ?? ''}`,
  });
  process.send?.({ bridge: id });
  const why = await firstValueFrom(merge(running.ended$, from(untilSignal()).pipe(map(() => null)), NEVER));
  printing.unsubscribe();
  reporting.unsubscribe();
  await running.close();
  if (process.connected) process.disconnect?.();
  if (why !== null) throw new Fault('auth/unauthorised', `${id}: the hub ended the link: ${why}`);
};

/** @throws Fault when the database does not answer, or a table cannot be read. */
export const checkInboundBridge = async (document: InboundBridge, options: BridgeRunOptions): Promise<void> => {
  if (isSensors(document)) {
    const { filters } = createSensorReader(document.spec.sensors);
    const subscription = await openSensorSubscription(toAddress(document.spec.origin, options.data), filters, () => undefined);
    await subscription.close();
    return printLines([`${document.metadata.id}: the broker accepts the topics ${filters.join(', ')}`]);
  }
  if (isQueueBridge(document) || isTableQueueBridge(document)) return printLines(await checkQueue(document, options.data));
  const { origin } = document.spec;
  const session = await openSession(toOrigin(origin, options.data), 'read', 'phloem bridge check');
  try {
    if (!isReadings(document)) return printLines(await checkRequests(document, session));
    const { newest } = await checkTable(session, origin.kind, toReadingsMapping(document));
    const rows = newest === null ? 'it has no row yet' : `its newest row has the id ${newest}`;
    printLines([`${document.metadata.id}: the table ${document.spec.readings.table} of ${origin.kind} can be read; ${rows}`]);
  } finally {
    await session.close();
  }
};

/** What the hub knows of bridges that bring something of other programs. */
export const readInboundStates = async (
  documents: readonly InboundBridge[],
  { port, data }: BridgeRunOptions,
): Promise<readonly InboundOverview[]> => {
  if (documents.length === 0) return [];
  const client = createHubClient({ port, tokenFile: dataFiles(data).adminToken });
  const known = await client.get<readonly BridgeAnswer[]>('/api/v1/bridges').catch(() => []);
  return documents.map((document) => {
    const { id } = document.metadata;
    const { state = 'silent', automation = null, error = null } = known.find((bridge) => bridge.id === id) ?? {};
    return { id, direction: toDirection(document), state, automation, error };
  });
};
