import { openSession, toRequests, toRequestStatements } from '@phloem/bridge-sql';
import { createTimeText, Fault, isFault, type DeviceId, type DeviceValue, type Position } from '@phloem/protocol';
import { createSocketIoTransport, monotonicClock, openLink, type Link } from '@phloem/reconnect';
import { compileBundle, createReplay, readBundle, toSiteModel, type RequestBridgeDocument } from '@phloem/rules';
import { createHubClient, dataFiles } from '@phloem/backend/client';
import { loadSiteFolder, readFolder } from '@phloem/backend/documents';
import { concatMap, filter, first, firstValueFrom, from, map, merge, NEVER, takeUntil, timer } from 'rxjs';
import { noAgreement, stepAgreement, toAgreementLines } from '../bridge/agreement.ts';
import { untilSignal, type BridgeRunOptions } from './bridge-process.ts';
import { findBridge, isTableBridge, toOrigin } from './bridge-target.ts';
import { printLines } from './print.ts';
import { toRequestsMapping } from './requests-bridge.ts';
import { readViewerToken } from './rules-shadow.ts';

export type AgreementOptions = BridgeRunOptions & {
  /** The folder of a bundle that runs in shadow; null compares with what Phloem requests. */
  readonly bundle: string | null;
  readonly graceMs: number;
  /** Ends by itself after so long; null goes on until Ctrl-C. */
  readonly forMs: number | null;
};

/** What Phloem wants of its devices at the moment; null before that is known. */
type Ours = () => ReadonlyMap<DeviceId, DeviceValue> | null;

const everyMs = 1000;

/**
 * Compares what the rows of a foreign automation ask for with what a bundle would request, or with what Phloem does request. It reads
 * only: nothing of it can reach a device.
 *
 * @throws Fault when the bridge takes no requests, the database does not answer, or the bundle does not fit the site.
 */
export const compareBridge = async (id: string, options: AgreementOptions): Promise<void> => {
  const document = findBridge(options.site, id);
  if (!isTableBridge(document)) {
    throw new Fault('cli/usage', `${id} takes no requests from a table: name a bridge that does`);
  }
  const { port, data, graceMs, forMs, bundle, site } = options;
  const client = createHubClient({ port, tokenFile: dataFiles(data).adminToken });
  const link = openLink({
    transport: createSocketIoTransport({ url: `http://127.0.0.1:${port}` }),
    clock: monotonicClock,
    random: Math.random,
    nodeId: `panel-agreement-${process.pid}`,
    run: crypto.randomUUID().slice(0, 20),
    role: 'viewer',
    token: await readViewerToken(client, data),
    software: 'phloem-agreement',
    subscriptions: [{ sub: 'now', mode: 'latest', filter: { kinds: ['device'] }, cursor: null }],
  });
  try {
    const ours = bundle === null ? followHub(link) : await followBundle(link, bundle, site);
    printLines(['Comparing. Ctrl-C ends it and prints the result.']);
    const rows = openRows(document, data);
    const stop$ = merge(forMs === null ? NEVER : timer(forMs), from(untilSignal()));
    let state = noAgreement;
    const toClock = createTimeText(Intl.DateTimeFormat().resolvedOptions().timeZone);
    const compared$ = timer(0, everyMs).pipe(
      concatMap(async () => {
        const [theirs, wanted] = [await rows.read(), ours()];
        if (theirs === null || wanted === null) return;
        const step = stepAgreement(state, { at: monotonicClock.now(), theirs, ours: wanted }, graceMs);
        ({ state } = step);
        printLines(step.lines.map((line) => `${toClock(Date.now())}  ${line}`));
      }),
      takeUntil(stop$),
      filter(() => false),
    );
    await firstValueFrom(compared$, { defaultValue: null });
    await rows.close();
    printLines(toAgreementLines(state));
  } finally {
    await link.close();
  }
};

/** What the rows ask for; null while the database does not answer. */
const openRows = (document: RequestBridgeDocument, data: string) => {
  const { origin, requests } = document.spec;
  const mapping = toRequestsMapping(document);
  const statements = toRequestStatements(origin.kind, mapping);
  let session: Awaited<ReturnType<typeof openSession>> | null = null;
  return {
    read: async (): Promise<ReadonlyMap<DeviceId, DeviceValue> | null> => {
      try {
        session ??= await openSession(toOrigin(origin, data), 'read', 'phloem bridge agreement');
        const rows = await session.query<Record<string, unknown>>(statements.rows);
        return new Map(toRequests(mapping, rows, null).requests.map(({ device, value }) => [device, value]));
      } catch (error) {
        if (!isFault(error)) throw error;
        await session?.close();
        session = null;
        printLines([`${requests.table}: ${error.message}`]);
        return null;
      }
    },
    close: async () => session?.close(),
  };
};

const followHub = (link: Link): Ours => {
  let requested: ReadonlyMap<DeviceId, DeviceValue> | null = null;
  link.latest$('now').subscribe(({ event, payload }) => {
    const before = event === 'snapshot' ? [] : [...(requested ?? [])];
    requested = new Map([
      ...before,
      ...payload.devices.flatMap(({ id, requested: value }) => (value === null ? [] : [[id, value] as const])),
    ]);
  });
  return () => requested;
};

/** Runs a bundle over the entries of the hub, with the devices of a site folder that the hub need not run yet. */
const followBundle = async (link: Link, bundle: string, siteFolder: string): Promise<Ours> => {
  const site = toSiteModel(loadSiteFolder(siteFolder, {}).site);
  const plan = compileBundle(readBundle(readFolder(bundle)), site);
  const replay = createReplay({ plan, site, gate: 'modelled' });
  const scoped = new Set(plan.scope.split('+'));
  let requested = new Map(
    site.devices.filter(({ id }) => scoped.has(id.split('/')[0] ?? '')).map(({ id, fallback }) => [id, fallback] as const),
  );
  let state = replay.start();
  const cursor = await firstValueFrom(
    link.status$.pipe(
      first(({ phase, welcome }) => phase === 'ready' && welcome !== null),
      map(({ welcome }): Position | null => (welcome === null ? null : { epoch: welcome.log.epoch, lsn: welcome.log.head })),
    ),
  );
  link.subscribe({ sub: 'log', mode: 'every', filter: {}, cursor });
  let isRunning = false;
  link.batches$('log').subscribe((batch) => {
    if (batch.kind !== 'entries') return;
    isRunning = true;
    for (const entry of batch.entries) {
      const step = replay.step(state, entry, batch.epoch);
      ({ state } = step);
      const decisions = step.taken.flatMap(({ result }) => result.decisions);
      if (decisions.length > 0) requested = new Map([...requested, ...decisions.map(({ device, value }) => [device, value] as const)]);
    }
  });
  return () => (isRunning ? requested : null);
};
