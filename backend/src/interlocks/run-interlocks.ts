import { Fault, reasonOf, renderReason, type DeviceId, type Entry, type Position, type Reason } from '@phloem/protocol';
import type { InterlockPlan } from '@phloem/rules';
import { Subject } from 'rxjs';
import type { HubStore } from '../store/hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';
import { foldInterlocks, startFold, toInterlockDrafts } from './fold-interlocks.ts';
import type { InterlockService } from './interlock-service.ts';

export type InterlockServiceParts = {
  readonly store: Pick<HubStore, 'log'>;
  readonly plan: InterlockPlan;
  /** The newest entries of the log from before this start, oldest first. */
  readonly past: readonly Entry[];
  readonly clock: HubClock;
};

/**
 * The interlocks over the log: a cursor like any other, but one that answers. It begins at once, and before the gate,
 * which asks it.
 */
export const createInterlockService = ({ store, plan, past, clock }: InterlockServiceParts): InterlockService => {
  const { log } = store;
  const changes = new Subject<readonly DeviceId[]>();
  let cursor = past.at(-1)?.lsn ?? log.head;
  let fold = past.reduce((next, entry) => foldInterlocks(plan, next, entry).fold, startFold(plan));
  if (past.length > 0) fold = { ...fold, state: plan.resume(fold.state) };
  let isBusy = false;

  const catchUp = (): void => {
    if (isBusy) return;
    isBusy = true;
    const touched = new Set<DeviceId>();
    try {
      for (;;) {
        const entries = log.read(Math.max(cursor, log.first - 1), { entries: 1024, bytes: 4 * 1024 * 1024 });
        if (entries.length === 0) break;
        let isNews = false;
        for (const entry of entries) {
          const step = foldInterlocks(plan, fold, entry);
          ({ fold } = step);
          cursor = entry.lsn;
          isNews ||= step.isNews;
          for (const device of step.touched) touched.add(device);
        }
        if (isNews) log.append(toInterlockDrafts(plan, fold, cursor));
      }
    } finally {
      isBusy = false;
    }
    if (touched.size > 0) changes.next([...touched]);
  };

  const toPosition = (lsn: number): Position => ({ epoch: log.lineage.find(({ end }) => lsn <= end)?.epoch ?? log.epoch, lsn });

  const running = log.head$.subscribe(catchUp);
  log.append(toInterlockDrafts(plan, fold, cursor));
  catchUp();

  return {
    changes$: changes.asObservable(),
    restrict(device, value) {
      const restricted = plan.restrict(fold.state, device, value);
      const [id] = restricted.by;
      const entry = id === undefined ? undefined : fold.told.get(id);
      return { ...restricted, cause: entry === undefined ? null : toPosition(entry.lsn) };
    },
    refresh() {
      const probe = plan.step(fold.state, { kind: 'pulse', lsn: log.head, at: clock.at(), up: clock.up() });
      if (probe.changes.length > 0) log.append([{ kind: 'pulse' }]);
    },
    status: () =>
      plan.phases(fold.state).map(({ id, device, state, why }) => {
        const entry = fold.told.get(id);
        return {
          id,
          devices: [device],
          state,
          why: entry?.why ?? why,
          since: entry?.at ?? null,
          lsn: entry?.lsn ?? 0,
          isResettable: plan.isResettable(fold.state, id),
        };
      }),
    reset(id, by) {
      mustBeResettable(plan, fold.state, id);
      log.append([{ kind: 'interlock', id, state: 'clear', by, why: reasonOf('interlock/reset', { by }) }]);
    },
    close() {
      running.unsubscribe();
      changes.complete();
    },
  };
};

/** No reason of an interlock names a moment. */
const explainDevice = (why: Reason): string => renderReason(why, { time: String });

/** @throws Fault `interlock/unknown`, `interlock/held`. */
const mustBeResettable = (plan: InterlockPlan, state: Parameters<InterlockPlan['phases']>[0], id: string): void => {
  const one = plan.phases(state).find((each) => each.id === id);
  if (one === undefined) throw new Fault('interlock/unknown', `the site has no interlock ${id}`);
  if (one.state === 'clear') throw new Fault('interlock/held', `${id} is clear: there is nothing to reset`);
  if (one.state === 'tripped') {
    throw new Fault(
      'interlock/held',
      `${id} is tripped, its condition holds: it can be reset when that is over (${explainDevice(one.why)})`,
    );
  }
  if (!plan.isResettable(state, id)) {
    throw new Fault(
      'interlock/held',
      `${id} cannot be reset yet: its condition has not been clear for long enough (${explainDevice(one.why)})`,
    );
  }
};
