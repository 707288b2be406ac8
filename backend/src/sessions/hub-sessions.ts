import {
  createParse,
  cutChanges,
  cutSnapshot,
  Fault,
  Hello,
  isFault,
  protocolVersion,
  shouldReturn,
  toLocations,
  type Bye,
  type ByeCode,
  type Commit,
  type Filter,
  type Heartbeat,
  type HubMessage,
  type LeaseGrant,
  type LocationId,
  type Limits,
  type Lsn,
  type NodeId,
  type NodeMessage,
  type Role,
  type RunId,
  type SessionId,
  type SubscriptionGrant,
  type SubscriptionId,
  type SubscriptionRequest,
} from '@phloem/protocol';
import type { DeviceGate } from '../devices/device-gate.ts';
import type { LeaseKeeper } from '../leases/lease-keeper.ts';
import type { HubClock, HubStore } from '../store/hub-store.ts';
import type { HubView } from '../view/hub-view.ts';
import { resolveCursor } from './cursor.ts';
import { createEventGate } from './event-gate.ts';
import { EveryReader } from './every-reader.ts';
import { FilterGroup } from './filter-group.ts';
import { createFilter, restrictFilter, toFilterKey } from './filter.ts';
import { heartbeatPaces, heartbeatTermsOf } from './heartbeat-terms.ts';
import type { Connection, Peer } from './hub-transport.ts';
import type { RawWatches } from './run-raw-watches.ts';
import { judgeClaim, noClaims, type NameClaims } from './judge-claim.ts';
import { Session, type LatestReader } from './session.ts';

/**
 * Whether a greeting is believed, and as what. A person’s browser greets as a viewer; what may be sent goes by `actsAs`, the
 * role of the credential, where that is another.
 */
export type Authenticate = (
  hello: Hello,
  peer: Peer,
) =>
  | { readonly role: Role; readonly actsAs?: Role; readonly credential?: string; readonly locations?: readonly LocationId[] | undefined }
  | Fault;

type Admitted = Exclude<ReturnType<Authenticate>, Fault>;

/** What happened that somebody may want to count or read. */
export type SessionNotice =
  | { readonly kind: 'joined' | 'left'; readonly nodeId: NodeId; readonly session: SessionId; readonly role: Role }
  | { readonly kind: 'refused'; readonly code: ByeCode; readonly message: string; readonly nodeId: NodeId | null }
  | { readonly kind: 'bug'; readonly error: unknown };

export type HubSessionsOptions = {
  readonly store: HubStore;
  readonly leases: LeaseKeeper;
  readonly gate: DeviceGate;
  readonly view: HubView;
  readonly clock: HubClock;
  readonly authenticate: Authenticate;
  /** A new unguessable name of 16 characters. */
  readonly createId: () => string;
  readonly hub: { readonly nodeId: NodeId; readonly run: RunId };
  readonly leaseMs: number;
  readonly notice: (notice: SessionNotice) => void;
  readonly limits?: Limits;
  /** The raw watches of technicians; without them nobody may watch. */
  readonly watches?: RawWatches;
};

const defaultLimits: Limits = { messageBytes: 128 * 1024, windowEntries: 2048, windowBytes: 256 * 1024 };
/** So many new entries are looked at for all readers in common; more are a catch-up. */
const most = 64;
const mostBytes = 1024 * 1024;
/** What Socket.IO puts around a payload: `42["snapshot",…]`. */
const envelopeBytes = 64;
const parseHello = createParse(Hello, 'hello');

type SharedView = { readonly version: Lsn; readonly messages: readonly HubMessage[] };

/** Links over which something is commanded, or whole logs are carried on, are never kept waiting for panels. */
const isControl = ({ heartbeat }: Session): boolean => heartbeat.everyMs === heartbeatPaces.control.everyMs;

/** Why who greets may not ask for the right to command what he names; null when he may, or does not ask. */
const toWhyNoLease = ({ role, lease }: Hello, { locations }: Admitted): string | null => {
  if (lease === undefined) return null;
  if (role !== 'automation') return `the role ${role} commands no devices, and gets no lease`;
  const foreign = locations === undefined ? [] : toLocations(lease.scope).filter((location) => !locations.includes(location));
  return foreign.length === 0 ? null : `the credential is not for ${foreign.join(', ')}`;
};

