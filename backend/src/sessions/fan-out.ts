import {
  Fault,
  type Filter,
  type Heartbeat,
  type Limits,
  type Lsn,
  type NamedSubscriptionRequest,
  type SubscriptionGrant,
  type SubscriptionId,
} from '@phloem/protocol';
import type { NamedCursors } from '../cursors/named-cursors.ts';
import { toDurableLog } from '../log/durable-log.ts';
import type { FrameLog } from '../log/frame-log.ts';
import type { HubView } from '../view/hub-view.ts';
import { resolveCursor } from '../log/resolve-cursor.ts';
import { EveryReader } from './every-reader.ts';
import { FilterGroup } from './filter-group.ts';
import { createFilter, restrictFilter, toFilterKey } from './filter.ts';
import { heartbeatPaces } from './heartbeat-terms.ts';
import type { LatestReader, Session } from './session.ts';
import { ViewMessageCache } from './view-messages.ts';

/** What the fan-out needs of those who keep the sessions. */
export type FanOutOptions = {
  readonly log: FrameLog;
  readonly view: HubView;
  readonly limits: Limits;
  /** The newest entry that is on disk. */
  readonly durable: () => Lsn;
  /** The cursors that the hub keeps for nodes. */
  readonly cursors: NamedCursors;
  readonly now: () => number;
  readonly sessions: () => Iterable<Session>;
  /** What a heartbeat reports to a session. */
  readonly facts: (session: Session) => Omit<Heartbeat, 'n' | 't' | 'echo' | 'covered'>;
  /** Runs work for a session; a failure in it ends this session alone. */
  readonly guard: (session: Session, work: () => void) => void;
  /** Ends a session whose connection takes less than the live view needs. */
  readonly endSlow: (session: Session) => void;
  /** Closes the connection of a session that does not answer any more. */
  readonly drop: (session: Session) => void;
};

/** So many new entries are compared with all filters at once; a longer stretch is a catch-up. */
const maxNews = { entries: 64, bytes: 1024 * 1024 } as const;
const maxSubscriptions = 16;

/** Links that command, or carry whole logs, never wait for panels. */
const isControl = ({ heartbeat }: Session): boolean => heartbeat.everyMs === heartbeatPaces.control.everyMs;

/**
 * Sends the log and the live view to those who subscribed, in fair turns. Links that command are served at once; panels
 * are served in turns, because thousands of them at once would delay a command. Synchronous and without timers.
 */
export class FanOut {
  readonly #options: FanOutOptions;
  readonly #groups = new Map<string, FilterGroup<Session>>();
  readonly #viewMessages: ViewMessageCache;
  /** Sessions that have not been shown anything yet: they come before all others. */
  readonly #newcomers = new Set<Session>();
  readonly #due = new Set<Session>();
  /** Sessions with a long stretch of the log before them, and of these the ones whose turn it is. */
  readonly #farBehind = new Set<Session>();
  readonly #catchingUp = new Set<Session>();
  /** Sessions whose connection took no more. */
  readonly #blocked = new Set<Session>();
  /** Up to where all sessions have been served. */
  #pumped: Lsn = 0;
  /** The same for those who get only what is on disk. */
  #pumpedDurable: Lsn = 0;
  readonly #durableLog: FrameLog;
  #tick = 0;

  constructor(options: FanOutOptions) {
    this.#options = options;
    this.#durableLog = toDurableLog(options.log, options.durable);
    this.#viewMessages = new ViewMessageCache({ view: options.view, messageBytes: options.limits.messageBytes });
  }

  /**
   * Opens a subscription.
   *
   * @throws Fault `protocol/unexpected` when its name is taken, or when the session has too many; `cursor/…` and
   * `auth/forbidden` when the cursor that it names is not for it.
   */
  subscribe(session: Session, request: NamedSubscriptionRequest): SubscriptionGrant {
    const { limits, cursors } = this.#options;
    const { sub, name, upTo } = request;
    const log = upTo === 'durable' ? this.#durableLog : this.#options.log;
    if (session.every.has(sub) || session.latest.has(sub)) throw new Fault('protocol/unexpected', `there is a subscription ${sub} already`);
    if (session.every.size + session.latest.size >= maxSubscriptions)
      throw new Fault('protocol/unexpected', `more than ${maxSubscriptions} subscriptions on one session`);
    if (request.mode === 'latest') {
      if (name !== undefined || upTo !== undefined) throw new Fault('protocol/invalid', 'a latest subscription has no cursor');
      session.latest.set(sub, { sub, divisor: request.divisor ?? 1, version: null, parts: [], isDue: true });
      this.#newcomers.add(session);
      return { sub, from: log.head };
    }
    if (name !== undefined && [...session.every.values()].some(({ cursorName }) => cursorName === name))
      throw new Fault('protocol/unexpected', `a subscription of this session uses the cursor ${name} already`);
    const resolved = name === undefined ? resolveCursor(request.cursor, log) : cursors.open(session, name, request.cursor, log);
    const window = { entries: limits.windowEntries, bytes: limits.windowBytes };
    const group = this.#groupOf(restrictFilter(request.filter, session.sees), upTo === 'durable');
    group.members.add(session);
    session.every.set(
      sub,
      new EveryReader({ sub, log, group, window, from: resolved.from, ...(name !== undefined && { cursorName: name }) }),
    );
    return { sub, ...resolved };
  }

