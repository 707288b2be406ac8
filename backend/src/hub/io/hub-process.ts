import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { inspect } from 'node:util';
import { Fault, isFault, toPrintable } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { monotonicClock } from '@phloem/reconnect';
import { pino } from 'pino';
import pretty from 'pino-pretty';
import { createBundleForecast } from '../../documents/bundle-forecast.ts';
import { createBundleRegistry } from '../../documents/bundle-registry.ts';
import { openChecker } from '../../documents/io/open-checker.ts';
import { createCheckpointRegistry } from '../../documents/checkpoint-registry.ts';
import { openField } from '../../field/io/open-field.ts';
import { checkGreeting, isOwnPage } from '../../http/access.ts';
import { toHistoryAlarm } from '../../history/history-alarms.ts';
import { openHistory, type HistoryThread } from '../../history/io/open-history.ts';
import { createHttpServer, readSessionCookie } from '../../http/io/http-server.ts';
import { createMetrics } from '../../http/io/metrics.ts';
import { createSignInCodes } from '../../http/sign-in.ts';
import { checkBundle } from '../check-bundle.ts';
import { changeSite, type ChangeSiteParts } from '../change-site.ts';
import { leaveOldSite } from './leave-old-site.ts';
import { leaveSafe } from '../leave-safe.ts';
import { failpoints } from '../../io/failpoints.ts';
import { runHub } from '../run-hub.ts';
import { createHubClock } from '../../log/hub-clock.ts';
import type { SessionNotice } from '../../sessions/hub-sessions.ts';
import { createBuckets } from '../../sessions/token-bucket.ts';
import { openSocketIoHubTransport } from '../../sessions/io/socket-io-hub-transport.ts';
import { createPointRegistry } from '../../records/point-registry.ts';
import { openCredentials } from '../../settings/io/credentials.ts';
import type { Settings } from '../../settings/settings.ts';
import { damageAlarm, toDamageAlarm, toRepairText } from '../../store/damage-alarm.ts';
import { readBoot } from '../../store/io/boot.ts';
import { openDataSpace } from '../../store/io/open-data-space.ts';
import { requestCheck, type Repair } from '../../store/io/repair-database.ts';
import { openSqliteStore } from '../../store/io/sqlite-store.ts';
import { loadSiteFolder } from '../../site/io/load-site-folder.ts';
import { dataFiles } from './data-files.ts';
import { readFolder } from '../../site/io/read-folder.ts';

export type HubProcessOptions = {
  readonly port: number;
  readonly simulatorPort: number;
  readonly data: string;
  /** A folder of site documents. */
  readonly site: string;
  /** The site is the demonstration: its readings come from the simulator and are marked as simulated. */
  readonly isDemonstration: boolean;
  /** The built panel. */
  readonly panelFolder: string;
  /** A folder of bundle documents that become the live bundle as the hub starts; null for none. */
  readonly bundle: string | null;
  /** Where a web server on this machine passes people on, over TLS; null for nowhere. */
  readonly publicUrl: URL | null;
  readonly version: string;
};

/** What a hub that was started by another process says when it listens, and whenever a link has been used. */
export type HubReady = {
  readonly port: number;
  readonly signIn: string;
  /** The bundle that the start came with, as it is live now. */
  readonly rules: { readonly scope: string; readonly revision: number } | null;
};

const host = '127.0.0.1';
/** How long a hub that has lost its log goes on trying to drive its outputs safe. */
const lostGraceMs = 2000;

/** Refused requests of one address that are written down; the others are counted alone. */
const reportedRefusals = { perSecond: 1, burst: 20 } as const;

const createId = (): string => randomBytes(12).toString('base64url');
const random = (): number => randomBytes(4).readUInt32LE() / 2 ** 32;

const createLog = () =>
  process.stdout.isTTY
    ? pino(
        { level: process.env['PHLOEM_LOG'] ?? 'info', base: null },
        pretty({
          ignore: 'pid,hostname',
          translateTime: 'SYS:HH:MM:ss',
          sync: true,
          messageFormat: (line, key) => toPrintable(String(line[key])),
        }),
      )
    : pino({ level: process.env['PHLOEM_LOG'] ?? 'info' });

/** Everybody comes back at once: anyone who finds the queue full is not told so, and tries again only after a second. */
const backlog = 4096;

const listen = async (
  app: { listen(options: { host: string; port: number; backlog: number }): Promise<string> },
  port: number,
): Promise<void> => {
  try {
    await app.listen({ host, port, backlog });
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')) {
      throw new Fault(
        'net/port-in-use',
        `port ${port} cannot be used (another program listens there, or it needs rights); choose another with --port or PHLOEM_PORT`,
        { cause: error },
      );
    }
    throw error;
  }
};

