import { checkTable, openSession, runReadings, type ReadingsStatus } from '@phloem/bridge-sql';
import { Fault, toBridgeNode, type BridgeAnswer } from '@phloem/protocol';
import { createSocketIoTransport, monotonicClock, openLink, openSender, type Link } from '@phloem/reconnect';
import { parseDuration, type SourceBridgeDocument } from '@phloem/rules';
import { createHubClient, dataFiles } from '@phloem/backend/client';
import { BehaviorSubject, distinctUntilChanged, filter, firstValueFrom, from, map, merge } from 'rxjs';
import { reportBridge } from './bridge-report.ts';
import { ensureToken, untilSignal, type BridgeRunOptions } from './bridge-process.ts';
import { toOrigin } from './bridge-target.ts';
import { printLines } from './print.ts';

/** How often a database is asked for new rows. A file answers within microseconds, a server takes a round trip. */
const defaultPoll = { sqlite: '20ms', postgresql: '250ms', mariadb: '250ms' } as const;

const toLine = ({ phase, error }: ReadingsStatus): string => {
  if (error !== null) return `not reading: ${error.message}; trying again`;
  return phase === 'flowing' ? 'reading' : 'connecting';
};

const toMs = (text: string): number => parseDuration(text) ?? 0;

/** The readings of other programs have neither gaps nor epochs; ids that were given up are what comes closest to a gap. */
const toReportable = ({ phase, error, counters }: ReadingsStatus) => ({
  phase,
  error,
  counters: {
    records: counters.rows,
    batches: counters.live + counters.late,
    gaps: counters.skipped,
    epochs: 0,
    failures: counters.failures,
  },
});

/** What the clock of the hub shows, as far as the link knows. */
const followHubClock = (link: Link): (() => number) => {
  const offset = new BehaviorSubject<number | null>(null);
  link.status$.pipe(map(({ hubClock }) => hubClock?.atOffsetMs ?? null)).subscribe((ms) => offset.next(ms ?? offset.value));
  return () => (offset.value === null ? Date.now() : monotonicClock.now() + offset.value);
};

/** Runs a bridge that reads from another program, until a signal or until the hub ends it for good. */
export const runSourceBridge = async (document: SourceBridgeDocument, options: BridgeRunOptions): Promise<void> => {
  const { id, title = null } = document.metadata;
  const { origin, readings } = document.spec;
  const token = await ensureToken(id, 'ingest', options);
  const link = openLink({
    transport: createSocketIoTransport({ url: `http://127.0.0.1:${options.port}` }),
    clock: monotonicClock,
    random: Math.random,
    nodeId: toBridgeNode(id),
    run: crypto.randomUUID().slice(0, 20),
    role: 'ingest',
    token,
    software: 'phloem-bridge',
    subscriptions: [],
  });
  const database = toOrigin(origin, options.data);
  const reader = runReadings({
    engine: origin.kind,
    mapping: toMapping(document),
    from: readings.from ?? 'head',
    holesMs: toMs(readings.holes ?? '10min'),
    pollMs: Math.max(1, toMs(readings.poll ?? defaultPoll[origin.kind])),
    openSession: () => openSession(database, 'read', `phloem bridge ${id}`),
    sender: openSender({ link, clock: monotonicClock, source: readings.source }),
    clock: monotonicClock,
    random: Math.random,
    hubNow: followHubClock(link),
  });
  const telling = reader.status$.pipe(map(toLine), distinctUntilChanged()).subscribe((line) => printLines([`${id}: ${line}`]));
  const reporting = reportBridge({
    id,
    title,
    target: origin.kind,
    port: options.port,
    token,
    status$: reader.status$.pipe(map(toReportable)),
    toLine: ({ phase, error }) => `${phase} ${error?.message ?? ''}`,
  });
  process.send?.({ bridge: id });
  const closed$ = link.status$.pipe(
    filter(({ phase }) => phase === 'closed'),
    map(({ why }) => why ?? 'without a reason'),
  );
  const why = await firstValueFrom(merge(closed$, from(untilSignal()).pipe(map(() => null))));
  telling.unsubscribe();
  reporting.unsubscribe();
  await reader.close();
  await link.close();
  if (process.connected) process.disconnect?.();
  if (why !== null) throw new Fault('auth/unauthorised', `${id}: the hub ended the link: ${why}`);
};

const toMapping = ({ spec: { readings } }: SourceBridgeDocument) => {
  const { table, id, time, points, names } = readings;
  return {
    table,
    id,
    points,
    ...(time === undefined ? {} : { time: { column: time.column, zone: time.zone ?? 'UTC' } }),
    ...(names === undefined ? {} : { names }),
  };
};

/** @throws Fault when the database does not answer, or the table cannot be read. */
export const checkSourceBridge = async (document: SourceBridgeDocument, options: BridgeRunOptions): Promise<void> => {
  const { origin, readings } = document.spec;
  const session = await openSession(toOrigin(origin, options.data), 'read', 'phloem bridge check');
  try {
    const { newest } = await checkTable(session, origin.kind, toMapping(document));
    printLines([
      `${document.metadata.id}: the table ${readings.table} of ${origin.kind} can be read; ` +
        (newest === null ? 'it has no row yet' : `its newest row has the id ${newest}`),
    ]);
  } finally {
    await session.close();
  }
};

/** What the hub knows of bridges that read from other programs. */
export const readSourceStates = async (
  documents: readonly SourceBridgeDocument[],
  { port, data }: BridgeRunOptions,
): Promise<readonly (Pick<BridgeAnswer, 'id' | 'error'> & { readonly state: string })[]> => {
  if (documents.length === 0) return [];
  const client = createHubClient({ port, tokenFile: dataFiles(data).adminToken });
  const known = await client.get<readonly BridgeAnswer[]>('/api/v1/bridges').catch(() => []);
  return documents.map(({ metadata: { id } }) => {
    const found = known.find((bridge) => bridge.id === id);
    return { id, state: found?.state ?? 'silent', error: found?.error ?? null };
  });
};

export const toSourceLine = ({ id, state, error }: Awaited<ReturnType<typeof readSourceStates>>[number]): string =>
  `${id}: ${state === 'silent' ? 'does not run' : state}${error === null ? '' : `; ${error.message}`}`;
