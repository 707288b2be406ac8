import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Fault, renderReason } from '@phloem/protocol';
import type { BundleContent } from '@phloem/rules';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { checkGreeting } from '../../access/check-greeting.ts';
import { isOwnPage } from '../../access/own-page.ts';
import { toPeerAddress } from '../../access/peer-address.ts';
import { createBacktestService, type BacktestService } from '../../backtests/backtest-service.ts';
import { openBacktestRunner } from '../../backtests/io/open-backtest-runner.ts';
import { createBundleForecast } from '../../documents/bundle-forecast.ts';
import { createBundleRegistry } from '../../documents/bundle-registry.ts';
import { createCheckpointRegistry } from '../../documents/checkpoint-registry.ts';
import { openChecker } from '../../documents/io/open-checker.ts';
import type { FieldPort } from '../../field/field-port.ts';
import { openField, type Field } from '../../field/io/open-field.ts';
import { askApp, type AskedHub } from '../../http/io/ask-app.ts';
import { createHttpApp } from '../../http/io/create-http-app.ts';
import { watchHub } from '../../http/io/hub-gauges.ts';
import { createMetrics, type Metrics } from '../../http/io/metrics.ts';
import { registerRoutes } from '../../http/io/register-routes.ts';
import { readSessionCookie } from '../../http/io/session-cookie.ts';
import { createSignInCodes, type SignInCodes } from '../../http/sign-in.ts';
import type { RetainLimits } from '../../log/retention.ts';
import { createHubClock } from '../../log/hub-clock.ts';
import { createPointRegistry } from '../../records/point-registry.ts';
import type { SessionNotice } from '../../sessions/hub-sessions.ts';
import type { HubTransport } from '../../sessions/hub-transport.ts';
import { openSocketIoHubTransport } from '../../sessions/io/socket-io-hub-transport.ts';
import type { HubTransportOptions } from '../../sessions/io/hub-transport-options.ts';
import { openWebSocketHubTransport } from '../../sessions/io/web-socket-hub-transport.ts';
import { mergeTransports } from '../../sessions/merge-transports.ts';
import type { Users } from '../../access/users.ts';
import { createPasswordHasher } from '../../settings/io/password-hash.ts';
import { createSettingsUsers } from '../../settings/io/settings-users.ts';
import { openCredentials, type SettingsCredentials } from '../../settings/io/credentials.ts';
import type { LoadedSite } from '../../site/site-content.ts';
import { damageAlarm, toDamageAlarm, toRepairReason } from '../../store/damage-alarm.ts';
import type { DataSpace } from '../../store/disk-space.ts';
import type { HubStore } from '../../store/hub-store.ts';
import { readBoot } from '../../store/io/boot.ts';
import { openDataSpace } from '../../store/io/open-data-space.ts';
import type { Repair } from '../../store/io/repair-database.ts';
import { openSqliteStore } from '../../store/io/sqlite-store.ts';
import type { StoreDisk } from '../../store/store-disk.ts';
import { changeSite } from '../change-site.ts';
import { checkBundle } from '../../documents/check-bundle.ts';
import { openWhy } from '../../why/io/open-why.ts';
import { runHub, type Hub } from '../run-hub.ts';
import { defaultRetention } from '../run-retention.ts';
import { dataFiles } from './data-files.ts';
import { ensureAdminToken, ensureHubId } from './first-start.ts';
import { leaveOldSite } from './leave-old-site.ts';
import type { TlsListen } from '../../http/io/open-tls-listener.ts';
import { listenTls } from './listen-tls.ts';
import { openHubHistory, toStorageReport } from './open-hub-history.ts';
import { openNotifications } from './open-notifications.ts';
import { machine, type HubOutside } from './hub-outside.ts';
import { createRefusalLog } from './refusal-log.ts';

/** What a hub writes its journal with. */
export type HubLog = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

/** Puts something of a test around the parts that touch disk, field and network. */
export type HubDecorators = {
  readonly disk: (disk: StoreDisk) => StoreDisk;
  readonly field: (field: FieldPort) => FieldPort;
  readonly transport: (transport: HubTransport) => HubTransport;
};