  unsubscribe(session: Session, sub: SubscriptionId): void {
    session.latest.delete(sub);
    const group = session.every.get(sub)?.group;
    session.every.delete(sub);
    if (group === undefined || [...session.every.values()].some((other) => other.group === group)) return;
    group.members.delete(session);
    if (group.members.size === 0) this.#groups.delete(group.key);
  }

  /** Forgets a session that has ended. */
  forget(session: Session): void {
    for (const waiting of [this.#newcomers, this.#due, this.#blocked, this.#farBehind, this.#catchingUp]) waiting.delete(session);
    for (const sub of session.every.keys()) this.unsubscribe(session, sub);
  }

  /** The log has grown: sends on what `every` subscriptions wait for. */
  pump(): void {
    const { log, guard } = this.#options;
    const from = this.#pumped;
    this.#pumped = log.head;
    this.#pumpGroups(log, { from, to: this.#pumped }, false);
    // Those that still take nothing are added again while this copy is walked.
    for (const session of [...this.#blocked].filter(isControl)) {
      this.#blocked.delete(session);
      guard(session, () => this.pumpOne(session));
    }
  }

  /** More of the log is on disk: sends on what those wait for who get nothing else. */
  pumpDurable(): void {
    const from = this.#pumpedDurable;
    this.#pumpedDurable = this.#durableLog.head;
    this.#pumpGroups(this.#durableLog, { from, to: this.#pumpedDurable }, true);
  }

  #pumpGroups(log: FrameLog, { from, to }: { readonly from: Lsn; readonly to: Lsn }, isDurable: boolean): void {
    const { guard } = this.#options;
    const groups = [...this.#groups.values()].filter((group) => group.isDurable === isDurable);
    if (groups.length === 0) return;
    const news = to - from <= maxNews.entries && from >= log.first - 1 ? log.read(from, maxNews) : [];
    const isWhole = news.at(-1)?.lsn === to;
    for (const group of groups) {
      if (isWhole && !news.some(group.passes)) {
        group.quieten(from, to);
        continue;
      }
      for (const session of group.members) {
        if (isControl(session)) guard(session, () => this.pumpOne(session));
        else this.#due.add(session);
      }
    }
  }

  /** Sends one session what it waits for. One that catches up alone is served at once; several take turns, message by message. */
  pumpOne(session: Session): void {
    if (session.isFarBehind(this.#options.log.head)) this.#farBehind.add(session);
    else this.#farBehind.delete(session);
    if (this.#farBehind.size > 1 && this.#farBehind.has(session)) this.#catchingUp.add(session);
    else if (session.pump() === 'connection') this.#blocked.add(session);
  }

  /** A common tick of the `latest` subscriptions: those at the same version share one message. */
  tickLatest(): void {
    this.#tick += 1;
    this.#viewMessages.clear();
    for (const session of this.#blocked) this.#due.add(session);
    this.#blocked.clear();
    for (const session of this.#options.sessions()) {
      for (const reader of session.latest.values()) {
        if (this.#tick % reader.divisor !== 0 && reader.parts.length === 0) continue;
        reader.isDue = true;
        this.#due.add(session);
      }
    }
  }

  /** It is time for the heartbeats of the sessions with this pace; links that command get theirs at once. */
  tickHeartbeat(everyMs: number): void {
    for (const session of this.#options.sessions()) {
      if (session.heartbeat.everyMs !== everyMs) continue;
      session.isDueToBeat = true;
      if (isControl(session)) this.#attend(session);
      else this.#due.add(session);
    }
  }

  /** Claims that a session waits for its turn. */
  get hasDue(): boolean {
    return this.#newcomers.size + this.#due.size + this.#catchingUp.size > 0;
  }

  /** Serves so many of the sessions whose turn it is, and sends one message to one of those that catch up. */
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
    const { guard, drop, endSlow, facts } = this.#options;
    const now = this.#options.now();
    const isDueToBeat = session.isDueToBeat;
    session.isDueToBeat = false;
    if (isDueToBeat && session.isDead(now)) return drop(session);
    guard(session, () => {
      if (isDueToBeat) session.beat(now, facts(session));
      if (session.isSlow(now)) return endSlow(session);
      for (const reader of session.latest.values()) this.#show(session, reader);
      this.pumpOne(session);
    });
  }

  #catchUpOne(): void {
    const [session] = this.#catchingUp;
    if (session === undefined) return;
    this.#catchingUp.delete(session);
    this.#options.guard(session, () => {
      const waitsFor = session.pump(1);
      if (waitsFor === 'connection') this.#blocked.add(session);
      if (waitsFor === 'turn') this.#catchingUp.add(session);
    });
  }

  #show(session: Session, reader: LatestReader): void {
    if (!reader.isDue || !session.isWritable) return;
    if (reader.parts.length === 0 && reader.version !== this.#options.view.version) {
      const { version, messages } = this.#viewMessages.get(reader, session.sees);
      reader.parts = messages;
      reader.version = version;
    }
    session.show(reader);
    reader.isDue = reader.parts.length > 0;
  }

  /** One group for all subscriptions with the same filter. */
  #groupOf(filter: Filter, isDurable: boolean): FilterGroup<Session> {
    const key = `${isDurable ? 'durable ' : ''}${toFilterKey(filter)}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const made = new FilterGroup<Session>(key, createFilter(filter), isDurable);
    this.#groups.set(key, made);
    return made;
  }
}
