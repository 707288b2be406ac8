import {
  Fault,
  isFault,
  protocolVersion,
  type ByeCode,
  type CursorName,
  type Heartbeat,
  type Hello,
  type IngestMessage,
  type LeaseGrant,
  type Limits,
  type NodeId,
  type NodeMessage,
  type Role,
  type RunId,
  type SessionId,
  type SubscriptionGrant,
} from '@phloem/protocol';
import { isService } from '../access/permissions.ts';
import type { AlarmWatch } from '../alarms/alarm-watch.ts';
import { NamedCursors } from '../cursors/named-cursors.ts';
import type { DeviceGate } from '../devices/device-gate.ts';
import type { LeaseService } from '../leases/lease-service.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';
import type { IngestService } from '../ingest/ingest-service.ts';
import type { HubView } from '../view/hub-view.ts';
import { Admission, type Refusal } from './admission.ts';
import { restMs, toBye, toByeCode } from './bye.ts';
import { toAttached, toIngested } from './answer-ingest.ts';
import { CommandAuthority } from './command-authority.ts';
import { createEventGate, longestMessageOf } from './event-gate.ts';
import { FanOut } from './fan-out.ts';
import { heartbeatTermsOf } from './heartbeat-terms.ts';
import type { Connection } from './hub-transport.ts';
import type { Admitted, Authenticate } from './judge-greeting.ts';
import { NodeNames } from './node-names.ts';
import type { RawWatches } from './run-raw-watches.ts';
import type { SessionLimits } from './session-limits.ts';
import { SessionRegistry } from './session-registry.ts';
import { Session } from './session.ts';

/** What happened that somebody may want to count or read. */
export type SessionNotice =
  | { readonly kind: 'joined' | 'left'; readonly nodeId: NodeId; readonly session: SessionId; readonly role: Role }
  | Refusal
  | { readonly kind: 'bug'; readonly error: unknown };

export type HubSessionsOptions = {
  readonly store: HubStore;
  readonly leases: LeaseService;
  readonly gate: DeviceGate;
  readonly view: HubView;
  /** Which alarms a service may report. */
  readonly alarms: Pick<AlarmWatch, 'mayReport'>;
  readonly clock: HubClock;
  readonly authenticate: Authenticate;
  /** A new unguessable name of 16 characters. */
  readonly createId: () => string;
  readonly hub: { readonly nodeId: NodeId; readonly run: RunId };
  readonly leaseMs: number;
  readonly notice: (notice: SessionNotice) => void;
  readonly limits?: Limits;
  /** How many greetings and sessions are taken; those of the specification when not said. */
  readonly sessionLimits?: SessionLimits;
  /** The raw watches of technicians; without them nobody may watch. */
  readonly watches?: RawWatches;
  /** What takes the readings of sources in; without it nobody may send any. */
  readonly ingest?: IngestService;
};

const defaultLimits: Limits = { messageBytes: 128 * 1024, windowEntries: 2048, windowBytes: 256 * 1024 };

/** What takes the events of a connection. */
export type SessionHandle = {
  receive(event: string, payload: unknown): void;
  /** Something came that was not even read. */
  refuse(flaw: Fault): void;
  closed(): void;
};

/**
 * The sessions of a hub: admission, fan-out of log and view, and authority over commands, put together. Synchronous and
 * without timers: the shell calls `connect`, `receive`, `tick…`, and what is to be sent leaves through the connections.
 */
export class HubSessions {
  readonly #options: HubSessionsOptions;
  readonly #limits: Limits;
  readonly #registry = new SessionRegistry();
  readonly #admission: Admission;
  readonly #authority: CommandAuthority;
  readonly #fanOut: FanOut;

