import { hashDocument, type Role, type SimulatedPast } from '@phloem/protocol';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { Registry } from 'prom-client';
import { VirtualTimeScheduler } from 'rxjs';
import { createBacktestService } from '../../../backtests/backtest-service.ts';
import { createBridgeService } from '../../../bridges/bridge-service.ts';
import { createCursorService } from '../../../cursors/cursor-service.ts';
import { createAlarmService } from '../../../alarms/alarm-service.ts';
import { createBundleForecast } from '../../../documents/bundle-forecast.ts';
import { createBundleRegistry } from '../../../documents/bundle-registry.ts';
import { createCheckpointRegistry, parseHandover } from '../../../documents/checkpoint-registry.ts';
import { createLivePlans } from '../../../documents/live-plans.ts';
import type { HistoryClient } from '../../../history/history.ts';
import { openWhy } from '../../../why/io/open-why.ts';
import type { WhyClient } from '../../../why/why-client.ts';
import { createMemoryClient } from '../../../history/testing/memory-client.ts';
import { toNotificationPlan } from '../../../notifications/notification-plan.ts';
import { runNotifications } from '../../../notifications/run-notifications.ts';
import { createInterlockService } from '../../../interlocks/run-interlocks.ts';
import { doorLatch, toPlan } from '../../../interlocks/testing/room.ts';
import { createPointRegistry } from '../../../records/point-registry.ts';
import { createRecordService } from '../../../records/record-service.ts';
import { createFakeBusDiagnostics } from '../../../field/testing/fake-bus-diagnostics.ts';
import { createOffsetService } from '../../../setpoints/offset-service.ts';
import { createHubFixture, testSite } from '../../../sessions/testing/hub-fixture.ts';
import { createRequestService } from '../../../requests/request-service.ts';
import { createPasswordHasher } from '../../../settings/io/password-hash.ts';
import { createSettingsUsers } from '../../../settings/io/settings-users.ts';
import { createMemorySettings } from '../../../settings/memory-settings.ts';
import type { Users } from '../../../access/users.ts';
import type { Credentials, Identity } from '../../../access/identity.ts';
import { createSignInCodes } from '../../sign-in.ts';
import { endlessSpace } from '../../../store/disk-space.ts';
import { createStorageReport } from '../../../store/storage-report.ts';
import { createHttpApp } from '../create-http-app.ts';
import type { Refusal } from '../refusals.ts';
import { registerRoutes } from '../register-routes.ts';

/** Credentials whose tokens are the names of roles, and of the one location that they are for. */
export const roleCredentials: Credentials = {
  verify: (token): Identity | null => {
    const [, role, location] = /^token-of-([a-z]+)(?:@([a-z_]+))?$/.exec(token) ?? [];
    if (role === undefined) return null;
    const nodeId = role === 'automation' ? 'automation-1' : null;
    return { id: token, role: role as Role, nodeId, locations: location === undefined ? undefined : [location] };
  },
  isLive: () => true,
  create: ({ role, isKiosk }) => Promise.resolve(isKiosk === true ? 'token-of-viewer' : `token-of-${role}`),
  list: () => [
    { id: 'wall-0001', role: 'viewer', nodeId: null, name: 'lobby', isKiosk: true, createdAt: 5 },
    { id: 'admin-001', role: 'admin', nodeId: null, createdAt: 1 },
  ],
  revoke: () => Promise.resolve(),
};

type ServerOptions = {
  readonly credentials?: Credentials;
  readonly history?: HistoryClient;
  readonly users?: Users;
  readonly why?: WhyClient;
  /** Called with a simulated past that was taken in. */
  readonly takePast?: (past: SimulatedPast) => void;
  /** Adds what a test adds to the routes. */
  readonly beforeReady?: (app: FastifyInstance) => void;
};

