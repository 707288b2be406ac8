import type {
  EntryBatch,
  Heartbeat,
  HeartbeatTerms,
  Hello,
  HubMessage,
  LocationId,
  Lsn,
  Role,
  ScopeId,
  SessionId,
  SubscriptionId,
} from '@phloem/protocol';
import { seesOf } from '../access/locations.ts';
import type { EveryReader } from './every-reader.ts';
import type { Connection } from './hub-transport.ts';

/**
 * A `latest` subscription: the version that the panel has, how many ticks it lets pass, and the parts of the
 * last message that it has not taken yet.
 */
export type LatestReader = {
  readonly sub: SubscriptionId;
  readonly divisor: number;
  version: Lsn | null;
  parts: readonly HubMessage[];
  /** Claims that a common tick has come since it was last shown something. */
  isDue: boolean;
};

/** Bytes on their way below which a connection takes more. */
const writableBelow = 64 * 1024;
/** Entries that are more than a message. */
const farBehind = 1024;
/** Heartbeats that one may be late by before it was our own pause. */
const lateTicks = 2;

type Unanswered = { readonly n: number; readonly sentAt: number };

/** One accepted greeting, for as long as its connection lives. `now` is always the hub's running time. */
export class Session {
  readonly id: SessionId;
  readonly hello: Hello;
  readonly heartbeat: HeartbeatTerms;
  /** Where its bearer may act; undefined for everywhere. */
  readonly locations: readonly LocationId[] | undefined;
  /** What it is shown: its own locations where it is a service, and everything where it is a person; undefined for everywhere. */
  readonly sees: readonly LocationId[] | undefined;
  /** The credential that it came with; null where it is not known. */
  readonly credential: string | null;
  /** Whose allowance of sessions it counts against; null for a service. */
  readonly user: string | null;
  /** By which role it may send what it sends. */
  readonly actsAs: Role;
  readonly every = new Map<SubscriptionId, EveryReader<Session>>();
  readonly latest = new Map<SubscriptionId, LatestReader>();
  /** Claims that it is time for a heartbeat of the hub. */
  isDueToBeat = false;
  readonly #connection: Connection;
  #isEnded = false;
  #isWelcomed = false;
  #beat = 0;
  #commits = 0;
  #unanswered: Unanswered[] = [];
  #lastTick: number | null = null;
  #peer: { n: number; t: number; receivedAt: number } | null = null;
  #blockedSince: number | null = null;

  constructor(options: {
    id: SessionId;
    hello: Hello;
    heartbeat: HeartbeatTerms;
    connection: Connection;
    locations?: readonly LocationId[] | undefined;
    actsAs?: Role;
    credential?: string | null;
    user?: string | null;
  }) {
    this.id = options.id;
    this.hello = options.hello;
    this.heartbeat = options.heartbeat;
    this.#connection = options.connection;
    this.locations = options.locations;
    this.sees = seesOf({ role: options.hello.role, locations: options.locations });
    this.actsAs = options.actsAs ?? options.hello.role;
    this.credential = options.credential ?? null;
    this.user = options.user ?? null;
  }