export type OpenHubOptions = {
  /** The data folder. One hub at a time uses it. */
  readonly data: string;
  readonly site: LoadedSite;
  /** The bundle that becomes the live one as the hub starts; null for none. */
  readonly bundle: BundleContent | null;
  /** The site is the demonstration: its readings come from the simulator and are marked as simulated. */
  readonly isDemonstration: boolean;
  /** The built panel; null serves none. */
  readonly panelFolder: string | null;
  /** The arguments for Node that run the program which recomputes decisions; null for none. */
  readonly why: readonly string[] | null;
  /** What the log keeps; 35 days and 8 GiB when not said. */
  readonly retention?: Pick<RetainLimits, 'maxAgeMs' | 'maxBytes'>;
  /** Where a web server on this machine passes people on, over TLS; null for nowhere. */
  readonly publicUrl: URL | null;
  readonly version: string;
  readonly log: HubLog;
  /** Called when a link has been used, or was followed too late, so that the next one can be shown. */
  readonly onLinkSpent: () => void;
  /** Nodes of this process: a transport beside the sockets. */
  readonly nodes?: HubTransport;
  /** Clocks and randomness; those of the machine when not said. */
  readonly outside?: HubOutside;
  /** Raises an alarm when the process is held up for so long; without it, none. */
  readonly stallAlarmMs?: number;
  readonly decorate?: HubDecorators | undefined;
};

/** A hub with all that stands around it. */
export type OpenHub = {
  readonly hub: Hub;
  readonly store: HubStore;
  /** What drives the outputs when the rest of the hub no longer can. */
  readonly field: FieldPort;
  /** The devices of the site. */
  readonly devices: LoadedSite['site']['devices'];
  /** The bundle that the start came with, as it is live now. */
  readonly rules: { readonly scope: string; readonly revision: number } | null;
  readonly codes: SignInCodes;
  readonly credentials: SettingsCredentials;
  /** The HTTP server of the hub. It listens only after `listen`; requests and upgrades of another server may be passed to it. */
  readonly server: Server;
  /** Asks the hub over its HTTP interface, without a network. */
  ask(request: AskedHub): Promise<{ readonly status: number; readonly text: string }>;
  /** Listens on loopback, on a free port for 0, and resolves to the port. A hub that does not listen runs all the same. */
  listen(port: number): Promise<number>;
  /** Listens with TLS for other machines as well, and resolves to the port. */
  listenTls(where: TlsListen): Promise<number>;
  /** Ends the hub in order, and closes everything that it has opened. */
  close(how: { readonly outputs: 'keep' | 'safe' }): Promise<void>;
};

const host = '127.0.0.1';
/** Everybody comes back at once: anyone who finds the queue full is not notified, and tries again only after a second. */
const backlog = 4096;
const createId = (): string => randomBytes(12).toString('base64url');
/** What a hub has before anything runs: its data, what it knows of its users, and where it counts. */
type Base = {
  readonly store: HubStore;
  readonly space: DataSpace;
  readonly repairs: readonly Repair[];
  readonly rules: OpenHub['rules'];
  readonly credentials: SettingsCredentials;
  readonly users: Users;
  readonly hubId: string;
  readonly codes: SignInCodes;
  readonly checker: ReturnType<typeof openChecker>;
  readonly metrics: Metrics;
  readonly backtests: BacktestService;
};

/**
 * Puts a hub together: data, HTTP, transport, hub, routes, in this order. It runs when the promise resolves, but does not listen
 * until it is stopped. It touches nothing of its process: no signals, no environment, no exit.
 *
 * @throws Fault as `openSqliteStore`, `openCredentials` and `changeSite`.
 */