/** A service's comings and goings are history; a browser's would drown it. */
const isRecorded = (role: Role): boolean => role === 'automation' || role === 'relay' || role === 'ingest';

/**
 * Everybody who is connected. Synchronous and without timers: the shell calls `connect`, `receive`, `tick…`, and what
 * must be said goes out through the connections.
 */
export class HubSessions {
  readonly #options: HubSessionsOptions;
  readonly #limits: Limits;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #byNode = new Map<NodeId, Session>();
  readonly #claims = new Map<NodeId, NameClaims>();
  readonly #groups = new Map<string, FilterGroup<Session>>();
  /** Whose turn it is, in order: those who have not been shown anything yet come first, however many there are. */
  readonly #newcomers = new Set<Session>();
  readonly #due = new Set<Session>();
  /** Those who have much of the log before them, and of these whose turn it is. */
  readonly #farBehind = new Set<Session>();
  readonly #catchingUp = new Set<Session>();
  /** Those whose connection took no more. */
  readonly #blocked = new Set<Session>();
  /** What has been made since the last common tick. */
  readonly #shared = new Map<string, SharedView>();
  /** Up to where all sessions have been told. */
  #pumped: Lsn = 0;
  #isDraining = false;
  #tick = 0;

  constructor(options: HubSessionsOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultLimits;
  }

  /** Ends whoever came by a credential that has been taken back. */
  endOf(credential: string): void {
    for (const session of this.#sessions.values()) {
      if (session.credential === credential) this.#end(session, 'unauthorised', 'the credential has been taken back');
    }
  }

