import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createClockText, type DeviceValue, Fault, formatDeviceValue, type Snapshot } from '@phloem/protocol';
import {
  compileBundle,
  compileInterlocks,
  readBundle,
  toSiteModel,
  toSourceDocument,
  type BundleContent,
  type SiteParts,
} from '@phloem/rules';
import { createSocketIoTransport, monotonicClock, openLink, type Batch, type Link } from '@phloem/reconnect';
import { concatMap, filter, first, firstValueFrom, from, map, merge, NEVER, takeUntil, tap, timer } from 'rxjs';
import { createShadow, type Difference, type Requested } from '../rules/step-shadow.ts';
import { toSnapshotEntries } from '../rules/snapshot-entries.ts';
import { createHubClient, dataFiles, type HubClient } from '@phloem/backend/client';
import { readFolder } from '@phloem/backend/documents';
import { printText } from './print.ts';

export type ShadowOptions = {
  readonly folder: string;
  readonly port: number;
  readonly data: string;
  /** How many entries of the past both bundles take in first, so that they know how things stand. */
  readonly warmUp: number;
  /** Ends by itself after so long; null goes on until Ctrl-C. */
  readonly forMs: number | null;
};

const say = printText;

/**
 * Runs a folder's bundle beside the live one of a running hub, on its live entries, and prints where the two differ. It
 * reads as a viewer: nothing of it can reach a device.
 *
 * @throws Fault when no hub answers, nothing is live where the bundle commands, or the bundle does not fit the site.
 */
export const shadowFolder = async ({ folder, port, data, warmUp, forMs }: ShadowOptions): Promise<void> => {
  const content = readBundle(readFolder(folder));
  const client = createHubClient({ port, tokenFile: dataFiles(data).adminToken });
  const link = openLink({
    transport: createSocketIoTransport({ url: `http://127.0.0.1:${port}` }),
    clock: monotonicClock,
    random: Math.random,
    // What has no name of its own in the settings is called as panels are.
    nodeId: `panel-shadow-${process.pid}`,
    run: crypto.randomUUID().slice(0, 20),
    role: 'viewer',
    token: await readViewerToken(client, data),
    software: 'phloem-shadow',
    subscriptions: [{ sub: 'now', mode: 'latest', filter: {}, cursor: null }],
  });
  try {
    await follow(link, client, content, { warmUp, forMs });
  } finally {
    await link.close();
  }
};

/** A viewer's token of the commands that compare; the same one as long as its file is there. */
export const readViewerToken = async (client: HubClient, data: string): Promise<string> => {
  const path = join(data, 'secrets/shadow.token');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const { token } = await client.post<{ token: string }>('/api/v1/tokens', { role: 'viewer' });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  return token;
};

const readSnapshot = (link: Link): Promise<Snapshot> => {
  const refused$ = link.status$.pipe(
    filter(({ phase }) => phase === 'closed'),
    tap(({ why }) => {
      throw new Fault('auth/unauthorised', `the hub refused the shadow: ${why ?? 'it closed the link'}`);
    }),
  );
  const snapshot$ = link.latest$('now').pipe(
    filter((view) => view.event === 'snapshot'),
    map(({ payload }) => payload),
  );
  return firstValueFrom(merge(snapshot$, refused$.pipe(concatMap(() => NEVER))));
};

