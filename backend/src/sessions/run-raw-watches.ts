import { Fault, isFault, millis, type SessionId, type SubscriptionId, type Watching, type WatchRequest } from '@phloem/protocol';
import { EMPTY, exhaustMap, filter, from, interval, catchError, Subscription, type SchedulerLike } from 'rxjs';
import { mustServe } from '../access/bus-locations.ts';
import type { BusDiagnostics, BusTarget } from '../field/bus-diagnostics.ts';
import type { HubClock } from '../log/hub-clock.ts';
import type { Session } from './session.ts';
import { addTransaction, emptyBuffer, toTransactions, type WatchBuffer } from './watch-buffer.ts';

/** What of a session a watch needs. */
export type Watcher = Pick<Session, 'id' | 'isWritable' | 'send' | 'locations'>;

/** The raw watches of all sessions: ephemeral, bounded, and on a lease that its session has to renew (LA4). */
export interface RawWatches {
  watch(watcher: Watcher, request: WatchRequest): void;
  unwatch(watcher: Pick<Watcher, 'id'>, watch: SubscriptionId): void;
  /** The session is gone, and its watches with it. */
  forget(session: SessionId): void;
  /** Ends all of them. */
  close(): void;
}

/** How long a watch lasts that nobody renews. */
export const watchLease = millis(120_000);
/** How often the watches are sent what has come. */
const tickMs = 250;
const maxOfSession = 4;
const maxInAll = 64;
/** A fast watch reads its point so often; all of them together may take this share of a bus at the most. */
const fastPerSecond = 5;
const maxFastLoad = 0.5;

type Live = {
  readonly watcher: Watcher;
  readonly target: BusTarget;
  readonly key: string;
  readonly running: Subscription;
  /** The share of its bus that its fast reads were reckoned to take; 0 for one that reads nothing. */
  readonly load: number;
  until: number;
  buffer: WatchBuffer;
};

export type RawWatchesOptions = {
  readonly diagnostics: BusDiagnostics;
  readonly clock: Pick<HubClock, 'up'>;
  readonly scheduler: SchedulerLike;
};

/** Runs the raw watches over the diagnostics of a field. Nothing runs while nobody watches. */
export const runRawWatches = (parts: RawWatchesOptions): RawWatches => new RawWatchSessions(parts);

class RawWatchSessions implements RawWatches {
  readonly #diagnostics: RawWatchesOptions['diagnostics'];
  readonly #clock: RawWatchesOptions['clock'];
  readonly #scheduler: RawWatchesOptions['scheduler'];
  readonly #live = new Map<SessionId, Map<SubscriptionId, Live>>();
  #ticking: Subscription | null = null;