/** Runs a hub in this process until SIGTERM (outputs stay) or SIGINT (outputs go safe). */
export const runHubProcess = async (options: HubProcessOptions): Promise<void> => {
  const log = createLog();
  const files = dataFiles(options.data);
  const { site, content } = loadSiteFolder(options.site, options.isDemonstration ? { simulator: options.simulatorPort } : {});
  const bundle = options.bundle === null ? null : checkBundle(readBundle(readFolder(options.bundle)), site);

  const boot = readBoot();
  const space = openDataSpace(options.data);
  const repairs: Repair[] = [];
  const store = openSqliteStore({
    path: files.store,
    random,
    bootId: boot.bootId,
    space,
    onRepaired: (repair) => repairs.push(repair),
    clock: (past) => createHubClock({ wall: Date.now, monotonic: () => performance.now(), kernelUptime: boot.kernelUptime }, past),
  });
  const { clock } = store;
  const rules = await takeOver({ store, site, text: content, bundle, check: (one) => checkBundle(one, site), leave: leaveOldSite });
  const credentials = await openCredentials({ data: options.data });
  if (credentials.settings.notice !== null) log.warn(credentials.settings.notice);
  await ensureAdminToken(files.adminToken, credentials);
  const hubId = await ensureHubId(credentials.settings);
  const codes = createSignInCodes({ createCode: () => randomBytes(16).toString('base64url'), now: () => clock.up() });

  const metrics = createMetrics();
  const registry = createPointRegistry(clock, site.timeZone);
  const openedField = openField(site, {
    scheduler: monotonicClock,
    random,
    records: registry,
    pauses: store.standing.get()?.pauses ?? [],
    wall: () => clock.at(),
  });
  const field = failpoints.field(openedField);
  const notice = (event: SessionNotice): void => {
    metrics.count(event);
    if (event.kind === 'bug') log.error({ err: event.error }, 'an error in the hub ended a session');
    else if (event.kind === 'refused' && event.isOneOfMany === true) return;
    else if (event.kind === 'refused') log.warn({ node: event.nodeId, code: event.code }, `refused: ${event.message}`);
    else log.info({ node: event.nodeId, role: event.role }, event.kind);
  };

  // The HTTP server needs the hub and the hub's transport needs the HTTP server: it listens only when both are there.
  let port = options.port;
  const parts: { hub?: ReturnType<typeof runHub>; history?: HistoryThread } = {};
  const hubNow = (): ReturnType<typeof runHub> => {
    if (parts.hub === undefined) throw new Error('the hub has not started yet');
    return parts.hub;
  };
  const historyNow = (): HistoryThread => {
    if (parts.history === undefined) throw new Fault('history/unavailable', 'the hub is starting');
    return parts.history;
  };
  const emitLink = (): void => {
    const signIn = `/sign-in/${codes.issue()}`;
    if (process.send === undefined) process.stdout.write(toInvitation(`http://${host}:${port}${signIn}`));
    else process.send({ port, signIn, rules } satisfies HubReady);
  };
  const checker = openChecker({ siteText: content });
  const mayReport = createBuckets(reportedRefusals);
  const forecast = createBundleForecast({
    plans: () => hubNow().plans,
    view: () => hubNow().view,
    clock,
    ahead: async (hash, ask) => {
      const text = store.documents.get(hash);
      return text === null ? null : checker.ahead(hash, text, ask);
    },
  });
  const app = await createHttpServer({
    store,
    clock,
    credentials,
    codes,
    metrics: metrics.registry,
    panelFolder: options.panelFolder,
    version: options.version,
    publicUrl: options.publicUrl,
    hub: hubNow,
    buses: openedField.diagnostics,
    history: historyNow,
    readLog: (query) => historyNow().readLog(query),
    bundles: () =>
      createBundleRegistry({
        store,
        view: hubNow().view,
        check: (bytes) => checker.bundle(bytes),
        learn: (hash, setpoints) => hubNow().plans.learn(hash, setpoints),
      }),
    readHandover: (bytes) => checker.handover(bytes),
    forecast: () => forecast,
    checkpoints: () => createCheckpointRegistry({ store, leases: hubNow().leases, at: () => clock.at() }),
    onLinkSpent: () => emitLink(),
    onError: (error) => log.error({ err: error }, 'a request failed'),
    onRefused: (refusal) => {
      metrics.countRefusal(refusal);
      if (!mayReport(refusal.address, clock.up())) return;
      if (refusal.status === 401 || refusal.status === 403 || refusal.status === 429) log.warn(refusal, 'refused a request');
      else if (refusal.method !== 'GET') log.info(refusal, 'refused a request');
    },
    hubId,
  });
  const socketIo = openSocketIoHubTransport({
    server: app.server,
    isAllowed: ({ headers }) => isOwnPage(headers.host, headers.origin, options.publicUrl),
    readCookie: (request) => readSessionCookie(app, request.headers.cookie, hubId),
    onError: (error) => log.error({ err: error }, 'a socket failed'),
  });
  const hub = runHub({
    store,
    site,
    siteText: content,
    field,
    diagnostics: openedField.diagnostics,
    registry,
    transport: failpoints.transport(socketIo),
    scheduler: monotonicClock,
    random,
    createId,
    authenticate: (claim, peer) => checkGreeting(claim, peer.cookie, credentials),
    isLive: (credential) => credentials.isLive(credential),
    nodeId: 'hub',
    run: createId(),
    notice,
    isDemonstration: options.isDemonstration,
    space,
  });
  parts.hub = hub;
  const damage = toDamageAlarm(repairs, hub.view.alarmState(damageAlarm));
  if (damage !== null) store.log.append([damage]);
  for (const repair of repairs) log.error(toRepairText(repair));
  const history = openHistory({
    path: files.history,
    log: files.store,
    notice: (event) => {
      const alarm = toHistoryAlarm(event, (name) => hub.view.alarmState(name));
      if (alarm !== null) store.log.append([alarm]);
      if (event.kind === 'note') log[event.level](event.text);
      else if (alarm !== null) log[event.isOver ? 'info' : 'warn'](event.text);
    },
  });
  parts.history = history;
  metrics.watch({ hub, store, buses: openedField.diagnostics });

  const stop = async (outputs: 'keep' | 'safe', why: string): Promise<void> => {
    log.info({ outputs }, `ending: ${why}`);
    const deadline = setTimeout(() => {
      log.error('could not shut down within 4 s');
      process.exit(1);
    }, 4000);
    await hub.stop({ outputs });
    await app.close();
    await history.close();
    await checker.close();
    await credentials.close();
    store.close();
    clearTimeout(deadline);
    process.exit(0);
  };

  try {
    await listen(app, port);
  } catch (error) {
    await hub.stop({ outputs: 'keep' });
    await history.close();
    store.close();
    throw error;
  }
  port = (app.server.address() as AddressInfo).port;

  let isStopping = false;
  const stopOnce = (outputs: 'keep' | 'safe', why: string): void => {
    if (isStopping) return;
    isStopping = true;
    void stop(outputs, why);
  };
  process.on('SIGTERM', () => stopOnce('keep', 'SIGTERM, outputs stay as they are'));
  process.on('SIGINT', () => stopOnce('safe', 'SIGINT, outputs go to their safe state'));
  let isLost = false;
  const lose = async (cause: unknown): Promise<void> => {
    if (isLost) return;
    isLost = true;
    if (isFault(cause) && cause.code.startsWith('store/')) {
      if (cause.code === 'store/damaged') requestCheck(files.store);
      log.fatal({ code: cause.code }, `${cause.message} Nothing can be recorded: outputs go to their safe states, and the hub exits.`);
      await Promise.race([leaveSafe(field, site.devices), new Promise((resolve) => setTimeout(resolve, lostGraceMs))]);
    } else process.stderr.write(`${inspect(cause)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', (cause) => void lose(cause));
  // Anyone who started this process and kept a channel to it is gone: nobody would end it otherwise.
  if (process.send !== undefined) process.on('disconnect', () => stopOnce('safe', 'the process that started the hub is gone'));

  log.info({ port, site: site.title, epoch: store.log.epoch, head: store.log.head }, 'the hub listens');
  emitLink();
};

const takeOver = async (parts: ChangeSiteParts): ReturnType<typeof changeSite> => {
  try {
    return await changeSite(parts);
  } catch (error) {
    parts.store.close();
    throw error;
  }
};

const ensureAdminToken = async (path: string, credentials: Awaited<ReturnType<typeof openCredentials>>): Promise<void> => {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const token = await credentials.create({ role: 'admin', nodeId: null, name: 'admin' });
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
};

/** The name of this data folder in the cookies of browsers: made once. */
const ensureHubId = async (settings: Settings): Promise<string> => {
  const known = settings.data.preferences[hubIdKey];
  if (typeof known === 'string') return known;
  const made = randomBytes(6).toString('hex');
  await settings.update((data) => ({ ...data, preferences: { ...data.preferences, [hubIdKey]: made } }));
  return made;
};
const hubIdKey = 'hub.id';

/** A link that signs somebody in does not belong into a journal, which others may read and which keeps it. */
const toInvitation = (link: string): string =>
  process.env['JOURNAL_STREAM'] === undefined
    ? `Open ${link} (works once; the next one follows)\n`
    : 'To sign in, run: phloem link --role engineer --name operator\n';