const follow = async (
  link: Link,
  client: HubClient,
  content: BundleContent,
  { warmUp, forMs }: Pick<ShadowOptions, 'warmUp' | 'forMs'>,
): Promise<void> => {
  const { site: layout, automation, ...held } = await readSnapshot(link);
  link.unsubscribe('now');
  const parts = await client.get<SiteParts & { readonly interlocks?: readonly unknown[] }>(`/api/v1/documents/${layout.hash}`);
  const site = toSiteModel(parts);
  const guards = (parts.interlocks ?? []).map((document, i) => toSourceDocument(document, `interlocks ${i + 1}`));
  const candidate = compileBundle(content, site);
  const bundle = automation.find(({ scope }) => scope === candidate.scope)?.bundle;
  if (bundle === undefined || bundle === null) {
    throw new Fault('cli/usage', `no bundle is live for ${candidate.scope}: there is nothing to compare with; push one first`);
  }
  const live = compileBundle(await client.get<BundleContent>(`/api/v1/documents/${bundle.hash}`), site);
  say(`${candidate.scope}: candidate ${candidate.hash.slice(0, 12)} beside revision ${bundle.revision} (${bundle.hash.slice(0, 12)})`);
  say('A shadow shows what it would do, not how the room would respond.');
  if (candidate.hash === live.hash) say('The candidate is the live bundle itself.');

  const { welcome } = await firstValueFrom(link.status$.pipe(first(({ phase }) => phase === 'ready')));
  if (welcome === null) throw new Fault('cli/usage', 'the hub sent no welcome');
  const { epoch, first: oldest, head } = welcome.log;
  const begin = Math.max(oldest - 1, head - warmUp);
  link.subscribe({ sub: 'log', mode: 'every', filter: {}, cursor: { epoch, lsn: begin } });

  const shadow = createShadow({ live, candidate, site, ...(guards.length === 0 ? {} : { interlocks: compileInterlocks(guards, site) }) });
  let state = toSnapshotEntries(held, begin).reduce((known, entry) => shadow.step(known, entry, epoch).state, shadow.start());
  let isWarm = false;
  const apart = new Map<string, { readonly since: number; readonly difference: Difference }>();
  const told = new Map<string, { times: number; apartMs: number }>();
  let lastAt = welcome.at;

  const toClock = createClockText(layout.timeZone, 'second');
  const tell = (difference: Difference): void => {
    say(formatDifference(difference, toClock));
    if (difference.isOver) return;
    const known = told.get(difference.device) ?? { times: 0, apartMs: 0 };
    told.set(difference.device, { ...known, times: known.times + 1 });
  };
  const take = (batch: Batch): void => {
    if (batch.kind === 'lost') return say('Entries are missing here: both may be wrong for a while.');
    if (batch.kind !== 'entries') return;
    for (const entry of batch.entries) {
      if (
        entry.kind === 'site' ||
        (entry.kind === 'bundle' && entry.mode === 'live' && entry.scope === candidate.scope && entry.hash !== live.hash)
      ) {
        if (entry.lsn > head) throw new Fault('cli/usage', 'the hub has activated another bundle or site; start the shadow again');
      }
      const step = shadow.step(state, entry, batch.epoch);
      ({ state } = step);
      lastAt = entry.at;
      for (const difference of step.differences) {
        const before = apart.get(difference.device);
        if (before !== undefined && isWarm) addTime(told, difference.device, entry.at - before.since);
        if (difference.isOver) apart.delete(difference.device);
        else apart.set(difference.device, { since: entry.at, difference });
        if (isWarm) tell(difference);
      }
    }
    if (isWarm || batch.last < head) return;
    isWarm = true;
    say(
      apart.size === 0 ? 'Both agree now. Differences follow; Ctrl-C ends it.' : 'They differ now; what changes follows. Ctrl-C ends it.',
    );
    for (const [device, { difference }] of apart) {
      apart.set(device, { since: lastAt, difference });
      tell(difference);
    }
  };

  const stop$ = merge(forMs === null ? NEVER : timer(forMs), from(untilSignal()));
  const batches$ = link.batches$('log').pipe(tap(take), takeUntil(stop$));
  await firstValueFrom(batches$.pipe(filter(() => false)), { defaultValue: null });

  for (const [device, { since }] of apart) addTime(told, device, lastAt - since);
  for (const [device, { times, apartMs }] of told)
    say(`${device}: different ${times === 1 ? 'once' : `${times} times`}, ${Math.round(apartMs / 1000)} s in all`);
  if (told.size === 0) say('No difference.');
};

const addTime = (told: Map<string, { times: number; apartMs: number }>, device: string, ms: number): void => {
  const known = told.get(device) ?? { times: 0, apartMs: 0 };
  told.set(device, { ...known, apartMs: known.apartMs + ms });
};

const untilSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });

const toWords = (value: DeviceValue): string => formatDeviceValue(value);

const describeRequest = (requested: Requested | null): string =>
  requested === null ? 'commands nothing here' : `${toWords(requested.value)}: ${requested.why}`;

const formatDifference = ({ device, at, isOver, live, candidate }: Difference, toClock: (at: number) => string): string => {
  const time = toClock(at);
  if (isOver) return `${time}  ${device}: both ${live === null ? 'nothing' : toWords(live.value)} again`;
  return `${time}  ${device}\n          live       ${describeRequest(live)}\n          candidate  ${describeRequest(candidate)}`;
};