  constructor({ diagnostics, clock, scheduler }: RawWatchesOptions) {
    this.#diagnostics = diagnostics;
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  watch(watcher: Watcher, request: WatchRequest): void {
    const { watch, target: wanted } = request;
    const key = JSON.stringify(wanted);
    const known = this.#live.get(watcher.id)?.get(watch);
    const isFast = 'point' in wanted && wanted.isFast === true;
    if (known !== undefined && known.key !== key) this.#remove(watcher.id, watch);
    try {
      const one = known?.key === key ? known : this.#open(watcher, request, key);
      one.until = this.#clock.up() + watchLease;
      const { bus, unit, point } = one.target;
      const load = isFast && point !== null ? this.#diagnostics.cost(point, fastPerSecond) : null;
      this.#answer(watcher, watch, { state: 'on', bus, unit, forMs: watchLease, isFast, load });
    } catch (error) {
      if (!isFault(error)) throw error;
      // What cannot be watched is no breach of the protocol: the session goes on.
      this.#answer(watcher, watch, { state: 'refused', why: error.message.slice(0, 400) });
    }
  }

  unwatch({ id }: Pick<Watcher, 'id'>, watch: SubscriptionId): void {
    this.#remove(id, watch);
  }

  forget(session: SessionId): void {
    for (const watch of this.#live.get(session)?.keys() ?? []) this.#remove(session, watch);
  }

  close(): void {
    for (const [session, own] of this.#live) for (const watch of own.keys()) this.#remove(session, watch);
  }

  #answer(watcher: Watcher, watch: SubscriptionId, news: Partial<Watching> & Pick<Watching, 'state'>): void {
    watcher.send({
      event: 'watching',
      payload: { watch, why: null, bus: null, unit: null, forMs: 0, isFast: false, load: null, ...news },
    });
  }

  #remove(session: SessionId, watch: SubscriptionId): void {
    const own = this.#live.get(session);
    own?.get(watch)?.running.unsubscribe();
    own?.delete(watch);
    if (own?.size === 0) this.#live.delete(session);
    if (this.#live.size > 0) return;
    this.#ticking?.unsubscribe();
    this.#ticking = null;
  }

  #flush(watch: SubscriptionId, one: Live): void {
    if (!one.watcher.isWritable) return;
    const message = toTransactions(watch, one.buffer);
    one.buffer = emptyBuffer;
    if (message !== null) one.watcher.send({ event: 'transactions', payload: message });
  }

  #tick(): void {
    for (const [session, own] of this.#live) {
      for (const [watch, one] of own) {
        this.#flush(watch, one);
        if (this.#clock.up() < one.until) continue;
        this.#remove(session, watch);
        this.#answer(one.watcher, watch, { state: 'ended', why: 'it was not renewed within two minutes' });
      }
    }
  }

  /** Reads the point again and again, behind everything else; a read that takes long lets the next slots pass. */
  #readFast({ bus, point }: BusTarget): Subscription {
    return point === null
      ? Subscription.EMPTY
      : interval(1000 / fastPerSecond, this.#scheduler)
          .pipe(
            // Scans and manual reads count too: what they leave is what there is.
            filter(() => !this.#diagnostics.isSpent(bus)),
            exhaustMap(() =>
              from(
                this.#diagnostics.read(bus, { unit: point.unit, function: point.function, address: point.address, count: point.count }),
              ).pipe(
                catchError((error: unknown) => {
                  // The bus has enough to do: this slot is let pass like one that came too late.
                  if (isFault(error)) return EMPTY;
                  throw error;
                }),
              ),
            ),
          )
          .subscribe();
  }

  #open(watcher: Watcher, { watch, target: wanted, recent = 0 }: WatchRequest, key: string): Live {
    const own = this.#live.get(watcher.id) ?? new Map<SubscriptionId, Live>();
    const isFast = 'point' in wanted && wanted.isFast === true;
    const all = [...this.#live.values()].reduce((sum, watches) => sum + watches.size, 0);
    if (own.size >= maxOfSession || all >= maxInAll) throw new Fault('bus/busy', 'too many watches are active; end one first');
    const target = this.#diagnostics.target(wanted);
    mustServe(watcher.locations, this.#diagnostics, target.bus);
    const load = isFast && target.point !== null ? this.#diagnostics.cost(target.point, fastPerSecond) : null;
    const others = [...this.#live.values()].flatMap((watches) => [...watches.values()]).filter((one) => one.target.bus === target.bus);
    const taken = others.reduce((sum, one) => sum + one.load, 0);
    if (load !== null && load + taken > maxFastLoad) {
      throw new Fault(
        'bus/busy',
        `reading it ${fastPerSecond} times a second would take ${Math.round(load * 100)} % of the bus ${target.bus}${taken === 0 ? '' : `, and other fast watches take ${Math.round(taken * 100)} % already`}; at most ${maxFastLoad * 100} % is available for manual reads`,
      );
    }
    const one: Live = { watcher, target, key, running: new Subscription(), load: load ?? 0, until: 0, buffer: emptyBuffer };
    for (const transaction of this.#diagnostics.recent(target, recent)) one.buffer = addTransaction(one.buffer, transaction);
    one.running.add(
      this.#diagnostics.transactions$(target).subscribe((transaction) => {
        one.buffer = addTransaction(one.buffer, transaction);
      }),
    );
    if (isFast) one.running.add(this.#readFast(target));
    own.set(watch, one);
    this.#live.set(watcher.id, own);
    this.#ticking ??= interval(tickMs, this.#scheduler).subscribe(() => this.#tick());
    return one;
  }
}