  /** How many sessions live, by role. */
  counts(): ReadonlyMap<Role, number> {
    const counts = new Map<Role, number>();
    for (const { hello } of this.#sessions.values()) counts.set(hello.role, (counts.get(hello.role) ?? 0) + 1);
    return counts;
  }

  /** Greets a connection. Returns what takes its events; a refused one takes none. */
  connect(connection: Connection): { receive(event: string, payload: unknown): void; closed(): void } {
    const session = this.#greet(connection);
    if (session === null) return { receive: () => undefined, closed: () => undefined };
    const gate = createEventGate(session.actsAs);
    return {
      receive: (event, payload) => {
        if (session.isEnded) return;
        this.#guard(session, () => this.#handle(session, gate(event, payload, this.#options.clock.up())));
      },
      closed: () => this.#leave(session),
    };
  }

  /**
   * The log has grown: sends on what the readers of `every` have. Links that command come first, and at once; panels are
   * served in turns.
   */
  pump(): void {
    const { log } = this.#options.store;
    const from = this.#pumped;
    const to = log.head;
    this.#pumped = to;
    const news = to - from <= most && from >= log.first - 1 ? log.read(from, { entries: most, bytes: mostBytes }) : [];
    const isWhole = news.at(-1)?.lsn === to;
    for (const group of this.#groups.values()) {
      if (isWhole && !news.some(group.passes)) {
        group.quieten(from, to);
        continue;
      }
      for (const session of group.members) {
        if (isControl(session)) this.#guard(session, () => this.#pump(session));
        else this.#due.add(session);
      }
    }
    // Of those that take no more now some will be noted down again.
    for (const session of [...this.#blocked].filter(isControl)) {
      this.#blocked.delete(session);
      this.#guard(session, () => this.#pump(session));
    }
  }

  /** One of the common ticks of the `latest` subscriptions: those at the same version share one message. */
  tickLatest(): void {
    this.#tick += 1;
    this.#shared.clear();
    for (const session of this.#blocked) this.#due.add(session);
    this.#blocked.clear();
    for (const session of this.#sessions.values()) {
      for (const reader of session.latest.values()) {
        if (this.#tick % reader.divisor !== 0 && reader.parts.length === 0) continue;
        reader.isDue = true;
        this.#due.add(session);
      }
    }
  }

  /** It is time for the heartbeats of all sessions whose pace this is: links that command have theirs at once. */
  tickHeartbeat(everyMs: number): void {
    for (const session of this.#sessions.values()) {
      if (session.heartbeat.everyMs !== everyMs) continue;
      session.isDueToBeat = true;
      if (isControl(session)) this.#attend(session);
      else this.#due.add(session);
    }
  }

  /** Claims that somebody waits for his turn. */
  get hasDue(): boolean {
    return this.#newcomers.size + this.#due.size + this.#catchingUp.size > 0;
  }

  /**
   * Serves so many of those whose turn it is: with thousands of panels all of them at once would hold up what commands. Of
   * those who catch up one gets one message.
   */
  serve(turns: number): void {
    this.#catchUpOne();
    let left = turns;
    for (const waiting of [this.#newcomers, this.#due]) {
      for (const session of waiting) {
        if (left < 1) return;
        left -= 1;
        waiting.delete(session);
        this.#attend(session);
      }
    }
  }

  #attend(session: Session): void {
    if (session.isEnded) return;
    const now = this.#options.clock.up();
    const isDueToBeat = session.isDueToBeat;
    session.isDueToBeat = false;
    if (isDueToBeat && session.isDead(now)) return this.#drop(session);
    this.#guard(session, () => {
      if (isDueToBeat) session.beat(now, this.#facts(session));
      if (session.isSlow(now)) return this.#end(session, 'slow', 'the connection takes less than the live view needs');
      for (const reader of session.latest.values()) this.#show(session, reader);
      this.#pump(session);
    });
  }

  /** One that catches up alone is served at once; several take turns, message by message. */
  #pump(session: Session): void {
    if (session.isFarBehind(this.#options.store.log.head)) this.#farBehind.add(session);
    else this.#farBehind.delete(session);
    if (this.#farBehind.size > 1 && this.#farBehind.has(session)) this.#catchingUp.add(session);
    else if (session.pump() === 'connection') this.#blocked.add(session);
  }

  #catchUpOne(): void {
    const [session] = this.#catchingUp;
    if (session === undefined) return;
    this.#catchingUp.delete(session);
    this.#guard(session, () => {
      const waitsFor = session.pump(1);
      if (waitsFor === 'connection') this.#blocked.add(session);
      if (waitsFor === 'turn') this.#catchingUp.add(session);
    });
  }

  #show(session: Session, reader: LatestReader): void {
    if (!reader.isDue || !session.isWritable) return;
    const { view } = this.#options;
    if (reader.parts.length === 0 && reader.version !== view.version) {
      const { version, messages } = this.#share(session, reader);
      reader.parts = messages;
      reader.version = version;
    }
    session.show(reader);
    reader.isDue = reader.parts.length > 0;
  }

  /** What a reader is shown: the same objects for all who were last shown the same. */
  #share({ sees }: Session, { sub, version: from }: LatestReader): SharedView {
    const key = JSON.stringify([sub, from, sees]);
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const { view } = this.#options;
    const messageBytes = this.#limits.messageBytes - envelopeBytes;
    const messages: readonly HubMessage[] =
      from === null || view.hasForgottenSince(from)
        ? cutSnapshot(view.snapshot(sub, sees), messageBytes).map((payload) => ({ event: 'snapshot', payload }))
        : cutChanges(view.changesSince(sub, from, sees), messageBytes).map((payload) => ({ event: 'changes', payload }));
    const made = { version: view.version, messages };
    this.#shared.set(key, made);
    return made;
  }

  /** Tells a session of its lease. */
  tellLease(sessionId: SessionId, grant: LeaseGrant): void {
    this.#sessions.get(sessionId)?.send({ event: 'lease', payload: grant });
  }

  /** Says farewell to everybody, and why, spread over `spreadMs` of returning; nobody is let in any more. */
  drain(spreadMs: number, random: () => number, why = 'the hub is restarting'): void {
    this.#isDraining = true;
    for (const session of this.#sessions.values()) {
      this.#end(session, 'draining', why, Math.round(random() * spreadMs));
    }
  }

