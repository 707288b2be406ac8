import { hashDocument, type Role } from '@phloem/protocol';
import type { LightMyRequestResponse } from 'fastify';
import { Registry } from 'prom-client';
import { createBridgeService } from '../../../bridges/bridge-service.ts';
import { createCursorService } from '../../../cursors/cursor-service.ts';
import { createAlarmService } from '../../../alarms/alarm-service.ts';
import { createBundleForecast } from '../../../documents/bundle-forecast.ts';
import { createBundleRegistry } from '../../../documents/bundle-registry.ts';
import { createCheckpointRegistry, parseHandover } from '../../../documents/checkpoint-registry.ts';
import { createLivePlans } from '../../../documents/live-plans.ts';
import { createMemoryClient } from '../../../history/testing/memory-client.ts';
import { createInterlockService } from '../../../interlocks/run-interlocks.ts';
import { doorLatch, toPlan } from '../../../interlocks/testing/room.ts';
import { createPointRegistry } from '../../../records/point-registry.ts';
import { createRecordService } from '../../../records/record-service.ts';
import { createFakeBusDiagnostics } from '../../../field/testing/fake-bus-diagnostics.ts';
import { createOffsetService } from '../../../setpoints/offset-service.ts';
import { createHubFixture, testSite } from '../../../sessions/testing/hub-fixture.ts';
import type { Credentials, Identity } from '../../access.ts';
import { createRequestService } from '../../../requests/request-service.ts';
import { createSignInCodes } from '../../sign-in.ts';
import { createHttpServer } from '../http-server.ts';
import type { Refusal } from '../refusals.ts';

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

/** The hub's HTTP side over a fixture, with credentials that are named after roles. */
export const openServer = async ({ credentials = roleCredentials }: { readonly credentials?: Credentials } = {}) => {
  const hub = createHubFixture();
  const interlocks = createInterlockService({ store: hub.store, plan: toPlan([doorLatch]), past: [], clock: hub.store.clock });
  const records = createRecordService({
    store: hub.store,
    registry: createPointRegistry(hub.store.clock, testSite.timeZone),
    site: testSite,
    isAlarmClear: () => true,
  });
  const errors: unknown[] = [];
  const refusals: Refusal[] = [];
  let n = 0;
  let links = 0;
  const codes = createSignInCodes({ createCode: () => `code-${(n += 1)}`, now: () => hub.time.up });
  const text = '{"a":1}';
  const plans = createLivePlans({ store: hub.store, site: testSite, view: () => hub.view });
  const offsets = createOffsetService({ store: hub.store, view: hub.view, plans, toTimeText: String });
  const alarms = createAlarmService({ log: hub.store.log, clock: hub.store.clock, view: hub.view });
  const cursors = createCursorService({
    store: hub.store,
    limits: { maxAgeMs: 1e9, maxBytes: 1e9 },
    readsBy: (name) => hub.sessions.readsBy(name),
    alarmState: (alarm) => hub.view.alarmState(alarm),
  });
  const bridges = createBridgeService({
    store: hub.store,
    cursors: () => cursors.list(),
    alarms: () => hub.view.alarms(),
    alarmState: (alarm) => hub.view.alarmState(alarm),
  });
  const app = await createHttpServer({
    store: hub.store,
    hub: () => ({
      view: hub.view,
      gate: hub.gate,
      interlocks,
      records,
      offsets,
      alarms,
      cursors,
      bridges,
      requests: createRequestService({
        store: hub.store,
        leases: hub.leases,
        gate: hub.gate,
        createId: () => 'session-of-http',
        toTimeText: String,
      }),
      ingest: null,
      sessions: hub.sessions,
    }),
    buses: createFakeBusDiagnostics(),
    history: () => createMemoryClient(),
    clock: hub.store.clock,
    credentials,
    codes,
    bundles: () =>
      createBundleRegistry({ store: hub.store, view: hub.view, check: () => ({ hash: hashDocument(text), text, scope: 'flower_room' }) }),
    forecast: () => createBundleForecast({ plans: () => plans, view: () => hub.view, clock: hub.store.clock }),
    checkpoints: () => createCheckpointRegistry({ store: hub.store, leases: hub.leases, at: () => hub.time.at }),
    metrics: new Registry(),
    panelFolder: null,
    version: '0.0.0',
    publicUrl: new URL('https://grow.example:8443'),
    onLinkSpent: () => void (links += 1),
    onError: (error) => void errors.push(error),
    onRefused: (refusal) => void refusals.push(refusal),
    readHandover: (bytes) => Promise.resolve(parseHandover(JSON.parse(new TextDecoder().decode(bytes)))),
    hubId: 'test',
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