/** The parts of a hub that its routes need, over a fixture. */
const createParts = (hub: ReturnType<typeof createHubFixture>, takePast: ServerOptions['takePast']) => {
  const { store, view, leases } = hub;
  const text = '{"a":1}';
  const plans = createLivePlans({ store, site: testSite, view });
  const records = createRecordService({
    store,
    registry: createPointRegistry(store.clock, testSite.timeZone),
    site: testSite,
    isAlarmClear: () => true,
  });
  const alarmState = (alarm: string) => view.alarmState(alarm);
  const cursors = createCursorService({
    store,
    limits: { maxAgeMs: 1e9, maxBytes: 1e9 },
    readsBy: (name) => hub.sessions.readsBy(name),
    alarmState,
  });
  const storage = createStorageReport({
    store,
    space: endlessSpace,
    limits: { maxAgeMs: 1e9, maxBytes: 1e9, floor: null },
    historyKeepMs: 1e9,
    history: () => Promise.resolve({ bytes: 0, ageMs: null }),
  });
  return {
    store,
    storage,
    backtests: createBacktestService({
      runner: { run: () => undefined, cancel: () => undefined },
      at: () => hub.time.at,
      epoch: () => store.log.epoch,
    }),
    clock: store.clock,
    view,
    gate: hub.gate,
    sessions: hub.sessions,
    ingest: null,
    buses: createFakeBusDiagnostics(),
    interlocks: createInterlockService({ store, plan: toPlan([doorLatch]), past: [], clock: store.clock }),
    records: takePast === undefined ? records : { ...records, takePast },
    offsets: createOffsetService({ store, view, plans, toTimeText: String }),
    notifications: createNotifications(hub),
    alarms: createAlarmService({ log: store.log, clock: store.clock, view }),
    cursors,
    bridges: createBridgeService({ store, cursors: () => cursors.list(), alarms: () => view.alarms(), alarmState }),
    requests: createRequestService({ store, leases, gate: hub.gate, createId: () => 'session-of-http', toTimeText: String }),
    bundles: createBundleRegistry({ store, view, check: () => ({ hash: hashDocument(text), text, scope: 'flower_room' }) }),
    forecast: createBundleForecast({ plans, view, clock: store.clock }),
    checkpoints: createCheckpointRegistry({ store, leases, at: () => hub.time.at }),
    readHandover: (bytes: Uint8Array) => Promise.resolve(parseHandover(JSON.parse(new TextDecoder().decode(bytes)))),
  };
};

/** Notifications of a site with one webhook, which takes every message that does not mention a failure. */
const createNotifications = ({ store, view }: ReturnType<typeof createHubFixture>) => {
  const spec = {
    channels: { hook: { kind: 'webhook' as const, url: 'https://hook.example', secret: 'hook' } },
    routes: [{ priorities: ['P1' as const], steps: [{ notify: ['hook'] }] }],
  };
  const plan = toNotificationPlan({ spec }, 'UTC');
  const send = () => Promise.resolve({ kind: 'failed' as const, error: 'the receiver answered 500', isFinal: false });
  return runNotifications({ plan, store, view, send, panel: null, scheduler: new VirtualTimeScheduler() });
};

/** The hub's HTTP side over a fixture, with credentials that are named after roles. */
export const openServer = async ({
  credentials = roleCredentials,
  history = createMemoryClient(),
  why = openWhy(null).ask,
  takePast,
  beforeReady,
  users = createSettingsUsers({ settings: createMemorySettings(), hasher: createPasswordHasher(), words: [], now: () => 1 }),
}: ServerOptions = {}) => {
  const hub = createHubFixture();
  const errors: unknown[] = [];
  const refusals: Refusal[] = [];
  let n = 0;
  let links = 0;
  const codes = createSignInCodes({ createCode: () => `code-${(n += 1)}`, now: () => hub.time.up });
  const publicUrl = new URL('https://grow.example:8443');
  const app = await createHttpApp({
    clock: hub.store.clock,
    credentials,
    version: '0.0.0',
    publicUrl,
    hubId: 'test',
    onError: (error) => void errors.push(error),
    onRefused: (refusal) => void refusals.push(refusal),
  });
  beforeReady?.(app);
  await registerRoutes(app, {
    ...createParts(hub, takePast),
    history,
    readLog: undefined,
    credentials,
    users,
    codes,
    metrics: new Registry(),
    panelFolder: null,
    why,
    publicUrl,
    hubId: 'test',
    onLinkSpent: () => void (links += 1),
  });
  const ask = (
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    options: { token?: string; body?: object; headers?: Record<string, string> } = {},
  ): Promise<LightMyRequestResponse> =>
    app.inject({
      method,
      url,
      headers: {
        host: '127.0.0.1:8420',
        ...(options.token === undefined ? {} : { authorization: `Bearer token-of-${options.token}` }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { payload: options.body }),
    });
  return { ...hub, app, ask, codes, errors, refusals, links: () => links };
};
