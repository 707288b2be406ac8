import {
  formatVersion,
  isFault,
  joinSnapshot,
  protocolVersion,
  readVersion,
  type Bye,
  type Entry,
  type Heartbeat,
  type Hello,
  type LeaseGrant,
  type NamedSubscriptionRequest,
  type NodeMessage,
  type SubscriptionGrant,
  type SubscriptionId,
  type WatchRequest,
  type Welcome,
} from '@phloem/protocol';
import { Observable, Subscription, timer, type SchedulerLike } from 'rxjs';
import { judgeBatch } from './batch-gate.ts';
import { resume } from './grant.ts';
import { receiveHeartbeat, startPulse, stepPulse } from './heartbeat-judge.ts';
import { keepSample, toHubClock, toRoundTrip, type ClockSample } from './hub-clock.ts';
import { renewLease, startLease, applyGrant, toLeaseStatus } from './lease-clock.ts';
import { splitByEpoch, type Stretch } from './lineage.ts';
import type { LinkEvent } from './link-machine.ts';
import type { Batch, LeaseStatus, LinkOptions, LinkStatus, WatchNews, SourceAnswer } from './link.ts';
import { settleCommands } from './outbox.ts';
import type { ParsedBatch, ReadOtherwise } from './parse-batch.ts';
import { parseHubMessage, type ParsedMessage } from './parse-hub-message.ts';
import { forgetProgress, noteGrant, type Reader, isLater, toRequest } from './reader.ts';
import { runCommits, type Commits } from './run-commits.ts';
import type { Channel, TransportEvent } from './transport.ts';

/** What a connection shares with the link it belongs to, and with the connections before and after it. */
export type SessionContext = Pick<LinkOptions, 'transport' | 'nodeId' | 'run' | 'role' | 'token' | 'software'> & {
  readonly clock: SchedulerLike;
  readonly attempt: number;
  readonly attemptTimeoutMs: number;
  readonly lease: LinkOptions['lease'] | undefined;
  readonly readers: ReadonlyMap<SubscriptionId, Reader>;
  readonly emitStatus: (change: Partial<LinkStatus>) => void;
  readonly emitLease: (status: LeaseStatus) => void;
  readonly emitWatch: (news: WatchNews) => void;
  readonly reportAnswer: (answer: SourceAnswer) => void;
  readonly countIgnored: () => void;
  readonly countIgnoredEntries: (count: number) => void;
};

/** What the link asks of its connection while there is one. */
export interface Session {
  /** Sends what the reader has said, now or when it is time. `isLast` waits for nothing. */
  flush(reader: Reader, isLast?: boolean): void;
  subscribe(request: NamedSubscriptionRequest): void;
  unsubscribe(sub: SubscriptionId): void;
  watch(request: WatchRequest): void;
  unwatch(watch: SubscriptionId): void;
  /** Sends a message as it is. */
  send(message: NodeMessage): void;
  /** Whether this node may command at this moment, by its own clock. */
  leaseNow(): LeaseStatus;
}

type EntryBatch = Extract<Batch, { type: 'entries' }>;

const healthyAfterMs = 5000;

/**
 * One connection, from the dial to its end: says what happens to it as events of the link machine, and `offer`s
 * itself while it is ready. Unsubscribing terminates it.
 */