  get scope(): ScopeId | null {
    return this.hello.lease?.scope ?? null;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Claims that nothing from it has any effect any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Claims that the connection takes more now. */
  get isWritable(): boolean {
    return this.#connection.bufferedBytes() < writableBelow;
  }

  /** From now on nothing goes out and nothing that comes in counts. */
  fence(): void {
    this.#isEnded = true;
  }

  send(message: HubMessage): void {
    if (this.#isEnded) return;
    this.#isWelcomed ||= message.event === 'welcome';
    this.#connection.send(message);
  }

  /** Sends a message that other sessions are sent too. */
  sendShared(message: HubMessage): void {
    if (!this.#isEnded) this.#connection.sendShared(message);
  }

  /**
   * Sends the parts of a live view, as long as the connection takes them; the rest waits for the next tick. They are
   * the same objects for all sessions, so that anyone who is slow keeps nothing of his own.
   */
  show(reader: LatestReader): void {
    while (reader.parts.length > 0 && !this.#isEnded && this.isWritable) {
      const [first, ...rest] = reader.parts;
      if (first !== undefined) this.sendShared(first);
      reader.parts = rest;
    }
  }

  /**
   * Sends what the readers have, as long as windows and connection take it. Nothing before the welcome: the greeting
   * itself appends entries, of which a node that has not been welcomed could make nothing.
   *
   * @param most how many messages it may send.
   * @returns what it waits for: the connection, another turn, or news of the log or of the node.
   */
  pump(most = Number.POSITIVE_INFINITY): 'connection' | 'turn' | 'news' {
    let left = most;
    if (!this.#isWelcomed) return 'news';
    for (const reader of this.every.values()) {
      while (!reader.isAtHead) {
        if (!this.isWritable) return 'connection';
        if (left < 1) return 'turn';
        const batch = reader.next();
        if (batch === null) break;
        this.#sendBatch(reader, batch);
        left -= 1;
      }
    }
    return 'news';
  }

  /** Claims that one of its readers has a stretch of the log before it that is not read in one go. */
  isFarBehind(head: Lsn): boolean {
    return [...this.every.values()].some((reader) => head - reader.scanned > farBehind);
  }

  #sendBatch(reader: EveryReader<Session>, batch: EntryBatch): void {
    if (reader.isShared) this.sendShared({ event: 'entries', payload: batch });
    else this.send({ event: 'entries', payload: batch });
  }

  /** Says that the hub lives, and moves the cursors over what the filters hold back. */
  beat(now: number, facts: Omit<Heartbeat, 'n' | 't' | 'echo' | 'covered'>): void {
    for (const reader of this.every.values()) {
      const batch = reader.cover();
      if (batch !== null) this.#sendBatch(reader, batch);
    }
    this.#beat += 1;
    this.#unanswered.push({ n: this.#beat, sentAt: now });
    const echo =
      this.#peer === null ? {} : { echo: { n: this.#peer.n, t: this.#peer.t, heldMs: Math.max(0, now - this.#peer.receivedAt) } };
    const covered = Object.fromEntries([...this.every].map(([sub, reader]) => [sub, reader.covered]));
    this.send({ event: 'heartbeat', payload: { n: this.#beat, t: now, ...echo, ...facts, covered } });
  }

  /** Counts the commits of this connection. False when one before this was lost on the way. */
  isNextCommit(seq: number): boolean {
    if (seq !== this.#commits + 1) return false;
    this.#commits = seq;
    return true;
  }

  /** Takes a heartbeat of the node; an echo of ours proves the way out. */
  hear(heartbeat: Heartbeat, now: number): void {
    this.#peer = { n: heartbeat.n, t: heartbeat.t, receivedAt: now };
    const echoed = heartbeat.echo?.n;
    if (echoed !== undefined) this.#unanswered = this.#unanswered.filter(({ n }) => n > echoed);
  }

  /**
   * Claims that the node is gone: one of our heartbeats is unanswered past the limit. A tick that came late is our own
   * pause and no evidence; what was sent before it is judged again from now.
   */
  isDead(now: number): boolean {
    const isOwnPause = this.#lastTick !== null && now - this.#lastTick > this.heartbeat.everyMs * lateTicks;
    this.#lastTick = now;
    if (isOwnPause) {
      this.#unanswered = this.#unanswered.map(({ n }) => ({ n, sentAt: now }));
      return false;
    }
    const oldest = this.#unanswered[0];
    return oldest !== undefined && now - oldest.sentAt > this.heartbeat.deadMs;
  }

  /** Claims that a panel does not take what it is shown: 256 KiB wait, or it has not been writable for 5 s. */
  isSlow(now: number): boolean {
    if (this.latest.size === 0) return false;
    const buffered = this.#connection.bufferedBytes();
    if (buffered >= 256 * 1024) return true;
    if (buffered < writableBelow) this.#blockedSince = null;
    else this.#blockedSince ??= now;
    return this.#blockedSince !== null && now - this.#blockedSince > 5000;
  }
}
