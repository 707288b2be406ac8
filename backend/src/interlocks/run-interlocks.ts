import {
  Fault,
  reasonOf,
  renderReason,
  type Author,
  type DeviceId,
  type DeviceValue,
  type Entry,
  type Lsn,
  type Position,
  type Reason,
} from '@phloem/protocol';
import type { InterlockPlan } from '@phloem/rules';
import { Subject, type Observable, type Subscription } from 'rxjs';
import type { HubStore } from '../store/hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';
import { foldInterlocks, startFold, toInterlockDrafts, type InterlockFold } from './fold-interlocks.ts';
import type { InterlockService, InterlockView, Restricted } from './interlock-service.ts';

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
export const createInterlockService = (parts: InterlockServiceParts): InterlockService => new LogInterlocks(parts);

class LogInterlocks implements InterlockService {
  readonly #log: HubStore['log'];
  readonly #plan: InterlockPlan;
  readonly #clock: HubClock;
  readonly #changes = new Subject<readonly DeviceId[]>();
  readonly #running: Subscription;
  #cursor: Lsn;
  #fold: InterlockFold;
  #isBusy = false;

  constructor({ store: { log }, plan, past, clock }: InterlockServiceParts) {
    this.#log = log;
    this.#plan = plan;
    this.#clock = clock;
    this.#cursor = past.at(-1)?.lsn ?? log.head;
    this.#fold = past.reduce((next, entry) => foldInterlocks(plan, next, entry).fold, startFold(plan));
    if (past.length > 0) this.#fold = { ...this.#fold, state: plan.resume(this.#fold.state) };
    this.#running = log.head$.subscribe(() => this.#catchUp());
    log.append(toInterlockDrafts(plan, this.#fold, this.#cursor));
    this.#catchUp();
  }

  get changes$(): Observable<readonly DeviceId[]> {
    return this.#changes.asObservable();
  }

  restrict(device: DeviceId, value: DeviceValue): Restricted {
    const restricted = this.#plan.restrict(this.#fold.state, device, value);
    const [id] = restricted.by;
    const entry = id === undefined ? undefined : this.#fold.told.get(id);
    return { ...restricted, cause: entry === undefined ? null : this.#toPosition(entry.lsn) };
  }

  refresh(): void {
    const pulse: Entry = { kind: 'pulse', lsn: this.#log.head, at: this.#clock.at(), up: this.#clock.up() };
    if (this.#plan.step(this.#fold.state, pulse).changes.length > 0) this.#log.append([{ kind: 'pulse' }]);
  }

  status(): readonly InterlockView[] {
    const { state: now, told } = this.#fold;
    return this.#plan.phases(now).map(({ id, device, state, why }) => {
      const entry = told.get(id);
      return {
        id,
        devices: [device],
        state,
        why: entry?.why ?? why,
        since: entry?.at ?? null,
        lsn: entry?.lsn ?? 0,
        isResettable: this.#plan.isResettable(now, id),
      };
    });
  }

  reset(id: string, by: Author): void {
    mustBeResettable(this.#plan, this.#fold.state, id);
    this.#log.append([{ kind: 'interlock', id, state: 'clear', by, why: reasonOf('interlock/reset', { by }) }]);
  }

  close(): void {
    this.#running.unsubscribe();
    this.#changes.complete();
  }

  /** Reads the log to its end. What it appends itself moves the head meanwhile. */
  #catchUp(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const touched = new Set<DeviceId>();
    try {
      for (let entries = this.#readNext(); entries.length > 0; entries = this.#readNext()) {
        let isNews = false;
        for (const entry of entries) {
          const step = foldInterlocks(this.#plan, this.#fold, entry);
          this.#fold = step.fold;
          this.#cursor = entry.lsn;
          isNews ||= step.isNews;
          for (const device of step.touched) touched.add(device);
        }
        if (isNews) this.#log.append(toInterlockDrafts(this.#plan, this.#fold, this.#cursor));
      }
    } finally {
      this.#isBusy = false;
    }
    if (touched.size > 0) this.#changes.next([...touched]);
  }

  #readNext(): readonly Entry[] {
    return this.#log.read(Math.max(this.#cursor, this.#log.first - 1), atOnce);
  }

  #toPosition(lsn: Lsn): Position {
    return { epoch: this.#log.lineage.find(({ end }) => lsn <= end)?.epoch ?? this.#log.epoch, lsn };
  }
}

const atOnce = { entries: 1024, bytes: 4 * 1024 * 1024 } as const;

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