  #greet(connection: Connection): Session | null {
    const refuse = (code: ByeCode, message: string, nodeId: NodeId | null, afterMs?: number): null => {
      this.#options.notice({ kind: 'refused', code, message, nodeId });
      connection.end({ ...toBye(code, message), ...(afterMs === undefined ? {} : { afterMs }) });
      return null;
    };
    let hello: Hello;
    try {
      hello = parseHello(connection.hello);
    } catch (error) {
      return refuse('protocol', isFault(error) ? error.message : 'hello cannot be read', null);
    }
    if (this.#isDraining) return refuse('draining', 'the hub is going down', hello.nodeId);
    if (hello.protocol[0] > protocolVersion || hello.protocol[1] < protocolVersion) {
      return refuse('version', `this hub speaks phloem/${protocolVersion}; the node speaks ${hello.protocol.join(' to ')}`, hello.nodeId);
    }
    const names = new Set(hello.subscriptions?.map(({ sub }) => sub));
    if (names.size < (hello.subscriptions?.length ?? 0)) return refuse('protocol', 'two subscriptions bear the same name', hello.nodeId);
    const identity = this.#options.authenticate(hello, connection.peer);
    if (identity instanceof Fault) return refuse('unauthorised', identity.message, hello.nodeId);
    const whyNoLease = toWhyNoLease(hello, identity);
    if (whyNoLease !== null) return refuse('unauthorised', whyNoLease, hello.nodeId);
    if (this.#isDuplicate(hello)) {
      this.#raiseDuplicate(hello.nodeId);
      return refuse(
        'duplicate-node',
        `another process runs under the name ${hello.nodeId}; give each its own`,
        hello.nodeId,
        restAfterDuplicateMs,
      );
    }
    this.#clearDuplicate(hello);
    this.#fenceOlder(hello);
    return this.#admit(connection, hello, identity);
  }

  #admit(connection: Connection, hello: Hello, identity: Admitted): Session {
    const { store, leases, clock, createId, hub, leaseMs, notice } = this.#options;
    const heartbeat = heartbeatTermsOf(hello.role, leaseMs);
    const session = new Session({
      id: createId(),
      hello,
      heartbeat,
      connection,
      locations: identity.locations,
      actsAs: identity.actsAs ?? hello.role,
      credential: identity.credential ?? null,
    });
    this.#sessions.set(session.id, session);
    this.#byNode.set(hello.nodeId, session);
    const subscriptions = (hello.subscriptions ?? []).map((request) => this.#subscribe(session, request));
    if (isRecorded(hello.role)) {
      store.log.append([{ kind: 'node', nodeId: hello.nodeId, run: hello.run, role: hello.role, state: 'joined' }]);
    }
    const lease = session.scope === null ? null : leases.request(session.id, hello.nodeId, session.scope);
    session.send({
      event: 'welcome',
      payload: {
        protocol: protocolVersion,
        hub,
        session: session.id,
        log: {
          epoch: store.log.epoch,
          first: store.log.first,
          head: store.log.head,
          lineage: store.log.lineage.map((ended) => ({ ...ended })),
        },
        subscriptions,
        committed: this.#committed(session),
        durable: store.durable,
        lease,
        limits: this.#limits,
        heartbeat,
        at: clock.at(),
        up: clock.up(),
      },
    });
    notice({ kind: 'joined', nodeId: hello.nodeId, session: session.id, role: hello.role });
    this.#guard(session, () => this.#pump(session));
    return session;
  }