export const runSession = (context: SessionContext, offer: (session: Session | null) => void): Observable<LinkEvent> =>
  new Observable((events) => {
    const { clock, readers, emitStatus } = context;
    const dialedAt = clock.now();
    const asked = new Map([...readers].filter(([, { request }]) => !isLater(request)));
    const work = new Subscription();
    let channel: Channel | null = null;
    let welcome: Welcome | null = null;
    let commits: Commits | null = null;
    let lease = startLease(dialedAt);
    let pulse = startPulse(dialedAt);
    let samples: readonly ClockSample[] = [];
    let deadline = new Subscription();
    let expiry = new Subscription();

    const after = (ms: number, task: () => void): Subscription => {
      const subscription = timer(ms, clock).subscribe(task);
      work.add(subscription);
      return subscription;
    };
    const send = (message: NodeMessage): void => channel?.send(message);
    const drop = (why: string): void => events.next({ type: 'dropped', why });
    const expect = (what: string): void => {
      deadline.unsubscribe();
      deadline = after(context.attemptTimeoutMs, () => drop(`${what} within ${context.attemptTimeoutMs} ms`));
    };

    const leaseNow = (): LeaseStatus => toLeaseStatus(lease, clock.now());
    const emitLease = (): void => {
      const status = leaseNow();
      context.emitLease(status);
      expiry.unsubscribe();
      if (status.state === 'held') expiry = after(status.untilAt - clock.now(), emitLease);
    };

    const flush = (reader: Reader, isLast?: boolean): void => commits?.flush(reader, isLast);

    /** The newest heartbeat of ours when a subscription was asked for; the greeting's were asked for before the first. */
    const askedAfter = new Map<SubscriptionId, number>();
    /** The newest heartbeat of ours that the hub has answered. */
    let answered = 0;

    const session: Session = {
      flush,
      leaseNow,
      subscribe: (request) => {
        askedAfter.set(request.sub, pulse.n);
        send({ event: 'subscribe', payload: request });
      },
      unsubscribe: (sub) => {
        commits?.end(sub);
        send({ event: 'unsubscribe', payload: { sub } });
      },
      watch: (request) => send({ event: 'watch', payload: request }),
      unwatch: (watch) => send({ event: 'unwatch', payload: { watch } }),
      send,
    };

    const applyLease = (grant: LeaseGrant): void => {
      const isNew = grant.term !== null && grant.term !== lease.grant?.term;
      lease = applyGrant(lease, grant);
      if (isNew) for (const reader of readers.values()) noteGrant(reader);
      emitLease();
      for (const reader of readers.values()) flush(reader);
    };

    const start = (grant: SubscriptionGrant, log: Welcome['log'], isGreeting = false): void => {
      const reader = readers.get(grant.sub);
      if (reader === undefined || (isGreeting && asked.get(grant.sub) !== reader) || reader.request.mode !== 'every') return;
      commits?.start(grant.sub, grant.from);
      const { cursor, lost } = resume(reader.cursor, grant, log);
      if (lost?.why === 'truncated' || lost?.why === 'unknown-epoch') forgetProgress(reader, cursor);
      else if (reader.committed === null || lost !== null) reader.committed = cursor;
      reader.cursor = cursor;
      if (lost !== null) reader.mailbox.push(lost);
    };

    const applyBatch = ({ batch: { sub, prev, last, entries }, bytes, otherwise }: ParsedBatch): void => {
      const reader = readers.get(sub);
      if (reader === undefined || reader.cursor === null || welcome === null || commits?.has(sub) !== true) return context.countIgnored();
      const verdict = judgeBatch(reader.cursor.lsn, { prev, last, entries });
      if (verdict.verdict === 'gap') return drop(`entries ${reader.cursor.lsn + 1} to ${prev} of ${sub} did not come`);
      commits.deliver(sub, { last, entries: entries.length, bytes });
      if (reader.outbox.length > 0) {
        const ids = new Set(entries.flatMap((entry) => (entry.kind === 'device' && typeof entry['id'] === 'string' ? [entry['id']] : [])));
        if (ids.size > 0) reader.outbox = settleCommands(reader.outbox, ids);
      }
      if (verdict.verdict === 'deliver') {
        for (const stretch of splitByEpoch(welcome.log, verdict.from, verdict.last, verdict.entries)) {
          const isSameEpoch = stretch.epoch === reader.cursor.epoch;
          reader.cursor = { epoch: stretch.epoch, lsn: stretch.last };
          if (!isSameEpoch) reader.mailbox.push({ type: 'epoch', sub, epoch: stretch.epoch, from: stretch.from });
          const batch = toBatch(sub, stretch, otherwise);
          if (batch.received !== undefined) context.countIgnoredEntries(batch.received.length - batch.entries.length);
          reader.mailbox.push(batch);
        }
      }
      flush(reader);
    };

    const applyView = (message: Extract<ParsedMessage, { event: 'snapshot' | 'changes' }>): void => {
      const reader = readers.get(message.payload.sub);
      if (reader === undefined) return context.countIgnored();
      if (message.event === 'changes') {
        if (reader.version === null) {
          // Of a subscription that was replaced: the snapshot knows it all, and is on its way, unless the hub has had
          // the request since before these changes.
          const isLost = answered > (askedAfter.get(reader.request.sub) ?? -1);
          return isLost ? drop('the snapshot of a view did not come') : undefined;
        }
        if (message.payload.from > reader.version)
          return drop(`changes ${reader.version} to ${message.payload.from} of a view did not come`);
        reader.version = message.payload.version;
        reader.snapshot = null;
        reader.views.next({ event: 'changes', payload: message.payload });
        return;
      }
      const { whole, partial } = joinSnapshot(reader.partial, message.payload);
      reader.partial = partial;
      if (whole === null && partial === null) return drop('a part of a snapshot did not come');
      if (whole === null) return;
      reader.version = whole.version;
      reader.snapshot = { event: 'snapshot', payload: whole };
      reader.views.next(reader.snapshot);
    };

    const tick = (): void => {
      if (welcome === null) return;
      const beat = stepPulse(pulse, clock.now(), welcome.heartbeat);
      if (beat.verdict === 'dead') return drop(`no echo for ${welcome.heartbeat.deadMs} ms`);
      pulse = beat.pulse;
      // Who has slept gives up what it held before it reads what has come meanwhile.
      if (beat.verdict === 'own-pause') emitLease();
      const term = lease.grant?.term ?? null;
      commits?.beat(beat.beat.n);
      send({ event: 'heartbeat', payload: { ...beat.beat, ...(term === null ? {} : { term }), lagMs: beat.lagMs } });
      after(welcome.heartbeat.everyMs, tick);
    };

    const applyHeartbeat = (heartbeat: Heartbeat): void => {
      const lost = commits?.hear(heartbeat) ?? null;
      if (lost !== null) return drop(lost);
      const now = clock.now();
      const heard = receiveHeartbeat(pulse, heartbeat, now);
      pulse = heard.pulse;
      answered = Math.max(answered, heartbeat.echo?.n ?? 0);
      if (heard.roundTripMs !== null && heartbeat.at !== undefined && heartbeat.up !== undefined) {
        samples = keepSample(samples, { roundTripMs: heard.roundTripMs, at: heartbeat.at, up: heartbeat.up, receivedAt: now });
        emitStatus({ roundTripMs: toRoundTrip(samples), hubClock: toHubClock(samples) });
      }
      const { head, durable, committed } = heartbeat;
      emitStatus({
        ...(head === undefined ? {} : { head }),
        ...(durable === undefined ? {} : { durable }),
        ...(committed === undefined ? {} : { committed }),
      });
      if (heard.provenAt !== null && lease.grant !== null) {
        lease = renewLease(lease, heard.provenAt);
        emitLease();
      }
    };

    const applyWelcome = (greeting: Welcome): void => {
      const old = toOldHubFarewell(greeting, readers.values());
      if (old !== null) return events.next({ type: 'farewell', bye: old });
      const now = clock.now();
      welcome = greeting;
      commits = runCommits({
        readers,
        welcome: greeting,
        now: () => clock.now(),
        after: (ms, task) => void after(ms, task),
        send,
        bufferedBytes: () => channel?.bufferedBytes() ?? 0,
        leaseNow,
      });
      deadline.unsubscribe();
      const { log, durable, committed, at, up } = greeting;
      // The way there and back took as long as the dial at the most; better looks follow with the first echo.
      samples = [{ roundTripMs: now - dialedAt, at, up, receivedAt: now }];
      offer(session);
      emitStatus({ welcome: greeting, head: log.head, durable, committed, hubClock: toHubClock(samples) });
      events.next({ type: 'welcomed' });
      if (events.closed) return;
      after(healthyAfterMs, () => events.next({ type: 'healthy' }));
      pulse = startPulse(now);
      tick();
      // What was added or ended since the greeting left.
      for (const [sub, reader] of asked) if (readers.get(sub) !== reader) session.unsubscribe(sub);
      for (const [sub, reader] of readers) if (asked.get(sub) !== reader) session.subscribe(toRequest(reader));
      for (const grant of greeting.subscriptions) start(grant, log, true);
      if (greeting.lease !== null) applyLease(greeting.lease);
    };

    const take = (message: ParsedMessage): void => {
      if (message.event === 'bye') return events.next({ type: 'farewell', bye: message.payload });
      if (message.event === 'welcome') return welcome === null ? applyWelcome(message.payload) : context.countIgnored();
      // What came too early will not come again on this connection, so nothing after it may be believed either.
      if (welcome === null) return drop(`${message.event} came before the welcome`);
      switch (message.event) {
        case 'subscribed':
          return start(message.payload, welcome.log);
        case 'entries':
          return applyBatch(message.payload);
        case 'snapshot':
        case 'changes':
          return applyView(message);
        case 'heartbeat':
          return applyHeartbeat(message.payload);
        case 'lease':
          return applyLease(message.payload);
        case 'watching':
        case 'transactions':
          return context.emitWatch(message);
        case 'attached':
        case 'ingested':
          return context.reportAnswer(message);
        default:
          return message satisfies never;
      }
    };

    const receive = (event: TransportEvent): void => {
      if (events.closed) return;
      switch (event.type) {
        case 'open':
          channel = event.channel;
          events.next({ type: 'opened' });
          return expect('no welcome');
        case 'closed':
          return drop(event.why);
        case 'message': {
          emitStatus({ lastReceivedAt: clock.now() });
          if (event.event === 'welcome') {
            const bye = toVersionFarewell(event.payload);
            if (bye !== null) return events.next({ type: 'farewell', bye });
          }
          let message: ParsedMessage | null;
          try {
            message = parseHubMessage(event.event, event.payload);
          } catch (error) {
            if (!isFault(error)) throw error;
            return drop(`${error.code}: ${error.message}`);
          }
          return message === null ? context.countIgnored() : take(message);
        }
        default:
          return event satisfies never;
      }
    };

    for (const reader of readers.values()) {
      reader.version = null;
      reader.snapshot = null;
      reader.partial = null;
    }
    expect('no connection');
    work.add(context.transport.dial(toHello(context)).subscribe(receive));
    return () => {
      offer(null);
      work.unsubscribe();
      // The hub frees the lease when the session ends, so from here on it is nobody's.
      context.emitLease({ state: 'none' });
    };
  });

