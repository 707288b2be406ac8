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
export const runRawWatches = ({ diagnostics, clock, scheduler }: RawWatchesOptions): RawWatches => {
  const live = new Map<SessionId, Map<SubscriptionId, Live>>();
  let ticking: Subscription | null = null;

  const answer = (watcher: Watcher, watch: SubscriptionId, news: Partial<Watching> & Pick<Watching, 'state'>): void =>
    watcher.send({
      event: 'watching',
      payload: { watch, why: null, bus: null, unit: null, forMs: 0, isFast: false, load: null, ...news },
    });
  const remove = (session: SessionId, watch: SubscriptionId): void => {
    const own = live.get(session);
    own?.get(watch)?.running.unsubscribe();
    own?.delete(watch);
    if (own?.size === 0) live.delete(session);
    if (live.size > 0) return;
    ticking?.unsubscribe();
    ticking = null;
  };
  const flush = (watch: SubscriptionId, one: Live): void => {
    if (!one.watcher.isWritable) return;
    const message = toTransactions(watch, one.buffer);
    one.buffer = emptyBuffer;
    if (message !== null) one.watcher.send({ event: 'transactions', payload: message });
  };
  const tick = (): void => {
    for (const [session, own] of live) {
      for (const [watch, one] of own) {
        flush(watch, one);
        if (clock.up() < one.until) continue;
        remove(session, watch);
        answer(one.watcher, watch, { state: 'ended', why: 'it was not renewed within two minutes' });
      }
    }
  };

  /** Reads the point again and again, behind everything else; a read that takes long lets the next slots pass. */
  const readFast = ({ bus, point }: BusTarget): Subscription =>
    point === null
      ? Subscription.EMPTY
      : interval(1000 / fastPerSecond, scheduler)
          .pipe(
            // Scans and manual reads count too: what they leave is what there is.
            filter(() => !diagnostics.isSpent(bus)),
            exhaustMap(() =>
              from(diagnostics.read(bus, { unit: point.unit, function: point.function, address: point.address, count: point.count })).pipe(
                catchError((error: unknown) => {
                  // The bus has enough to do: this slot is let pass like one that came too late.
                  if (isFault(error)) return EMPTY;
                  throw error;
                }),
              ),
            ),
          )
          .subscribe();

  const open = (watcher: Watcher, { watch, target: wanted, recent = 0 }: WatchRequest, key: string): Live => {
    const own = live.get(watcher.id) ?? new Map<SubscriptionId, Live>();
    const isFast = 'point' in wanted && wanted.isFast === true;
    const all = [...live.values()].reduce((sum, watches) => sum + watches.size, 0);
    if (own.size >= maxOfSession || all >= maxInAll) throw new Fault('bus/busy', 'too many watches are active; end one first');
    const target = diagnostics.target(wanted);
    mustServe(watcher.locations, diagnostics, target.bus);
    const load = isFast && target.point !== null ? diagnostics.cost(target.point, fastPerSecond) : null;
    const others = [...live.values()].flatMap((watches) => [...watches.values()]).filter((one) => one.target.bus === target.bus);
    const taken = others.reduce((sum, one) => sum + one.load, 0);
    if (load !== null && load + taken > maxFastLoad) {
      throw new Fault(
        'bus/busy',
        `reading it ${fastPerSecond} times a second would take ${Math.round(load * 100)} % of the bus ${target.bus}${taken === 0 ? '' : `, and other fast watches take ${Math.round(taken * 100)} % already`}; at most ${maxFastLoad * 100} % is available for manual reads`,
      );
    }
    const one: Live = { watcher, target, key, running: new Subscription(), load: load ?? 0, until: 0, buffer: emptyBuffer };
    for (const transaction of diagnostics.recent(target, recent)) one.buffer = addTransaction(one.buffer, transaction);
    one.running.add(
      diagnostics.transactions$(target).subscribe((transaction) => {
        one.buffer = addTransaction(one.buffer, transaction);
      }),
    );
    if (isFast) one.running.add(readFast(target));
    own.set(watch, one);
    live.set(watcher.id, own);
    ticking ??= interval(tickMs, scheduler).subscribe(tick);
    return one;
  };

  return {
    watch: (watcher, request) => {
      const { watch, target: wanted } = request;
      const key = JSON.stringify(wanted);
      const known = live.get(watcher.id)?.get(watch);
      const isFast = 'point' in wanted && wanted.isFast === true;
      if (known !== undefined && known.key !== key) remove(watcher.id, watch);
      try {
        const one = known?.key === key ? known : open(watcher, request, key);
        one.until = clock.up() + watchLease;
        const { bus, unit, point } = one.target;
        const load = isFast && point !== null ? diagnostics.cost(point, fastPerSecond) : null;
        answer(watcher, watch, { state: 'on', bus, unit, forMs: watchLease, isFast, load });
      } catch (error) {
        if (!isFault(error)) throw error;
        // What cannot be watched is no breach of the protocol: the session goes on.
        answer(watcher, watch, { state: 'refused', why: error.message.slice(0, 400) });
      }
    },
    unwatch: ({ id }, watch) => remove(id, watch),
    forget: (session) => {
      for (const watch of live.get(session)?.keys() ?? []) remove(session, watch);
    },
    close: () => {
      for (const [session, own] of live) for (const watch of own.keys()) remove(session, watch);
    },
  };
};
