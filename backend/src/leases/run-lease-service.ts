import {
  type NodeId,
  type Term,
  type Lsn,
  hasOverlap,
  toLocation,
  toLocations,
  type DeviceId,
  type Entry,
  type LeaseGrant,
  type LocationId,
  type ScopeId,
  type SessionId,
} from '@phloem/protocol';
import { type Observable, Subject, Subscription, type SchedulerLike } from 'rxjs';
import {
  type LeasesState,
  defaultLeasePolicy,
  nextLeaseWake,
  startLeases,
  stepLeases,
  toDelay,
  type HeldLease,
  type LeaseEffect,
  type LeaseEvent,
  type LeasePolicy,
} from './step-leases.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';
import { toEngineLag } from './engine-lag.ts';
import type { LeaseService, LiveLease } from './lease-service.ts';
import { toUnendedLeases } from './unended-leases.ts';

export type LeaseServiceParts = {
  readonly store: Pick<HubStore, 'log' | 'terms' | 'transact'>;
  readonly clock: Pick<HubClock, 'up'>;
  readonly scheduler: SchedulerLike;
  readonly policy?: LeasePolicy;
  /** The newest entries of the log from before this start: the leases that they leave open are ended in the log. */
  readonly past?: readonly Entry[];
};

/**
 * The hub's lease service over its store. A term is stored, and its entry appended, before anybody learns of the
 * grant. No call belongs inside `store.transact`. `close` ends every lease with an entry and grants nothing more.
 */
export const createLeaseService = (parts: LeaseServiceParts): LeaseService => new RunningLeases(parts);

class RunningLeases implements LeaseService {
  readonly #store: LeaseServiceParts['store'];
  readonly #clock: LeaseServiceParts['clock'];
  readonly #scheduler: LeaseServiceParts['scheduler'];
  readonly #policy: NonNullable<LeaseServiceParts['policy']>;
  readonly #grants = new Subject<{ readonly session: SessionId; readonly grant: LeaseGrant }>();
  readonly #changes = new Subject<{ readonly scope: ScopeId; readonly lease: LiveLease | null }>();
  readonly #renewals = new Map<LocationId, number>();
  #state: LeasesState;
  #alarm = Subscription.EMPTY;
  readonly #waiting: LeaseEvent[] = [];
  #isBusy = false;
  readonly grants$: Observable<{ readonly session: SessionId; readonly grant: LeaseGrant }>;
  readonly changes$: Observable<{ readonly scope: ScopeId; readonly lease: LiveLease | null }>;

  constructor({ store, clock, scheduler, policy = defaultLeasePolicy, past = [] }: LeaseServiceParts) {
    this.#store = store;
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#policy = policy;
    this.#state = startLeases(store.terms.last);
    store.log.append(toUnendedLeases(past).map(({ scope, term }) => ({ kind: 'lease', scope, term, holder: null })));
    this.grants$ = this.#grants.asObservable();
    this.changes$ = this.#changes.asObservable();
  }

  request(session: SessionId, nodeId: NodeId, scope: ScopeId): LeaseGrant {
    this.#take({ kind: 'request', up: this.#clock.up(), session, nodeId, scope });
    return this.#toGrant(session, scope);
  }

  renew(session: SessionId, term: Term, committed: Lsn | null): void {
    const up = this.#clock.up();
    this.#take({ kind: 'renew', up, session, term, behindMs: toEngineLag(this.#store.log, committed, up) });
  }

  release(session: SessionId): void {
    this.#take({ kind: 'release', up: this.#clock.up(), session });
  }

  current(term: Term): LiveLease | null {
    return this.#findHeld((lease) => lease.term === term);
  }

  covering(device: DeviceId): LiveLease | null {
    return this.#findHeld((lease) => toLocations(lease.scope).includes(toLocation(device)));
  }

  renewedUp(device: DeviceId): number | null {
    return this.#renewals.get(toLocation(device)) ?? null;
  }

  close(): void {
    this.#take({ kind: 'close', up: this.#clock.up() });
    this.#alarm.unsubscribe();
    this.#grants.complete();
    this.#changes.complete();
  }

  // Anyone who learns of an entry may end a session then and there: what that leads to comes after the step under way.
  #take(event: LeaseEvent): void {
    this.#waiting.push(event);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let one = this.#waiting.shift(); one !== undefined; one = this.#waiting.shift()) {
        // Who asks is answered by `request` itself; the others are notified.
        this.#apply(one, one === event && event.kind === 'request' ? event.session : null);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #apply(event: LeaseEvent, asker: SessionId | null): void {
    const [next, effects] = stepLeases(this.#state, event, this.#policy);
    this.#record(effects);
    this.#state = next;
    this.#setAlarm();
    for (const effect of effects) this.#tell(effect, asker);
  }

  #record(effects: readonly LeaseEffect[]): void {
    const lasting = effects.filter((effect) => effect.kind !== 'renewed');
    if (lasting.length === 0) return;
    this.#store.transact(() => {
      for (const { kind, lease } of lasting) {
        if (kind === 'grant' && this.#store.terms.raise() !== lease.term) throw new Error(`IN6: term ${lease.term} is not the next one`);
        this.#store.log.append([{ kind: 'lease', scope: lease.scope, term: lease.term, holder: kind === 'grant' ? lease.holder : null }]);
      }
    });
  }

  #tell(effect: LeaseEffect, asker: SessionId | null): void {
    const { scope, session } = effect.lease;
    if (effect.kind === 'renewed') {
      for (const location of toLocations(scope)) this.#renewals.set(location, effect.lease.validUp);
      return;
    }
    const isGrant = effect.kind === 'grant';
    this.#changes.next({ scope, lease: isGrant ? this.#toLive(effect.lease) : null });
    if (session !== asker && (isGrant || effect.why === 'expired')) this.#grants.next({ session, grant: this.#toGrant(session, scope) });
  }

  #toLive({ scope, term, holder, session, validUp }: HeldLease): LiveLease {
    return { scope, term, holder, session, validUp };
  }

  #toGrant(session: SessionId, scope: ScopeId): LeaseGrant {
    // Another lease may share only one location with the scope: its holder is why there is none.
    const held =
      this.#state.held.find((lease) => lease.scope === scope) ?? this.#state.held.find((lease) => hasOverlap(lease.scope, scope));
    const isOwn = held?.scope === scope && held.session === session;
    return { scope, term: isOwn ? held.term : null, holder: held?.holder ?? null, ttlMs: this.#policy.ttlMs };
  }

  #setAlarm(): void {
    this.#alarm.unsubscribe();
    const wake = nextLeaseWake(this.#state, this.#policy);
    if (wake === null) return;
    this.#alarm = this.#scheduler.schedule(() => this.#take({ kind: 'tick', up: this.#clock.up() }), toDelay(wake, this.#clock.up()));
  }

  // A lease that has run out is no lease, even where the timer that ends it is late.
  #findHeld(isWanted: (lease: HeldLease) => boolean): LiveLease | null {
    const found = this.#state.held.find(isWanted);
    return found === undefined || this.#clock.up() - found.validUp >= this.#policy.ttlMs ? null : this.#toLive(found);
  }
}
