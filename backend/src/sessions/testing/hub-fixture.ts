import { Fault, type SentFrame, type Entry, type LeaseGrant, type SubscriptionRequest } from '@phloem/protocol';
import { NEVER } from 'rxjs';
import type { CommandAuthority, DeviceGate, GateOperator } from '../../devices/device-gate.ts';
import type { LeaseService, LiveLease } from '../../leases/lease-service.ts';
import type { Site } from '../../site/site.ts';
import { createMemoryStore } from '../../store/memory-store.ts';
import { HubView } from '../../view/hub-view.ts';
import { HubSessions, type HubSessionsOptions, type SessionNotice } from '../hub-sessions.ts';
import { catchUpView } from '../run-sessions.ts';
import { sessionLimits, type SessionLimits } from '../session-limits.ts';
import { FakeConnection } from './fake-connection.ts';

export const testSite: Site = {
  hash: 'a'.repeat(64),
  title: 'Test site',
  timeZone: 'Europe/Amsterdam',
  isDemonstration: false,
  locations: [{ id: 'flower_room', title: 'Flower room' }],
  buses: [],
  points: [],
  devices: [],
};

/** One lease, which the first to ask holds until he goes. */
const createOneLease = (up: () => number, onRenew: (term: number, committed: number | null) => void): LeaseService => {
  let live: LiveLease | null = null;
  let term = 0;
  return {
    request: (session, holder, scope): LeaseGrant => {
      if (live !== null) return { scope, term: null, holder: live.holder, ttlMs: 3000 };
      term += 1;
      live = { scope, term, holder, session, validUp: up() };
      return { scope, term, holder, ttlMs: 3000 };
    },
    renew: (_session, renewed, committed) => onRenew(renewed, committed),
    release: (session) => {
      if (live?.session === session) live = null;
    },
    current: (asked) => (live?.term === asked ? live : null),
    covering: () => live,
    renewedUp: () => live?.validUp ?? null,
    grants$: NEVER,
    changes$: NEVER,
    close: () => undefined,
  };
};

/** A gate that does nothing with what it accepts. */
const createNotingGate = (accept: (frames: readonly SentFrame[], authority: CommandAuthority) => void): DeviceGate & GateOperator => ({
  acknowledge: () => undefined,
  override: () => undefined,
  release: () => undefined,
  preview: () => ({ isAllowed: true, consequences: [] }),
  accept,
  flush: () => undefined,
  states: () => [],
  driveSafe: () => Promise.resolve(),
  drain: () => Promise.resolve(),
  close: () => undefined,
});

/** Who is let in, and as whom, is in the word that he shows. */
const authenticate: HubSessionsOptions['authenticate'] = (hello) =>
  hello.token === 'wrong'
    ? new Fault('auth/unauthorised', 'no valid token')
    : {
        role: hello.role,
        ...(hello.token !== undefined && { credential: hello.token }),
        ...(hello.token?.startsWith('user-') === true && { user: hello.token }),
        ...(hello.token === 'of-cold-store' && { locations: ['cold_store'] }),
        ...(hello.token === 'of-technician' ? { actsAs: 'technician' as const } : {}),
        ...(hello.token === 'of-flower-room' ? { locations: ['flower_room'] } : {}),
      };

/** The same numbers at every run. */
const createDice = (): (() => number) => {
  let seed = 1;
  return () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
};

const usualHello = {
  protocol: { major: 1, minor: 0 },
  attempt: 1,
  role: 'viewer',
  software: 'test',
  nodeId: 'panel-1',
  run: 'run-00000001',
};

/** Everything around the sessions, small and under the test's hand: a running clock, one lease, a gate that notes. */
export const createHubFixture = (limits: Partial<SessionLimits> = {}, more: Pick<HubSessionsOptions, 'ingest'> = {}) => {
  const time = { at: 1_800_000_000_000, up: 1000 };
  const clock = { at: () => time.at, up: () => time.up };
  const store = createMemoryStore({ clock, random: createDice() });
  const view = new HubView({ site: testSite, revision: 1, clock, deviceStates: () => [] });
  const accepted: { frames: readonly SentFrame[]; authority: CommandAuthority }[] = [];
  const renewals: { term: number; committed: number | null }[] = [];
  const leases = createOneLease(clock.up, (term, committed) => void renewals.push({ term, committed }));
  const gate = createNotingGate((frames, authority) => void accepted.push({ frames, authority }));
  const notices: SessionNotice[] = [];
  let ids = 0;
  const sessions = new HubSessions({
    store,
    leases,
    gate,
    view,
    alarms: { mayReport: (alarm) => alarm.startsWith('room/') },
    clock,
    authenticate,
    createId: () => `session-${String((ids += 1)).padStart(4, '0')}`,
    hub: { nodeId: 'hub', run: 'hubrun-1' },
    leaseMs: 3000,
    sessionLimits: { ...sessionLimits, ...limits },
    notice: (notice) => void notices.push(notice),
    ...more,
  });

  const connect = (hello: Record<string, unknown>) => {
    const connection = new FakeConnection({ ...usualHello, ...hello });
    const handle = sessions.connect(connection);
    return Object.assign(connection, handle);
  };

  const serve = (): void => sessions.serve(Number.POSITIVE_INFINITY);

  return {
    time,
    store,
    view,
    sessions,
    gate,
    leases,
    accepted,
    renewals,
    notices,
    connect,
    /** Appends pulses and notifies view and sessions, as the shell does. */
    pulse: (count = 1): readonly Entry[] => {
      const entries = store.log.append(Array.from({ length: count }, () => ({ kind: 'pulse' as const })));
      catchUpView(view, store.log);
      sessions.pump();
      serve();
      return entries;
    },
    /** What the shell does of itself: after each of these everybody has his turn. */
    pump: (): void => {
      sessions.pump();
      serve();
    },
    tickLatest: (): void => {
      sessions.tickLatest();
      serve();
    },
    tickHeartbeat: (everyMs: number): void => {
      sessions.tickHeartbeat(everyMs);
      serve();
    },
    refresh: (): void => catchUpView(view, store.log),
  };
};

/** An `every` subscription of everything. */
export const everything = (sub: string, cursor: SubscriptionRequest['cursor'] = null): SubscriptionRequest => ({
  sub,
  mode: 'every',
  filter: {},
  cursor,
});
