import {
  isFault,
  protocolVersion,
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
import { judgeBatch } from './batch-gate.ts';
import { deliverBatch, settleByEntries } from './deliver-batch.ts';
import { resume } from './grant.ts';
import type { LinkEvent } from './link-machine.ts';
import type { LeaseStatus, LinkOptions, LinkStatus, SourceAnswer, WatchNews } from './link.ts';
import type { ParsedBatch } from './parse-batch.ts';
import { parseHubMessage, type ParsedMessage } from './parse-hub-message.ts';
import { forgetView, isLater, noteGrant, noteResume, toRequest, type Reader } from './reader.ts';
import { receiveView, type ViewMessage } from './receive-view.ts';
import { runCommits, type Commits } from './run-commits.ts';
import { RunningHeartbeat } from './run-heartbeat.ts';
import { RunningLease } from './run-lease.ts';
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

/** What a connection has from its welcome on. */
type Welcomed = { readonly log: Welcome['log']; readonly commits: Commits; readonly heartbeat: RunningHeartbeat };

class Connection {
  readonly #context: SessionContext;
  readonly #offer: (session: Session | null) => void;
  readonly #events: Subscriber<LinkEvent>;
  readonly #clock: SchedulerLike;
  readonly #readers: ReadonlyMap<string, Reader>;
  readonly #dialedAt: number;
  readonly #asked: Map<string, Reader>;
  readonly #work = new Subscription();
  readonly #lease: RunningLease;
  #channel: Channel | null = null;
  #welcomed: Welcomed | null = null;
  #deadline = new Subscription();
  /** The newest heartbeat of ours when a subscription was asked for; the greeting's were asked for before the first. */
  readonly #askedAfter = new Map<SubscriptionId, number>();
  readonly #session: Session;

  constructor(context: SessionContext, offer: (session: Session | null) => void, events: Subscriber<LinkEvent>) {
    this.#context = context;
    this.#offer = offer;
    this.#events = events;
    const { clock, readers, emitLease } = context;
    this.#clock = clock;
    this.#readers = readers;
    this.#dialedAt = this.#clock.now();
    this.#asked = new Map([...this.#readers].filter(([, { request }]) => !isLater(request)));
    this.#lease = new RunningLease({ now: () => clock.now(), after: (ms, task) => this.#after(ms, task), emit: emitLease });
    this.#session = {
      flush: (reader, isLast) => this.#flush(reader, isLast),
      leaseNow: () => this.#lease.now(),
      subscribe: (request) => {
        this.#askedAfter.set(request.sub, this.#welcomed?.heartbeat.newest ?? 0);
        this.#send({ event: 'subscribe', payload: request });
      },
      unsubscribe: (sub) => {
        this.#welcomed?.commits.end(sub);
        this.#send({ event: 'unsubscribe', payload: { sub } });
      },
      watch: (request) => this.#send({ event: 'watch', payload: request }),
      unwatch: (watch) => this.#send({ event: 'unwatch', payload: { watch } }),
      send: (message) => this.#send(message),
    };
    for (const reader of this.#readers.values()) forgetView(reader);
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

  #flush(reader: Reader, isLast?: boolean): void {
    this.#welcomed?.commits.flush(reader, isLast);
  }

  #applyLease(grant: LeaseGrant): void {
    if (this.#lease.apply(grant)) for (const reader of this.#readers.values()) noteGrant(reader);
    this.#lease.emit();
    for (const reader of this.#readers.values()) this.#flush(reader);
  }

  #start(grant: SubscriptionGrant, { log, commits }: Welcomed, isGreeting = false): void {
    const reader = this.#readers.get(grant.sub);
    if (reader === undefined || (isGreeting && this.#asked.get(grant.sub) !== reader) || reader.request.mode !== 'every') return;
    commits.start(grant.sub, grant.from);
    noteResume(reader, resume(reader.cursor, grant, log));
  }

  #applyBatch(parsed: ParsedBatch, { log, commits }: Welcomed): void {
    const { sub, prev, last, entries } = parsed.batch;
    const reader = this.#readers.get(sub);
    if (reader === undefined || reader.cursor === null || !commits.has(sub)) return this.#context.countIgnored();
    const { epoch, lsn } = reader.cursor;
    const verdict = judgeBatch(lsn, { prev, last, entries });
    if (verdict.verdict === 'gap') return this.#drop(`entries ${lsn + 1} to ${prev} of ${sub} did not come`);
    // A reader may answer at once, so what it has to commit is noted before it gets anything.
    commits.deliver(sub, { last, entries: entries.length, bytes: parsed.bytes });
    settleByEntries(reader, entries);
    const ignored = verdict.verdict === 'deliver' ? deliverBatch(reader, epoch, verdict, parsed, log) : 0;
    if (ignored > 0) this.#context.countIgnoredEntries(ignored);
    return this.#flush(reader);
  }

  #applyView(message: ViewMessage, { heartbeat }: Welcomed): void {
    const reader = this.#readers.get(message.payload.sub);
    if (reader === undefined) return this.#context.countIgnored();
    const missing = receiveView(reader, message, heartbeat.answered > (this.#askedAfter.get(reader.request.sub) ?? -1));
    return missing === null ? undefined : this.#drop(missing);
  }

  #applyWelcome(greeting: Welcome): void {
    const old = toOldHubFarewell(greeting, this.#readers.values());
    if (old !== null) return this.#events.next({ kind: 'farewell', bye: old });
    const welcomed = this.#toWelcomed(greeting);
    this.#welcomed = welcomed;
    this.#deadline.unsubscribe();
    const { log, durable, committed } = greeting;
    this.#offer(this.#session);
    this.#context.emitStatus({ welcome: greeting, head: log.head, durable, committed, hubClock: welcomed.heartbeat.hubClock });
    this.#events.next({ kind: 'welcomed' });
    if (this.#events.closed) return undefined;
    this.#after(healthyAfterMs, () => this.#events.next({ kind: 'healthy' }));
    welcomed.heartbeat.tick();
    // What was added or ended since the greeting left.
    for (const [sub, reader] of this.#asked) if (this.#readers.get(sub) !== reader) this.#session.unsubscribe(sub);
    for (const [sub, reader] of this.#readers) if (this.#asked.get(sub) !== reader) this.#session.subscribe(toRequest(reader));
    for (const grant of greeting.subscriptions) this.#start(grant, welcomed, true);
    if (greeting.lease !== null) this.#applyLease(greeting.lease);
    return undefined;
  }

  #toWelcomed(greeting: Welcome): Welcomed {
    const now = (): number => this.#clock.now();
    const after = (ms: number, task: () => void): void => void this.#after(ms, task);
    const send = (message: NodeMessage): void => this.#send(message);
    const commits = runCommits({
      readers: this.#readers,
      welcome: greeting,
      now,
      after,
      send,
      bufferedBytes: () => this.#channel?.bufferedBytes() ?? 0,
      leaseNow: () => this.#lease.now(),
    });
    const { emitStatus } = this.#context;
    const context = { now, after, send, drop: (why: string) => this.#drop(why), emitStatus, lease: this.#lease, commits };
    return { log: greeting.log, commits, heartbeat: new RunningHeartbeat(context, greeting, this.#dialedAt) };
  }

  #take(message: ParsedMessage): void {
    const welcomed = this.#welcomed;
    if (message.event === 'bye') return this.#events.next({ kind: 'farewell', bye: message.payload });
    if (message.event === 'welcome') return welcomed === null ? this.#applyWelcome(message.payload) : this.#context.countIgnored();
    // What came too early will not come again on this connection, so nothing after it may be believed either.
    if (welcomed === null) return this.#drop(`${message.event} came before the welcome`);
    switch (message.event) {
      case 'subscribed':
        return this.#start(message.payload, welcomed);
      case 'entries':
        return this.#applyBatch(message.payload, welcomed);
      case 'snapshot':
      case 'changes':
        return this.#applyView(message, welcomed);
      case 'heartbeat':
        return welcomed.heartbeat.receive(message.payload);
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
        this.#context.emitStatus({ lastReceivedAt: this.#clock.now() });
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