  #handle(session: Session, message: NodeMessage): void {
    const now = this.#options.clock.up();
    switch (message.event) {
      case 'heartbeat':
        session.hear(message.payload, now);
        this.#renew(session, message.payload);
        return;
      case 'commit':
        this.#commit(session, message.payload);
        return;
      case 'subscribe':
        session.send({ event: 'subscribed', payload: this.#subscribe(session, message.payload) });
        this.#pump(session);
        return;
      case 'unsubscribe':
        this.#unsubscribe(session, message.payload.sub);
        return;
      case 'watch':
        this.#options.watches?.watch(session, message.payload);
        return;
      case 'unwatch':
        this.#options.watches?.unwatch(session, message.payload.watch);
        return;
      default:
        message satisfies never;
    }
  }

  #subscribe(session: Session, request: SubscriptionRequest): SubscriptionGrant {
    const { log } = this.#options.store;
    const { sub } = request;
    if (session.every.has(sub) || session.latest.has(sub)) throw new Fault('protocol/unexpected', `there is a subscription ${sub} already`);
    if (session.every.size + session.latest.size >= 16) throw new Fault('protocol/unexpected', 'more than 16 subscriptions on one session');
    if (request.mode === 'latest') {
      session.latest.set(sub, { sub, divisor: request.divisor ?? 1, version: null, parts: [], isDue: true });
      this.#newcomers.add(session);
      return { sub, from: log.head };
    }
    const resolved = resolveCursor(request.cursor, log);
    const window = { entries: this.#limits.windowEntries, bytes: this.#limits.windowBytes };
    const group = this.#groupOf(restrictFilter(request.filter, session.sees));
    group.members.add(session);
    session.every.set(sub, new EveryReader({ sub, log, group, window, from: resolved.from }));
    return { sub, ...resolved };
  }

  /** One group for all subscriptions with the same filter. */
  #groupOf(filter: Filter): FilterGroup<Session> {
    const key = toFilterKey(filter);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const made = new FilterGroup<Session>(key, createFilter(filter));
    this.#groups.set(key, made);
    return made;
  }

