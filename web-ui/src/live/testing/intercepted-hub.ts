import { toSocketIo } from '@mswjs/socket.io-binding';
import type { Bye, Hello, Snapshot, Welcome } from '@phloem/protocol';
import { ws } from 'msw';
import { setupServer } from 'msw/node';

/** Where the intercepted hub seems to be; nothing listens there. */
export const hubUrl = 'http://hub.test';

/** 23 November 2026, 13:00 UTC. */
export const hubAt = 1_795_438_800_000;

/** Sends an event of Socket.IO to the panel, whatever it holds. */
export type SendOdd = (event: string, payload: unknown) => void;

/**
 * Intercepts what the panel sends to a hub. It has to listen before `socket.io-client` is loaded, so import that later.
 */
export const server = setupServer();

/** What a hub says first of all. */
export const welcomeOf = (hello: Hello, part: Partial<Welcome> = {}): Welcome => ({
  protocol: { major: 1, minor: 0 },
  hub: { nodeId: 'hub', run: 'intercepted' },
  session: 'session-1',
  log: { epoch: 'epochOfTests', first: 1, head: 100, lineage: [] },
  subscriptions: (hello.subscriptions ?? []).map(({ sub }) => ({ sub, from: 100 })),
  committed: { subscriptions: {}, scope: null },
  durable: 100,
  lease: null,
  limits: { messageBytes: 1_000_000, windowEntries: 1000, windowBytes: 1_000_000 },
  heartbeat: { everyMs: 60_000, deadMs: 600_000, leaseMs: 600_000 },
  at: hubAt,
  up: 60_000,
  ...part,
});

/** A picture of a room with one point. */
export const snapshotOf = (part: Partial<Snapshot> = {}): Snapshot => ({
  sub: 'panel',
  version: 100,
  at: hubAt,
  up: 60_000,
  points: [{ id: 'room/front/temperature', v: 25, q: 'good', lsn: 90, reported: 59_900, changed: 59_900 }],
  devices: [],
  alarms: [],
  values: [],
  buses: [],
  automation: [],
  overrides: [],
  offsets: [],
  interlocks: [],
  site: {
    hash: 'a',
    revision: 1,
    title: 'Greenhouse',
    timeZone: 'UTC',
    isDemonstration: false,
    locations: [{ id: 'room', title: 'Room' }],
    points: [
      { id: 'room/front/temperature', quantity: 'temperature', intervalMs: 1000, decimals: 1, title: '', isDerived: false, range: null },
    ],
    devices: [],
  },
  ...part,
});

/** A farewell for good. */
export const byeOf = (code: Bye['code'], message = 'no'): Bye => ({ code, retry: false, message });

/** Each time that a panel has greeted, `act` says what the hub sends. */
export const onHello = (act: (hello: Hello, send: SendOdd) => void) =>
  ws.link('ws://hub.test').addEventListener('connection', (connection) => {
    const { client } = toSocketIo(connection);
    connection.client.addEventListener('message', ({ data }) => {
      // The greeting is what Socket.IO calls the authentication of a connection.
      if (typeof data !== 'string' || !data.startsWith('40{')) return;
      act(JSON.parse(data.slice(2)) as Hello, (event, payload) => client.emit(event, payload));
    });
  });
