import {
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
import { Subject, Subscription, type SchedulerLike } from 'rxjs';
import type { HubStore } from '../store/hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';
import { toEngineLag } from './engine-lag.ts';
import type { LeaseService, LiveLease } from './lease-service.ts';
import { toUnendedLeases } from './unended-leases.ts';
import {
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
export function createLeaseService({ store, clock, scheduler, policy = defaultLeasePolicy, past = [] }: LeaseServiceParts): LeaseService {
  const grants = new Subject<{ readonly session: SessionId; readonly grant: LeaseGrant }>();
  const changes = new Subject<{ readonly scope: ScopeId; readonly lease: LiveLease | null }>();
  const renewals = new Map<LocationId, number>();
  let state = startLeases(store.terms.last);
  let alarm = Subscription.EMPTY;
  const waiting: LeaseEvent[] = [];
  let isBusy = false;

  store.log.append(toUnendedLeases(past).map(({ scope, term }) => ({ kind: 'lease', scope, term, holder: null })));

  // Anyone who learns of an entry may end a session then and there: what that leads to comes after the step under way.
  const take = (event: LeaseEvent): void => {
    waiting.push(event);
    if (isBusy) return;
    isBusy = true;
    try {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        // Who asks is answered by `request` itself; the others are notified.
        apply(one, one === event && event.kind === 'request' ? event.session : null);
      }
    } finally {
      isBusy = false;
    }
  };

  const apply = (event: LeaseEvent, asker: SessionId | null): void => {
    const [next, effects] = stepLeases(state, event, policy);
    record(effects);
    state = next;
    setAlarm();
    for (const effect of effects) tell(effect, asker);
  };

  const record = (effects: readonly LeaseEffect[]): void => {
    const lasting = effects.filter((effect) => effect.kind !== 'renewed');
    if (lasting.length === 0) return;
    store.transact(() => {
      for (const { kind, lease } of lasting) {
        if (kind === 'grant' && store.terms.raise() !== lease.term) throw new Error(`IN6: term ${lease.term} is not the next one`);
        store.log.append([{ kind: 'lease', scope: lease.scope, term: lease.term, holder: kind === 'grant' ? lease.holder : null }]);
      }
    });
  };

  const tell = (effect: LeaseEffect, asker: SessionId | null): void => {
    const { scope, session } = effect.lease;
    if (effect.kind === 'renewed') {
      for (const location of toLocations(scope)) renewals.set(location, effect.lease.validUp);
      return;
    }
    const isGrant = effect.kind === 'grant';
    changes.next({ scope, lease: isGrant ? toLive(effect.lease) : null });
    if (session !== asker && (isGrant || effect.why === 'expired')) grants.next({ session, grant: toGrant(session, scope) });
  };

  const toLive = ({ scope, term, holder, session, validUp }: HeldLease): LiveLease => ({ scope, term, holder, session, validUp });

  const toGrant = (session: SessionId, scope: ScopeId): LeaseGrant => {
    // Another lease may share only one location with the scope: its holder is why there is none.
    const held = state.held.find((lease) => lease.scope === scope) ?? state.held.find((lease) => hasOverlap(lease.scope, scope));
    const isOwn = held?.scope === scope && held.session === session;
    return { scope, term: isOwn ? held.term : null, holder: held?.holder ?? null, ttlMs: policy.ttlMs };
  };

  const setAlarm = (): void => {
    alarm.unsubscribe();
    const wake = nextLeaseWake(state, policy);
    if (wake === null) return;
    alarm = scheduler.schedule(() => take({ kind: 'tick', up: clock.up() }), toDelay(wake, clock.up()));
  };

  // A lease that has run out is no lease, even where the timer that ends it is late.
  const findHeld = (isWanted: (lease: HeldLease) => boolean): LiveLease | null => {
    const found = state.held.find(isWanted);
    return found === undefined || clock.up() - found.validUp >= policy.ttlMs ? null : toLive(found);
  };

  return {
    grants$: grants.asObservable(),
    changes$: changes.asObservable(),
    request(session, nodeId, scope) {
      take({ kind: 'request', up: clock.up(), session, nodeId, scope });
      return toGrant(session, scope);
    },
    renew(session, term, committed) {
      const up = clock.up();
      take({ kind: 'renew', up, session, term, behindMs: toEngineLag(store.log, committed, up) });
    },
    release: (session) => take({ kind: 'release', up: clock.up(), session }),
    current: (term) => findHeld((lease) => lease.term === term),
    covering: (device: DeviceId) => findHeld((lease) => toLocations(lease.scope).includes(toLocation(device))),
    renewedUp: (device) => renewals.get(toLocation(device)) ?? null,
    close() {
      take({ kind: 'close', up: clock.up() });
      alarm.unsubscribe();
      grants.complete();
      changes.complete();
    },
  };
}