export const openHub = async (options: OpenHubOptions): Promise<OpenHub> => {
  const opened = new AsyncDisposableStack();
  try {
    return await assemble(options, await openBase(options, opened), opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
};

const openBase = async (options: OpenHubOptions, opened: AsyncDisposableStack): Promise<Base> => {
  const { log, outside: { random, wall, monotonic } = machine } = options;
  const { site, content } = options.site;
  const files = dataFiles(options.data);
  const bundle = options.bundle === null ? null : checkBundle(options.bundle, site);
  const boot = readBoot();
  const space = openDataSpace(options.data);
  const repairs: Repair[] = [];
  const store = openSqliteStore({
    path: files.store,
    random,
    bootId: boot.bootId,
    space,
    onRepaired: (repair) => repairs.push(repair),
    clock: (past) => createHubClock({ wall, monotonic, kernelUptime: boot.kernelUptime }, past),
    ...(options.decorate && { decorate: options.decorate.disk }),
  });
  opened.defer(() => store.close());
  const rules = await changeSite({ store, site, text: content, bundle, check: (one) => checkBundle(one, site), leave: leaveOldSite });
  const credentials = await openCredentials({ data: options.data });
  opened.defer(() => credentials.close());
  if (credentials.settings.notice !== null) log.warn(credentials.settings.notice);
  await ensureAdminToken(files.adminToken, credentials);
  const checker = openChecker({ siteText: content });
  opened.defer(() => checker.close());
  const runner = openBacktestRunner({
    store: files.store,
    history: files.history,
    onBug: (text) => log.error({ err: text }, 'a back-test failed'),
  });
  opened.defer(() => runner.close());
  return {
    store,
    space,
    repairs,
    rules,
    credentials,
    users: createSettingsUsers({
      settings: credentials.settings,
      hasher: createPasswordHasher(),
      words: [site.title, 'phloem'],
      now: wall,
    }),
    hubId: await ensureHubId(credentials.settings),
    codes: createSignInCodes({ createCode: () => randomBytes(16).toString('base64url'), now: () => store.clock.up() }),
    checker,
    metrics: createMetrics(),
    backtests: createBacktestService({ runner, at: () => store.clock.at(), epoch: () => store.log.epoch }),
  };
};

const assemble = async (options: OpenHubOptions, base: Base, opened: AsyncDisposableStack): Promise<OpenHub> => {
  const { log, version, publicUrl } = options;
  const { store, credentials, users, hubId, codes, metrics } = base;
  const onRefused = createRefusalLog(log, metrics, store.clock);
  const app = await createHttpApp({
    clock: store.clock,
    credentials,
    version,
    publicUrl,
    hubId,
    onError: (error) => log.error({ err: error }, 'a request failed'),
    onRefused,
  });
  const wires = toWires(app, base, publicUrl, { log, onRefused });
  const nodes = options.nodes === undefined ? [] : [options.nodes];
  const transport = mergeTransports(openSocketIoHubTransport(wires), openWebSocketHubTransport(wires), ...nodes);
  const { hub, field, buses } = startHub(options, base, transport);
  const history = openHubHistory(options, hub, store, opened);
  const why = openWhy(
    options.why === null ? null : { args: options.why, tokenFile: dataFiles(options.data).adminToken, port: () => toPort(app) },
  );
  const storage = toStorageReport(options, base, history);
  watchHub(metrics.registry, { hub, store, buses, storage });
  await registerRoutes(app, {
    ...hub,
    notifications: openNotifications(options, store, hub, opened),
    ...toDocumentParts(base, hub),
    store,
    storage,
    clock: store.clock,
    buses,
    history,
    readLog: (query) => history.readLog(query),
    credentials,
    users,
    codes,
    metrics: metrics.registry,
    publicUrl,
    hubId,
    panelFolder: options.panelFolder,
    why: why.ask,
    onLinkSpent: options.onLinkSpent,
  });
  await app.ready();
  return {
    hub,
    store,
    field,
    codes,
    rules: base.rules,
    devices: options.site.site.devices,
    credentials,
    server: app.server,
    ask: (request) => askApp(app, request),
    listen: (port) => listen(app, port),
    listenTls: (where) =>
      listenTls(where, { server: app.server, users, publicUrl, log, scheduler: (options.outside ?? machine).scheduler }, opened),
    close: async (how) => {
      // Whatever is still recomputed must not hold up the outputs.
      await Promise.all([why.close(), hub.stop(how)]);
      await app.close();
      await opened.disposeAsync();
    },
  };
};

/** What the sockets of both kinds ask: who may connect, by which cookie, and from where. */
const toWires = (
  app: FastifyInstance,
  { hubId }: Pick<Base, 'hubId'>,
  publicUrl: URL | null,
  { log, onRefused }: { readonly log: HubLog; readonly onRefused: ReturnType<typeof createRefusalLog> },
): HubTransportOptions => ({
  server: app.server,
  isAllowed: ({ headers }) => isOwnPage(headers.host, headers.origin, publicUrl),
  readCookie: (request) => readSessionCookie(app, request.headers.cookie, hubId),
  onError: (error) => log.error({ err: error }, 'a socket failed'),
  addressOf: ({ socket: { remoteAddress: remote }, headers: { host, 'x-forwarded-for': forwardedFor } }) =>
    toPeerAddress({ remote, host, forwardedFor }, publicUrl),
  onCrowded: (address) => onRefused({ code: 'auth/rate', status: 429, method: 'GET', route: 'upgrade', address, by: null }),
});

const startHub = (
  options: OpenHubOptions,
  { store, space, repairs, credentials, metrics }: Base,
  socketIo: HubTransport,
): { readonly hub: Hub; readonly field: FieldPort; readonly buses: Field['diagnostics'] } => {
  const { log, decorate, stallAlarmMs, outside: { random, scheduler } = machine } = options;
  const { site, content } = options.site;
  const { clock } = store;
  const registry = createPointRegistry(clock, site.timeZone);
  const opened = openField(site, {
    scheduler,
    random,
    records: registry,
    pauses: store.standing.get()?.pauses ?? [],
    wall: () => clock.at(),
  });
  const field = decorate?.field(opened) ?? opened;
  const hub = runHub({
    store,
    site,
    siteText: content,
    field,
    diagnostics: opened.diagnostics,
    registry,
    transport: decorate?.transport(socketIo) ?? socketIo,
    scheduler,
    random,
    createId,
    authenticate: (claim, peer) => checkGreeting(claim, peer.cookie, credentials),
    isLive: (credential) => credentials.isLive(credential),
    nodeId: 'hub',
    run: createId(),
    notice: createNotice(log, metrics),
    isDemonstration: options.isDemonstration,
    space,
    stallAlarmMs,
    retention: { ...defaultRetention, ...options.retention },
  });
  const damage = toDamageAlarm(repairs, hub.view.alarmState(damageAlarm));
  if (damage !== null) store.log.append([damage]);
  for (const repair of repairs) log.error(renderReason(toRepairReason(repair), { time: String }));
  return { hub, field, buses: opened.diagnostics };
};

const createNotice =
  (log: HubLog, metrics: Metrics) =>
  (event: SessionNotice): void => {
    metrics.count(event);
    if (event.kind === 'bug') log.error({ err: event.error }, 'an error in the hub ended a session');
    else if (event.kind === 'refused' && event.isOneOfMany === true) return;
    else if (event.kind === 'refused') log.warn({ node: event.nodeId, code: event.code }, `refused: ${event.message}`);
    else log.info({ node: event.nodeId, role: event.role }, event.kind);
  };

/** What the routes of documents need: bundles and checkpoints are read in another thread. */
const toDocumentParts = ({ store, checker, backtests }: Base, { view, plans, prepareAlarms, leases }: Hub) => ({
  backtests,
  bundles: createBundleRegistry({
    store,
    view,
    check: (bytes: Uint8Array) => checker.bundle(bytes),
    learn: (hash, setpoints) => plans.learn(hash, setpoints),
    prepare: (hash, text) => prepareAlarms(hash, text, nextTurn),
  }),
  checkpoints: createCheckpointRegistry({ store, leases, at: () => store.clock.at() }),
  readHandover: (bytes: Uint8Array) => checker.handover(bytes),
  forecast: createBundleForecast({
    plans,
    view,
    clock: store.clock,
    ahead: async (hash, ask) => {
      const text = store.documents.get(hash);
      return text === null ? null : checker.ahead(hash, text, ask);
    },
  }),
});

/** Where the hub listens; null before it does. */
const toPort = (app: Awaited<ReturnType<typeof createHttpApp>>): number | null =>
  (app.server.address() as AddressInfo | null)?.port ?? null;

const listen = async (app: Awaited<ReturnType<typeof createHttpApp>>, port: number): Promise<number> => {
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
  return (app.server.address() as AddressInfo).port;
};
