import {
  isFault,
  joinSnapshot,
  protocolVersion,
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
import { Observable, Subscription, timer, type SchedulerLike, type Subscriber } from 'rxjs';
import { type LeaseState, renewLease, startLease, applyGrant, toLeaseStatus } from './lease-clock.ts';
import { type Pulse, receiveHeartbeat, startPulse, stepPulse } from './heartbeat-judge.ts';
import { judgeBatch } from './batch-gate.ts';
import { resume } from './grant.ts';
import { keepSample, toHubClock, toRoundTrip, type ClockSample } from './hub-clock.ts';
import { splitByEpoch, type Stretch } from './lineage.ts';
import type { LinkEvent } from './link-machine.ts';
import type { Batch, LeaseStatus, LinkOptions, LinkStatus, WatchNews, SourceAnswer } from './link.ts';
import { settleCommands } from './outbox.ts';
import type { ParsedBatch, ReadOtherwise } from './parse-batch.ts';
import { parseHubMessage, type ParsedMessage } from './parse-hub-message.ts';
import { forgetProgress, noteGrant, type Reader, isLater, toRequest } from './reader.ts';
import { runCommits, type Commits } from './run-commits.ts';
import type { Channel, TransportEvent } from './transport.ts';
import { toVersionFarewell, toOldHubFarewell } from './version-farewell.ts';

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

type EntryBatch = Extract<Batch, { kind: 'entries' }>;

const healthyAfterMs = 5000;

/**
 * One connection, from the dial to its end: says what happens to it as events of the link machine, and `offer`s
 * itself while it is ready. Unsubscribing terminates it.
 */
export const runSession = (context: SessionContext, offer: (session: Session | null) => void): Observable<LinkEvent> =>
  new Observable((events) => {
    const connection = new Connection(context, offer, events);
    return () => connection.close();
  });

class Connection {
  readonly #context: SessionContext;
  readonly #offer: (session: Session | null) => void;
  readonly #events: Subscriber<LinkEvent>;
  readonly #clock: SchedulerLike;
  readonly #readers: ReadonlyMap<string, Reader>;
  readonly #emitStatus: (change: Partial<LinkStatus>) => void;
  readonly #dialedAt: number;
  readonly #asked: Map<string, Reader>;
  readonly #work = new Subscription();
  #channel: Channel | null = null;
  #welcome: Welcome | null = null;
  #commits: Commits | null = null;
  #lease: LeaseState;
  #pulse: Pulse;
  #samples: readonly ClockSample[] = [];
  #deadline = new Subscription();
  #expiry = new Subscription();
  /** The newest heartbeat of ours when a subscription was asked for; the greeting's were asked for before the first. */
  readonly #askedAfter = new Map<SubscriptionId, number>();
  /** The newest heartbeat of ours that the hub has answered. */
  #answered = 0;
  readonly #session: Session;

  constructor(context: SessionContext, offer: (session: Session | null) => void, events: Subscriber<LinkEvent>) {
    this.#context = context;
    this.#offer = offer;
    this.#events = events;
    const { clock, readers, emitStatus } = context;
    this.#clock = clock;
    this.#readers = readers;
    this.#emitStatus = emitStatus;
    this.#dialedAt = this.#clock.now();
    this.#asked = new Map([...this.#readers].filter(([, { request }]) => !isLater(request)));
    this.#lease = startLease(this.#dialedAt);
    this.#pulse = startPulse(this.#dialedAt);
    this.#session = {
      flush: (reader, isLast) => this.#flush(reader, isLast),
      leaseNow: () => this.#leaseNow(),
      subscribe: (request) => {
        this.#askedAfter.set(request.sub, this.#pulse.n);
        this.#send({ event: 'subscribe', payload: request });
      },
      unsubscribe: (sub) => {
        this.#commits?.end(sub);
        this.#send({ event: 'unsubscribe', payload: { sub } });
      },
      watch: (request) => this.#send({ event: 'watch', payload: request }),
      unwatch: (watch) => this.#send({ event: 'unwatch', payload: { watch } }),
      send: (message) => this.#send(message),
    };
    for (const reader of this.#readers.values()) {
      reader.version = null;
      reader.snapshot = null;
      reader.partial = null;
    }
    this.#expect('no connection');
    this.#work.add(context.transport.dial(toHello(context)).subscribe((event) => this.#receive(event)));
  }

  close(): void {
    this.#offer(null);
    this.#work.unsubscribe();
    // The hub frees the lease when the session ends, so from here on it is nobody's.
    this.#context.emitLease({ state: 'none' });
  }

  #after(ms: number, task: () => void): Subscription {
    const subscription = timer(ms, this.#clock).subscribe(task);
    this.#work.add(subscription);
    return subscription;
  }

  #send(message: NodeMessage): void {
    this.#channel?.send(message);
  }

  #drop(why: string): void {
    this.#events.next({ kind: 'dropped', why });
  }

  #expect(what: string): void {
    this.#deadline.unsubscribe();
    this.#deadline = this.#after(this.#context.attemptTimeoutMs, () => this.#drop(`${what} within ${this.#context.attemptTimeoutMs} ms`));
  }

  #leaseNow(): LeaseStatus {
    return toLeaseStatus(this.#lease, this.#clock.now());
  }

  #emitLease(): void {
    const status = this.#leaseNow();
    this.#context.emitLease(status);
    this.#expiry.unsubscribe();
    if (status.state === 'held') this.#expiry = this.#after(status.untilAt - this.#clock.now(), () => this.#emitLease());
  }

  #flush(reader: Reader, isLast?: boolean): void {
    this.#commits?.flush(reader, isLast);
  }

  #applyLease(grant: LeaseGrant): void {
    const isNew = grant.term !== null && grant.term !== this.#lease.grant?.term;
    this.#lease = applyGrant(this.#lease, grant);
    if (isNew) for (const reader of this.#readers.values()) noteGrant(reader);
    this.#emitLease();
    for (const reader of this.#readers.values()) this.#flush(reader);
  }

  #start(grant: SubscriptionGrant, log: Welcome['log'], isGreeting = false): void {
    const reader = this.#readers.get(grant.sub);
    if (reader === undefined || (isGreeting && this.#asked.get(grant.sub) !== reader) || reader.request.mode !== 'every') return;
    this.#commits?.start(grant.sub, grant.from);
    const { cursor, lost } = resume(reader.cursor, grant, log);
    if (lost?.why === 'truncated' || lost?.why === 'unknown-epoch') forgetProgress(reader, cursor);
    else if (reader.committed === null || lost !== null) reader.committed = cursor;
    reader.cursor = cursor;
    if (lost !== null) reader.mailbox.push(lost);
  }

  #applyBatch({ batch: { sub, prev, last, entries }, bytes, otherwise }: ParsedBatch): void {
    const reader = this.#readers.get(sub);
    if (reader === undefined || reader.cursor === null || this.#welcome === null || this.#commits?.has(sub) !== true)
      return this.#context.countIgnored();
    const verdict = judgeBatch(reader.cursor.lsn, { prev, last, entries });
    if (verdict.verdict === 'gap') return this.#drop(`entries ${reader.cursor.lsn + 1} to ${prev} of ${sub} did not come`);
    this.#commits.deliver(sub, { last, entries: entries.length, bytes });
    if (reader.outbox.length > 0) {
      const ids = new Set(entries.flatMap((entry) => (entry.kind === 'device' && typeof entry['id'] === 'string' ? [entry['id']] : [])));
      if (ids.size > 0) reader.outbox = settleCommands(reader.outbox, ids);
    }
    if (verdict.verdict === 'deliver') {
      for (const stretch of splitByEpoch(this.#welcome.log, verdict.from, verdict.last, verdict.entries)) {
        const isSameEpoch = stretch.epoch === reader.cursor.epoch;
        reader.cursor = { epoch: stretch.epoch, lsn: stretch.last };
        if (!isSameEpoch) reader.mailbox.push({ kind: 'epoch', sub, epoch: stretch.epoch, from: stretch.from });
        const batch = toBatch(sub, stretch, otherwise);
        if (batch.received !== undefined) this.#context.countIgnoredEntries(batch.received.length - batch.entries.length);
        reader.mailbox.push(batch);
      }
    }
    this.#flush(reader);
  }

  #applyView(message: Extract<ParsedMessage, { event: 'snapshot' | 'changes' }>): void {
    const reader = this.#readers.get(message.payload.sub);
    if (reader === undefined) return this.#context.countIgnored();
    if (message.event === 'changes') {
      if (reader.version === null) {
        // Of a subscription that was replaced: the snapshot knows it all, and is on its way, unless the hub has had
        // the request since before these changes.
        const isLost = this.#answered > (this.#askedAfter.get(reader.request.sub) ?? -1);
        return isLost ? this.#drop('the snapshot of a view did not come') : undefined;
      }
      if (message.payload.from > reader.version)
        return this.#drop(`changes ${reader.version} to ${message.payload.from} of a view did not come`);
      reader.version = message.payload.version;
      reader.snapshot = null;
      reader.views.next({ event: 'changes', payload: message.payload });
      return;
    }
    const { whole, partial } = joinSnapshot(reader.partial, message.payload);
    reader.partial = partial;
    if (whole === null && partial === null) return this.#drop('a part of a snapshot did not come');
    if (whole === null) return;
    reader.version = whole.version;
    reader.snapshot = { event: 'snapshot', payload: whole };
    reader.views.next(reader.snapshot);
  }

  #tick(): void {
    if (this.#welcome === null) return;
    const beat = stepPulse(this.#pulse, this.#clock.now(), this.#welcome.heartbeat);
    if (beat.verdict === 'dead') return this.#drop(`no echo for ${this.#welcome.heartbeat.deadMs} ms`);
    this.#pulse = beat.pulse;
    // Who has slept gives up what it held before it reads what has come meanwhile.
    if (beat.verdict === 'own-pause') this.#emitLease();
    const term = this.#lease.grant?.term ?? null;
    this.#commits?.beat(beat.beat.n);
    this.#send({ event: 'heartbeat', payload: { ...beat.beat, ...(term === null ? {} : { term }), lagMs: beat.lagMs } });
    this.#after(this.#welcome.heartbeat.everyMs, () => this.#tick());
  }

  #applyHeartbeat(heartbeat: Heartbeat): void {
    const lost = this.#commits?.hear(heartbeat) ?? null;
    if (lost !== null) return this.#drop(lost);
    const now = this.#clock.now();
    const heard = receiveHeartbeat(this.#pulse, heartbeat, now);
    this.#pulse = heard.pulse;
    this.#answered = Math.max(this.#answered, heartbeat.echo?.n ?? 0);
    if (heard.roundTripMs !== null && heartbeat.at !== undefined && heartbeat.up !== undefined) {
      this.#samples = keepSample(this.#samples, { roundTripMs: heard.roundTripMs, at: heartbeat.at, up: heartbeat.up, receivedAt: now });
      this.#emitStatus({ roundTripMs: toRoundTrip(this.#samples), hubClock: toHubClock(this.#samples) });
    }
    const { head, durable, committed } = heartbeat;
    this.#emitStatus({
      ...(head === undefined ? {} : { head }),
      ...(durable === undefined ? {} : { durable }),
      ...(committed === undefined ? {} : { committed }),
    });
    if (heard.provenAt !== null && this.#lease.grant !== null) {
      this.#lease = renewLease(this.#lease, heard.provenAt);
      this.#emitLease();
    }
  }

  #applyWelcome(greeting: Welcome): void {
    const old = toOldHubFarewell(greeting, this.#readers.values());
    if (old !== null) return this.#events.next({ kind: 'farewell', bye: old });
    const now = this.#clock.now();
    this.#welcome = greeting;
    this.#commits = runCommits({
      readers: this.#readers,
      welcome: greeting,
      now: () => this.#clock.now(),
      after: (ms, task) => void this.#after(ms, task),
      send: (message) => this.#send(message),
      bufferedBytes: () => this.#channel?.bufferedBytes() ?? 0,
      leaseNow: () => this.#leaseNow(),
    });
    this.#deadline.unsubscribe();
    const { log, durable, committed, at, up } = greeting;
    // The way there and back took as long as the dial at the most; better looks follow with the first echo.
    this.#samples = [{ roundTripMs: now - this.#dialedAt, at, up, receivedAt: now }];
    this.#offer(this.#session);
    this.#emitStatus({ welcome: greeting, head: log.head, durable, committed, hubClock: toHubClock(this.#samples) });
    this.#events.next({ kind: 'welcomed' });
    if (this.#events.closed) return;
    this.#after(healthyAfterMs, () => this.#events.next({ kind: 'healthy' }));
    this.#pulse = startPulse(now);
    this.#tick();
    // What was added or ended since the greeting left.
    for (const [sub, reader] of this.#asked) if (this.#readers.get(sub) !== reader) this.#session.unsubscribe(sub);
    for (const [sub, reader] of this.#readers) if (this.#asked.get(sub) !== reader) this.#session.subscribe(toRequest(reader));
    for (const grant of greeting.subscriptions) this.#start(grant, log, true);
    if (greeting.lease !== null) this.#applyLease(greeting.lease);
  }

  #take(message: ParsedMessage): void {
    if (message.event === 'bye') return this.#events.next({ kind: 'farewell', bye: message.payload });
    if (message.event === 'welcome') return this.#welcome === null ? this.#applyWelcome(message.payload) : this.#context.countIgnored();
    // What came too early will not come again on this connection, so nothing after it may be believed either.
    if (this.#welcome === null) return this.#drop(`${message.event} came before the welcome`);
    switch (message.event) {
      case 'subscribed':
        return this.#start(message.payload, this.#welcome.log);
      case 'entries':
        return this.#applyBatch(message.payload);
      case 'snapshot':
      case 'changes':
        return this.#applyView(message);
      case 'heartbeat':
        return this.#applyHeartbeat(message.payload);
      case 'lease':
        return this.#applyLease(message.payload);
      case 'watching':
      case 'transactions':
        return this.#context.emitWatch(message);
      case 'attached':
      case 'ingested':
        return this.#context.reportAnswer(message);
      default:
        return message satisfies never;
    }
  }

  #receive(event: TransportEvent): void {
    if (this.#events.closed) return;
    switch (event.kind) {
      case 'open':
        this.#channel = event.channel;
        this.#events.next({ kind: 'opened' });
        return this.#expect('no welcome');
      case 'closed':
        return this.#drop(event.why);
      case 'message': {
        this.#emitStatus({ lastReceivedAt: this.#clock.now() });
        if (event.event === 'welcome') {
          const bye = toVersionFarewell(event.payload);
          if (bye !== null) return this.#events.next({ kind: 'farewell', bye });
        }
        let message: ParsedMessage | null;
        try {
          message = parseHubMessage(event.event, event.payload);
        } catch (error) {
          if (!isFault(error)) throw error;
          return this.#drop(`${error.code}: ${error.message}`);
        }
        return message === null ? this.#context.countIgnored() : this.#take(message);
      }
      default:
        return event satisfies never;
    }
  }
}

/** A stretch as its reader gets it: what is read otherwise takes the place of what was received, which comes along. */
const toBatch = (sub: SubscriptionId, { entries, ...stretch }: Stretch, otherwise: ReadOtherwise | undefined): EntryBatch => {
  if (otherwise === undefined || !entries.some(({ lsn }) => otherwise.has(lsn))) {
    return { kind: 'entries', sub, ...stretch, entries: entries as readonly unknown[] as readonly Entry[] };
  }
  const read = entries.map((entry) => (otherwise.has(entry.lsn) ? otherwise.get(entry.lsn) : (entry as unknown as Entry)));
  return { kind: 'entries', sub, ...stretch, entries: read.filter((entry) => entry !== undefined && entry !== null), received: entries };
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
