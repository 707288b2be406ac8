import type { DeviceId, DeviceValue, Entry, EntryDraft } from '@phloem/protocol';
import type { AlarmPlan } from '../alarms/compile-alarms.ts';
import type { InterlockPlan } from '../interlocks/compile-interlocks.ts';
import type { Plan } from '../plan/plan.ts';
import { createReplay, type Replay, type ReplayState, type StepDevice, type Taken } from '../replay/create-replay.ts';
import { stepModelGate } from '../replay/model-gate.ts';
import type { SiteModel } from '../site-model.ts';
import { tryStuck, type Hindrances } from './hindrances.ts';
import type { Standing } from './judge-test.ts';

/** What a test runs against. */
export type TestWorld = {
  readonly site: SiteModel;
  readonly plan: Plan;
  readonly interlocks?: InterlockPlan;
  readonly alarms?: readonly AlarmPlan[];
};

/** A switch of a device; `at` since the start of the test, in ms. */
export type Switch = { readonly at: number; readonly device: DeviceId; readonly value: DeviceValue };

const epoch = 'ruletest0000';

/** One test while it runs: a fresh engine, with devices of its own. The time in it is the test's. */
export class TestRun {
  /** Since the start of the test, in ms. */
  up = 0;
  readonly timeline: Switch[] = [];
  /** How often each device was requested to be otherwise than before. */
  readonly requests = new Map<DeviceId, number>();
  readonly #world: TestWorld;
  readonly #startAt: number;
  readonly #hindrances: Hindrances;
  readonly #replay: Replay;
  readonly #alarmIds: ReadonlySet<string>;
  readonly #alarms = new Map<string, string>();
  readonly #watches: { readonly plan: AlarmPlan; state: ReturnType<AlarmPlan['start']> }[];
  readonly #requested = new Map<DeviceId, DeviceValue>();
  /** Each request of a pulse is one of its own. */
  readonly #isMomentary: ReadonlySet<DeviceId>;
  /** What a stuck device was last written. */
  readonly #tried = new Map<DeviceId, DeviceValue | undefined>();
  #lsn = 0;
  #state: ReplayState;

  constructor(world: TestWorld, startAt: number, hindrances: Hindrances) {
    const { site, plan, interlocks, alarms = [] } = world;
    this.#world = world;
    this.#startAt = startAt;
    this.#hindrances = hindrances;
    this.#watches = alarms.map((each) => ({ plan: each, state: each.start() }));
    const defined = alarms.flatMap(({ definitions }) => definitions.map(({ id }) => id));
    this.#alarmIds = new Set([...defined, ...plan.alarms, ...(interlocks?.alarms ?? [])]);
    this.#isMomentary = new Set(site.devices.filter(({ kind }) => kind === 'momentary').map(({ id }) => id));
    this.#replay = createReplay({
      plan,
      site,
      gate: 'modelled',
      stepDevice: this.#stepDevice,
      stamp: (draft) => this.#stamp(draft),
      ...(interlocks === undefined ? {} : { interlocks }),
    });
    this.#state = this.#replay.start();
  }

  /** How everything stands now. */
  get standing(): Standing {
    const { plan, site } = this.#world;
    const { run, devices } = this.#state;
    return { plan, run, alarmIds: this.#alarmIds, alarms: this.#alarms, models: site.devices, devices };
  }

  /** Takes an entry, and everything that follows from it: the outcomes of the gate are entries themselves. */
  take(draft: Record<string, unknown>): void {
    const step = this.#replay.step(this.#state, this.#stamp(draft as EntryDraft), epoch);
    this.#state = step.state;
    for (const taken of step.taken) {
      this.#countRequests(taken);
      this.#noteAlarms(taken);
    }
  }

  #stamp(draft: EntryDraft): Entry {
    this.#lsn += 1;
    return { ...draft, lsn: this.#lsn, up: this.up, at: this.#startAt + this.up };
  }

  /** Without a lease a device stands at its safe value, and one that is stuck stays where it is. */
  readonly #stepDevice: StepDevice = (now, model, restrict) => {
    if (this.#hindrances.isStuck(model.id, this.up)) {
      const stuck = tryStuck(now, model.id, this.#tried.get(model.id));
      this.#tried.set(model.id, stuck.tried);
      return { state: now, reports: stuck.reports };
    }
    this.#tried.delete(model.id);
    const isOut = this.#hindrances.isOut(this.up);
    const { state: stepped, reports } = stepModelGate(isOut ? { ...now, request: model.fallback } : now, model, restrict, this.up);
    if (now.switches < stepped.switches && stepped.applied !== null) {
      this.timeline.push({ at: this.up, device: model.id, value: stepped.applied });
    }
    return { state: isOut ? { ...stepped, request: now.request } : stepped, reports };
  };

  #countRequests({ result }: Taken): void {
    for (const { device, value } of result.decisions) {
      const before = this.#requested.get(device);
      const isOther = before !== undefined && before !== value && !this.#isMomentary.has(device);
      if (isOther) this.requests.set(device, (this.requests.get(device) ?? 0) + 1);
      this.#requested.set(device, value);
    }
  }

  #noteAlarms({ entry, result, guarded }: Taken): void {
    for (const { alarm, state } of [...result.alarms, ...(guarded?.alarms ?? [])]) this.#alarms.set(alarm, state);
    for (const watch of this.#watches) {
      const watched = watch.plan.step(watch.state, entry);
      watch.state = watched.state;
      if (!watched.isNews) continue;
      for (const { definition, isActive } of watch.plan.find(watched.state)) {
        this.#alarms.set(definition.id, isActive ? 'active' : 'cleared');
      }
    }
  }
}
