import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createClockText, Fault, type Snapshot } from '@phloem/protocol';
import {
  compileBundle,
  compileInterlocks,
  readBundle,
  toSiteModel,
  toSourceDocument,
  type BundleContent,
  type InterlockPlan,
  type Plan,
  type SiteModel,
  type SiteParts,
} from '@phloem/rules';
import { createSocketIoTransport, monotonicClock, openLink, type Link } from '@phloem/reconnect';
import { concatMap, filter, first, firstValueFrom, from, map, merge, NEVER, takeUntil, tap, timer } from 'rxjs';
import { ShadowReport } from '../rules/shadow-report.ts';
import { createShadow } from '../rules/step-shadow.ts';
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

/** What is compared on a site. */
type Comparison = {
  readonly site: SiteModel;
  readonly live: Plan;
  readonly candidate: Plan;
  readonly interlocks: InterlockPlan | undefined;
};

const compare = async (client: HubClient, content: BundleContent, { site: layout, automation }: Snapshot): Promise<Comparison> => {
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
  return { site, live, candidate, interlocks: guards.length === 0 ? undefined : compileInterlocks(guards, site) };
};

const follow = async (
  link: Link,
  client: HubClient,
  content: BundleContent,
  { warmUp, forMs }: Pick<ShadowOptions, 'warmUp' | 'forMs'>,
): Promise<void> => {
  const snapshot = await readSnapshot(link);
  link.unsubscribe('now');
  const { site, live, candidate, interlocks } = await compare(client, content, snapshot);
  const { welcome } = await firstValueFrom(link.status$.pipe(first(({ phase }) => phase === 'ready')));
  if (welcome === null) throw new Fault('cli/usage', 'the hub sent no welcome');
  const { epoch, first: oldest, head } = welcome.log;
  const begin = Math.max(oldest - 1, head - warmUp);
  link.subscribe({ sub: 'log', mode: 'every', filter: {}, cursor: { epoch, lsn: begin } });

  const shadow = createShadow({ live, candidate, site, ...(interlocks !== undefined && { interlocks }) });
  const report = new ShadowReport({
    shadow,
    start: toSnapshotEntries(snapshot, begin).reduce((known, entry) => shadow.step(known, entry, epoch).state, shadow.start()),
    head,
    at: welcome.at,
    isOtherLive: (entry) =>
      entry.kind === 'site' ||
      (entry.kind === 'bundle' && entry.mode === 'live' && entry.scope === candidate.scope && entry.hash !== live.hash),
    toClock: createClockText(snapshot.site.timeZone, 'second'),
  });
  const stop$ = merge(forMs === null ? NEVER : timer(forMs), from(untilSignal()));
  const batches$ = link.batches$('log').pipe(
    tap((batch) => report.take(batch).forEach((line) => say(line))),
    takeUntil(stop$),
  );
  await firstValueFrom(batches$.pipe(filter(() => false)), { defaultValue: null });
  for (const line of report.end()) say(line);
};

const untilSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
