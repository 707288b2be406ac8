import type { Commit, DeviceStateFrame, Entry, EntryBatch, Heartbeat, NodeMessages, SubscriptionRequest } from '@phloem/protocol';
import { VirtualTimeScheduler, type SchedulerLike } from 'rxjs';
import type { Batch, LeaseStatus, LinkOptions, LinkStatus } from '../link.ts';
import { openLink } from '../run-link.ts';
import { createFakeNetwork, epochA, toWelcome, type FakeConnection } from './fake-network.ts';

export const pulse = (lsn: number): Entry => ({ lsn, at: 1_800_000_000_000 + lsn, up: lsn * 1000, kind: 'pulse' });
export const batch = (prev: number, last: number, sub = 'log'): EntryBatch => ({
  sub,
  epoch: epochA,
  prev,
  last,
  entries: Array.from({ length: last - prev }, (_, index) => pulse(prev + index + 1)),
});
export const every: SubscriptionRequest = { sub: 'log', mode: 'every', filter: {}, cursor: { epoch: epochA, lsn: 0 } };
export const view: SubscriptionRequest = { sub: 'view', mode: 'latest', filter: {}, cursor: null };
export const frame = (id: string, device = 'flower_room/heater', value = true): DeviceStateFrame => ({
  id,
  device,
  value,
  op: 'set',
  cause: { epoch: epochA, lsn: 1 },
  ttlMs: 5000,
  why: { code: 'text', params: { text: 'cold' } },
});
export const eventsOf = <E extends keyof NodeMessages>(connection: FakeConnection, event: E): NodeMessages[E][] =>
  connection.received.flatMap((message) => (message.event === event ? [message.payload as NodeMessages[E]] : []));
export const commitsOf = (connection: FakeConnection): Commit[] => eventsOf(connection, 'commit');

/** A link on a fake network under virtual time. */
export const setUp = (options: Partial<LinkOptions> = {}) => {
  const timers = new VirtualTimeScheduler();
  let skew = 0;
  const clock: SchedulerLike = { now: () => timers.now() + skew, schedule: timers.schedule.bind(timers) };
  const network = createFakeNetwork();
  const link = openLink({
    transport: network.transport,
    clock,
    random: () => 0.5,
    nodeId: 'automation-1',
    run: 'run-00000001',
    role: 'automation',
    software: 'test/1',
    subscriptions: [every],
    ...options,
  });
  const statuses: LinkStatus[] = [];
  link.status$.subscribe((status) => statuses.push(status));
  const leases: LeaseStatus[] = [];
  link.lease$.subscribe((lease) => leases.push(lease));
  /** Lets time pass, and what falls due in it happen. */
  const pass = (ms: number): void => {
    const until = timers.frame + ms;
    timers.maxFrames = until;
    timers.flush();
    timers.frame = until;
  };
  /** A stopped process: time passes, and nothing happens. */
  const freeze = (ms: number): void => {
    skew += ms;
  };
  let beat = 0;
  const hubBeat = (echoOf?: Heartbeat, more: Partial<Heartbeat> = {}): void => {
    beat += 1;
    const echo = echoOf === undefined ? {} : { echo: { n: echoOf.n, t: echoOf.t, heldMs: 0 } };
    network.newest().say({ event: 'heartbeat', payload: { n: beat, t: clock.now(), ...echo, ...more } });
  };
  const welcome = (parts: Parameters<typeof toWelcome>[0] = {}): FakeConnection => {
    const connection = network.newest();
    connection.accept();
    connection.say({ event: 'welcome', payload: toWelcome({ subscriptions: [{ sub: 'log', from: 0 }], ...parts }) });
    return connection;
  };
  const status = (): LinkStatus => {
    const newest = statuses.at(-1);
    if (newest === undefined) throw new Error('no status yet');
    return newest;
  };
  return { clock, network, link, statuses, leases, pass, freeze, hubBeat, welcome, status };
};

export const readAll = (link: ReturnType<typeof setUp>['link'], sub = 'log'): Batch[] => {
  const batches: Batch[] = [];
  link.batches$(sub).subscribe((item) => batches.push(item));
  return batches;
};
export const lsnsOf = (batches: readonly Batch[]): number[] =>
  batches.flatMap((item) => (item.kind === 'entries' ? item.entries.map(({ lsn }) => lsn) : []));
export const nothing = { term: null, commands: [], alarms: [], values: [] };