  constructor(options: HubSessionsOptions) {
    const { store, view, clock, authenticate, notice } = options;
    const now = (): number => clock.up();
    this.#options = options;
    this.#limits = options.limits ?? defaultLimits;
    const names = new NodeNames({ log: store.log, view, now });
    this.#admission = new Admission({ registry: this.#registry, names, authenticate, now, notice, limits: options.sessionLimits });
    const cursors = new NamedCursors(store);
    this.#authority = new CommandAuthority({ ...options, cursors });
    this.#fanOut = new FanOut({
      log: store.log,
      view,
      limits: this.#limits,
      durable: () => store.durable,
      cursors,
      now,
      sessions: () => this.#registry.all(),
      facts: (session) => this.#facts(session),
      guard: (session, work) => this.#guard(session, work),
      endSlow: (session) => this.#end(session, 'slow', 'the connection accepts less than the live view needs'),
      drop: (session) => this.#drop(session),
    });
  }

  /** Ends the sessions of a credential that has been revoked. */
  endOf(credential: string): void {
    for (const session of this.#registry.all()) {
      if (session.credential === credential) this.#end(session, 'unauthorised', 'the credential was revoked');
    }
  }

  /** Ends the sessions whose credential is valid no more: it has expired, or others have replaced it. */
  endExpired(isLive: (credential: string) => boolean): void {
    const judged = new Map<string, boolean>();
    for (const session of this.#registry.all()) {
      const { credential } = session;
      if (credential === null) continue;
      const isGood = judged.get(credential) ?? isLive(credential);
      judged.set(credential, isGood);
      if (!isGood) this.#end(session, 'unauthorised', 'the credential has expired, or was revoked');
    }
  }

  /** How many sessions a credential has opened. */
  countOf(credential: string): number {
    return this.#registry.countOfCredential(credential);
  }

  /** Claims that a session reads by a named cursor. */
  readsBy(name: CursorName): boolean {
    return [...this.#registry.all()].some(({ every }) => [...every.values()].some(({ cursorName }) => cursorName === name));
  }

  /** How many sessions live, by role. */
  counts(): ReadonlyMap<Role, number> {
    return this.#registry.countByRole();
  }

  /** Greets a connection. Returns what takes its events; a refused connection takes none. */
  connect(connection: Connection): SessionHandle {
    const admitted = this.#admission.admit(connection);
    if (admitted === null) return { receive: () => undefined, refuse: () => undefined, closed: () => undefined };
    const session = this.#open(connection, admitted.hello, admitted.identity);
    connection.admit?.();
    const gate = createEventGate(session.actsAs);
    connection.limitMessages?.(longestMessageOf(session.actsAs));
    return {
      receive: (event, payload) => {
        if (session.isEnded) return;
        this.#guard(session, () => this.#handle(session, gate(event, payload, this.#options.clock.up())));
      },
      refuse: (flaw) =>
        this.#guard(session, () => {
          throw flaw;
        }),
      closed: () => this.#leave(session),
    };
  }

  /** The log has grown: sends on what `every` subscriptions wait for. */
  pump(): void {
    this.#fanOut.pump();
  }

  /** More of the log is on disk: sends on what those wait for who get nothing else. */
  pumpDurable(): void {
    this.#fanOut.pumpDurable();
  }

  /** A common tick of the `latest` subscriptions. */
  tickLatest(): void {
    this.#fanOut.tickLatest();
  }

  /** It is time for the heartbeats of the sessions with this pace. */
  tickHeartbeat(everyMs: number): void {
    this.#fanOut.tickHeartbeat(everyMs);
  }

  /** Claims that a session waits for its turn. */
  get hasDue(): boolean {
    return this.#fanOut.hasDue;
  }

  /** Serves so many of the sessions whose turn it is. */
  serve(turns: number): void {
    this.#fanOut.serve(turns);
  }

  /** Notifies a session of its lease. */
  emitLease(sessionId: SessionId, grant: LeaseGrant): void {
    this.#registry.get(sessionId)?.send({ event: 'lease', payload: grant });
  }

  /** Ends all sessions, says why, and spreads their return over `spreadMs`; nobody is let in any more. */
  drain(spreadMs: number, random: () => number, why = 'the hub is restarting'): void {
    this.#admission.close();
    for (const session of this.#registry.all()) {
      this.#end(session, 'draining', why, Math.round(random() * spreadMs));
    }
  }

  #open(connection: Connection, hello: Hello, identity: Admitted): Session {
    const { store, createId, leaseMs, notice } = this.#options;
    const older = this.#registry.ofNode(hello.nodeId);
    if (older !== undefined) this.#end(older, 'superseded', 'a newer connection of this node was accepted');
    const session = new Session({
      id: createId(),
      hello,
      heartbeat: heartbeatTermsOf(hello.role, leaseMs),
      connection,
      locations: identity.locations,
      actsAs: identity.actsAs ?? hello.role,
      credential: identity.credential ?? null,
      user: identity.user ?? null,
    });
    this.#registry.add(session);
    const subscriptions = (hello.subscriptions ?? []).map((request) => this.#fanOut.subscribe(session, request));
    // A service's comings and goings are recorded in the log; a browser's would drown it.
    if (isService(hello.role)) {
      store.log.append([{ kind: 'node', nodeId: hello.nodeId, run: hello.run, role: hello.role, state: 'joined' }]);
    }
    this.#welcome(session, subscriptions);
    notice({ kind: 'joined', nodeId: hello.nodeId, session: session.id, role: hello.role });
    this.#guard(session, () => this.#fanOut.pumpOne(session));
    return session;
  }

  #welcome(session: Session, subscriptions: readonly SubscriptionGrant[]): void {
    const { store, clock, hub } = this.#options;
    const { epoch, first, head, lineage } = store.log;
    const lease = this.#authority.grant(session);
    session.send({
      event: 'welcome',
      payload: {
        protocol: protocolVersion,
        hub,
        session: session.id,
        log: { epoch, first, head, lineage: lineage.map((ended) => ({ ...ended })) },
        subscriptions: [...subscriptions],
        committed: this.#authority.committed(session),
        durable: store.durable,
        lease,
        limits: this.#limits,
        heartbeat: session.heartbeat,
        at: clock.at(),
        up: clock.up(),
      },
    });
  }

  #handle(session: Session, message: NodeMessage): void {
    switch (message.event) {
      case 'heartbeat':
        session.hear(message.payload, this.#options.clock.up());
        return this.#authority.renew(session, message.payload);
      case 'commit':
        // A commit before it is missing, and may have carried frames: this one says less than the node believes.
        if (!session.isNextCommit(message.payload.seq)) return this.#drop(session);
        this.#authority.commit(session, message.payload);
        return this.#fanOut.pumpOne(session);
      case 'subscribe':
        session.send({ event: 'subscribed', payload: this.#fanOut.subscribe(session, message.payload) });
        return this.#fanOut.pumpOne(session);
      case 'unsubscribe':
        return this.#fanOut.unsubscribe(session, message.payload.sub);
      case 'watch':
        return this.#options.watches?.watch(session, message.payload);
      case 'unwatch':
        return this.#options.watches?.unwatch(session, message.payload.watch);
      case 'attach':
        return session.send({ event: 'attached', payload: toAttached(this.#ingest(), session, message.payload.source) });
      case 'ingest':
        return this.#takeIn(session, message.payload);
      default:
        return message satisfies never;
    }
  }

  #ingest(): IngestService {
    const { ingest } = this.#options;
    if (ingest === undefined) throw new Fault('protocol/unexpected', 'this hub takes no readings in');
    return ingest;
  }

  /** The answer follows when the readings are on disk; a mistake of ours ends this session alone. */
  #takeIn(session: Session, message: IngestMessage): void {
    toIngested(this.#ingest(), session, message).then(
      (payload) => session.send({ event: 'ingested', payload }),
      (error: unknown) =>
        this.#guard(session, () => {
          throw error;
        }),
    );
  }

  #facts(session: Session): Omit<Heartbeat, 'n' | 't' | 'echo' | 'covered'> {
    const { store, clock } = this.#options;
    return { head: store.log.head, durable: store.durable, committed: this.#authority.committed(session), at: clock.at(), up: clock.up() };
  }

  #guard(session: Session, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (isFault(error)) {
        const code = toByeCode(error);
        this.#options.notice({ kind: 'refused', code, message: error.message, nodeId: session.hello.nodeId });
        this.#end(session, code, error.message, code === 'busy' ? restMs.rate : undefined);
      } else {
        // A bug of ours must not take the others down; it ends this session, and is reported.
        this.#options.notice({ kind: 'bug', error });
        this.#end(session, 'internal', 'internal error of the hub');
      }
    }
  }

  #end(session: Session, code: ByeCode, message: string, afterMs?: number): void {
    if (session.isEnded) return;
    session.fence();
    session.connection.end(toBye(code, message, afterMs));
    this.#forget(session);
  }

  #drop(session: Session): void {
    session.fence();
    session.connection.terminate();
    this.#forget(session);
  }

  #leave(session: Session): void {
    if (session.isEnded) return;
    session.fence();
    this.#forget(session);
  }

  #forget(session: Session): void {
    const { store, notice } = this.#options;
    const { nodeId, run, role } = session.hello;
    this.#registry.remove(session);
    this.#fanOut.forget(session);
    this.#authority.release(session);
    this.#options.watches?.forget(session.id);
    if (isService(role)) store.log.append([{ kind: 'node', nodeId, run, role, state: 'left' }]);
    notice({ kind: 'left', nodeId, session: session.id, role });
  }
}