  #unsubscribe(session: Session, sub: SubscriptionId): void {
    session.latest.delete(sub);
    const group = session.every.get(sub)?.group;
    session.every.delete(sub);
    if (group === undefined || [...session.every.values()].some((other) => other.group === group)) return;
    group.members.delete(session);
    if (group.members.size === 0) this.#groups.delete(group.key);
  }

  #commit(session: Session, commit: Commit): void {
    const { store, leases, gate, view } = this.#options;
    // One is missing before it, and may have carried frames: what comes after it says less than the node believes.
    if (!session.isNextCommit(commit.seq)) return this.#drop(session);
    const reader = session.every.get(commit.sub);
    if (reader === undefined) throw new Fault('protocol/unexpected', `there is no subscription ${commit.sub} to commit`);
    if (commit.epoch !== store.log.epoch) throw new Fault('protocol/invalid', `the epoch ${commit.epoch} is not the log's`);
    if (commit.term === undefined && commit.frames.length + commit.alarms.length + commit.values.length > 0) {
      throw new Fault('auth/unauthorised', 'frames, alarms and values come under a term');
    }
    if (!reader.commit(commit.cursor)) {
      throw new Fault('protocol/invalid', `the cursor ${commit.cursor} is not between ${reader.committed} and ${reader.covered}`);
    }
    if (commit.term !== undefined) {
      const lease = leases.current(commit.term);
      if (lease?.session !== session.id) {
        session.send({ event: 'lease', payload: { scope: session.scope ?? 'none', term: null, holder: null, ttlMs: 0 } });
      } else {
        const { term, scope } = lease;
        store.transact(() => {
          gate.accept(commit.frames, { term, scope, nodeId: session.hello.nodeId });
          const by = `node:${session.hello.nodeId}`;
          const news = commit.alarms.filter(({ alarm, state }) => (view.alarmState(alarm) === 'cleared') !== (state === 'cleared'));
          // What was shown by rules that have been switched since is of no interest; the new ones tell all of their own.
          const values = commit.cursor < view.switchedAt(scope) ? [] : commit.values;
          if (news.length + values.length > 0) {
            store.log.append([
              ...news.map((alarm) => ({ kind: 'alarm' as const, ...alarm, by })),
              ...values.map((value) => ({ kind: 'value' as const, ...value, by })),
            ]);
          }
          store.cursors.set(scope, { epoch: commit.epoch, lsn: commit.cursor });
        });
        gate.flush();
      }
    }
    this.#pump(session);
  }

  #renew(session: Session, heartbeat: Heartbeat): void {
    if (heartbeat.term === undefined || session.scope === null) return;
    this.#options.leases.renew(session.id, heartbeat.term, this.#committed(session).scope);
  }

  #committed(session: Session): { subscriptions: Record<string, number>; scope: number | null } {
    const scope = session.scope === null ? null : (this.#options.store.cursors.get(session.scope)?.lsn ?? null);
    return { subscriptions: Object.fromEntries([...session.every].map(([sub, reader]) => [sub, reader.committed])), scope };
  }

  #facts(session: Session): Omit<Heartbeat, 'n' | 't' | 'echo' | 'covered'> {
    const { store, clock } = this.#options;
    return { head: store.log.head, durable: store.durable, committed: this.#committed(session), at: clock.at(), up: clock.up() };
  }

  #isDuplicate({ nodeId, run }: Hello): boolean {
    const live = this.#byNode.get(nodeId)?.hello.run;
    if (live === undefined || live === run) return false;
    const judged = judgeClaim(this.#claims.get(nodeId) ?? noClaims, { run, live, now: this.#options.clock.up() });
    this.#claims.set(nodeId, judged.claims);
    return judged.isDuplicate;
  }

  #fenceOlder({ nodeId }: Hello): void {
    const older = this.#byNode.get(nodeId);
    if (older !== undefined) this.#end(older, 'superseded', 'a newer connection of this node was accepted');
  }

  #raiseDuplicate(nodeId: NodeId): void {
    const alarm = toDuplicateAlarm(nodeId);
    if (this.#options.view.alarmState(alarm) !== 'cleared') return;
    const reason = `two processes run under the name ${nodeId}`;
    this.#options.store.log.append([{ kind: 'alarm', alarm, state: 'active', priority: 'P2', by: 'hub', reason }]);
  }

  /** Nobody else runs under the name any more; should somebody come back, the alarm is raised again. */
  #clearDuplicate({ nodeId, run }: Hello): void {
    const live = this.#byNode.get(nodeId);
    if (live !== undefined && live.hello.run !== run) return;
    const alarm = toDuplicateAlarm(nodeId);
    if (this.#options.view.alarmState(alarm) === 'cleared') return;
    this.#options.store.log.append([{ kind: 'alarm', alarm, state: 'cleared', priority: 'P2', by: 'hub' }]);
  }

  #guard(session: Session, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (isFault(error)) {
        const code = toByeCode(error);
        this.#options.notice({ kind: 'refused', code, message: error.message, nodeId: session.hello.nodeId });
        this.#end(session, code, error.message, code === 'busy' ? restAfterRateMs : undefined);
      } else {
        // A bug of ours must not take the others down; it ends this session, and is told.
        this.#options.notice({ kind: 'bug', error });
        this.#end(session, 'internal', 'the hub made a mistake');
      }
    }
  }

  #end(session: Session, code: ByeCode, message: string, afterMs?: number): void {
    if (session.isEnded) return;
    session.fence();
    session.connection.end({ ...toBye(code, message), ...(afterMs === undefined ? {} : { afterMs }) });
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
    const { store, leases, notice } = this.#options;
    const { nodeId, run, role } = session.hello;
    this.#sessions.delete(session.id);
    for (const waiting of [this.#newcomers, this.#due, this.#blocked, this.#farBehind, this.#catchingUp]) waiting.delete(session);
    for (const sub of session.every.keys()) this.#unsubscribe(session, sub);
    if (this.#byNode.get(nodeId) === session) this.#byNode.delete(nodeId);
    leases.release(session.id);
    this.#options.watches?.forget(session.id);
    if (isRecorded(role)) store.log.append([{ kind: 'node', nodeId, run, role, state: 'left' }]);
    notice({ kind: 'left', nodeId, session: session.id, role });
  }
}

const toDuplicateAlarm = (nodeId: NodeId): string => `node/${nodeId}/duplicate`;

/** Whoever bears somebody's name asks again after this long: by then a connection that nobody serves is found dead. */
const restAfterDuplicateMs = 5000;

/** Whoever sent too much has its allowance back after this long. */
const restAfterRateMs = 2000;

const toByeCode = (fault: Fault): ByeCode => {
  if (fault.code === 'auth/unauthorised') return 'unauthorised';
  // What the store cannot do is no mistake of the node: it comes back.
  if (fault.code.startsWith('store/')) return 'internal';
  return fault.isRetryable ? 'busy' : 'protocol';
};

const toBye = (code: ByeCode, message: string): Bye => ({ code, retry: shouldReturn[code], message: message.slice(0, 400) });