/** A stretch as its reader gets it: what is read otherwise takes the place of what was received, which comes along. */
const toBatch = (sub: SubscriptionId, { entries, ...stretch }: Stretch, otherwise: ReadOtherwise | undefined): EntryBatch => {
  if (otherwise === undefined || !entries.some(({ lsn }) => otherwise.has(lsn))) {
    return { type: 'entries', sub, ...stretch, entries: entries as readonly unknown[] as readonly Entry[] };
  }
  const read = entries.map((entry) => (otherwise.has(entry.lsn) ? otherwise.get(entry.lsn) : (entry as unknown as Entry)));
  return { type: 'entries', sub, ...stretch, entries: read.filter((entry) => entry !== undefined && entry !== null), received: entries };
};

/** The farewell to a hub that speaks another major version than this package, as if it had said it; null to all others. */
const toVersionFarewell = (welcome: unknown): Bye | null => {
  const version = readVersion(welcome);
  if (version?.major === protocolVersion.major) return null;
  const message = `the hub speaks phloem ${formatVersion(version)} and this node phloem ${formatVersion(protocolVersion)}: update the older of the two`;
  return { code: 'version', retry: false, message };
};

/** Anyone who names a cursor cannot do without it: an older hub would begin somewhere else. */
const toOldHubFarewell = ({ protocol }: Welcome, readers: Iterable<Reader>): Bye | null => {
  if (protocol.minor >= 1 || ![...readers].some(({ request }) => isLater(request))) return null;
  const message = `phloem ${formatVersion(protocol)} has no named cursors: update the hub`;
  return { code: 'version', retry: false, message };
};

const toHello = ({ nodeId, run, attempt, role, token, software, lease, readers }: SessionContext): Hello => ({
  protocol: protocolVersion,
  nodeId,
  run,
  attempt,
  role,
  ...(token === undefined ? {} : { token }),
  software,
  subscriptions: [...readers.values()].filter(({ request }) => !isLater(request)).map(toRequest),
  ...(lease === undefined ? {} : { lease }),
});
