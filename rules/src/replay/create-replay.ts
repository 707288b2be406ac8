import type { DeviceId, DeviceValue, Entry, EntryDraft, Epoch } from '@phloem/protocol';
import type { InterlockPlan, InterlockState, InterlockStep } from '../interlocks/compile-interlocks.ts';
import type { RestrictedValue } from '../interlocks/restriction.ts';
import type { EngineState } from '../plan/memory.ts';
import type { Plan, StepResult } from '../plan/plan.ts';
import type { DeviceModel, SiteModel } from '../site-model.ts';
import { idleDevice, stepModelGate, takeByHand, type GateReport, type ModelDevice } from './model-gate.ts';

/** One device behind its modelled gate at a moment of running time, and what it reports. */
export type StepDevice = (
  device: ModelDevice,
  model: DeviceModel,
  restrict: (device: DeviceId, value: DeviceValue) => RestrictedValue,
  up: number,
) => { readonly state: ModelDevice; readonly reports: readonly GateReport[] };

export type ReplayOptions = {
  readonly plan: Plan;
  readonly site: Pick<SiteModel, 'devices'>;
  readonly interlocks?: InterlockPlan;
  /**
   * `recorded`: devices do what the entries say they did. `modelled`: devices do what the plan requests, within interlocks,
   * overrides and their limits; recorded outcomes of the same devices and recorded interlocks are left out, because they
   * followed from what ran then.
   */
  readonly gate: 'recorded' | 'modelled';
  /** What it begins with; whatever is left out begins as if nothing had happened before. */
  readonly start?: Partial<Pick<ReplayState, 'run' | 'guard' | 'devices'>>;
  /** Stands in for a device that does not follow its gate; `stepModelGate` when not given. */
  readonly stepDevice?: StepDevice;
  /** Turns a report of the modelled gate into the entry that the plan gets. */
  readonly toReport?: (report: GateReport, device: ModelDevice) => EntryDraft;
  /** Numbers what follows from an entry. Without it, it has the number and times of that entry. */
  readonly stamp?: (draft: EntryDraft, cause: Entry) => Entry;
};

/** Everything that a replay remembers between two entries. Immutable. */
export type ReplayState = {
  readonly run: EngineState;
  /** Null where there are no interlocks, or where devices are recorded. */
  readonly guard: InterlockState | null;
  readonly devices: ReadonlyMap<DeviceId, ModelDevice>;
  /** The running time at which the gate last looked at the devices. */
  readonly gatedUp: number | null;
};

/** One entry that the plan was given, and what came of it. */
export type Taken = { readonly entry: Entry; readonly result: StepResult; readonly guarded: InterlockStep | null };

export type ReplayStep = {
  readonly state: ReplayState;
  /** The entry, and what followed from it until everything was at rest, in order. Empty when the entry was left out. */
  readonly taken: readonly Taken[];
};

export type Replay = {
  readonly start: () => ReplayState;
  /** Pure. */
  readonly step: (state: ReplayState, entry: Entry, epoch: Epoch) => ReplayStep;
};

/** A gate that answers itself for ever is a fault of the model: the bound makes it visible. */
const maxTaken = 10_000;

const leaveAlone = (_device: DeviceId, value: DeviceValue): RestrictedValue => ({ value, by: [], why: null, isContradicted: false });

/**
 * Runs a plan, and with a modelled gate the interlocks and devices behind it, over entries until nothing follows any more.
 * Rule tests, a bundle in shadow and a simulated past are callers of it, so that all of them mean the same by "what would
 * have happened".
 */
export const createReplay = (options: ReplayOptions): Replay => {
  const { plan, site, interlocks, gate, start } = options;
  const isModelled = gate === 'modelled';
  const known = new Set(site.devices.map(({ id }) => id));
  const isLeftOut = (entry: Entry): boolean =>
    isModelled && ((entry.kind === 'device' && known.has(entry.device)) || (entry.kind === 'interlock' && entry.state !== 'clear'));
  return {
    start: () => ({
      run: start?.run ?? plan.start(),
      guard: isModelled ? (start?.guard ?? interlocks?.start() ?? null) : null,
      devices: new Map(site.devices.map(({ id }) => [id, start?.devices?.get(id) ?? idleDevice])),
      gatedUp: null,
    }),
    step: (state, entry, epoch) => {
      if (isLeftOut(entry)) return { state, taken: [] };
      const queue: Entry[] = [entry];
      const taken: Taken[] = [];
      let now = state;
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (taken.length >= maxTaken) throw new Error('the modelled gate does not come to rest');
        const one = applyEntry(now, next, epoch, options);
        now = one.state;
        taken.push(one.taken);
        if (!isModelled) continue;
        queue.push(...one.follows);
        if (!one.isMoved && now.gatedUp === next.up) continue;
        const gated = stepGate(now, next, options);
        now = gated.state;
        queue.push(...gated.follows);
      }
      return { state: now, taken };
    },
  };
};

type Follow = { readonly state: ReplayState; readonly follows: readonly Entry[] };

const stampWith = ({ stamp }: ReplayOptions, draft: EntryDraft, cause: Entry): Entry =>
  stamp === undefined ? { ...draft, lsn: cause.lsn, at: cause.at, up: cause.up } : stamp(draft, cause);

/** Gives one entry to the plan and to the interlocks. `isMoved` claims that a device may have to move now. */
const applyEntry = (
  state: ReplayState,
  entry: Entry,
  epoch: Epoch,
  options: ReplayOptions,
): Follow & { readonly taken: Taken; readonly isMoved: boolean } => {
  const { plan, interlocks } = options;
  const result = plan.step(state.run, entry, { epoch });
  const guarded = interlocks === undefined || state.guard === null ? null : interlocks.step(state.guard, entry);
  const isRequested = result.decisions.length > 0 || entry.kind === 'override';
  const isGuardedAnew = guarded !== null && guarded.touched.length + guarded.changes.length > 0;
  const follows = [
    ...(guarded?.changes ?? []).map(({ id, state: phase }): EntryDraft => ({ kind: 'interlock', id, state: phase })),
    ...(guarded?.alarms ?? []).map((alarm): EntryDraft => ({ kind: 'alarm', ...alarm })),
  ].map((draft) => stampWith(options, draft, entry));
  return {
    state: {
      ...state,
      run: result.state,
      guard: guarded?.state ?? state.guard,
      devices: isRequested ? takeRequests(state.devices, entry, result) : state.devices,
    },
    taken: { entry, result, guarded },
    follows,
    isMoved: isRequested || isGuardedAnew,
  };
};

/** The devices with what the plan, or an operator, requests of them now. */
const takeRequests = (before: ReplayState['devices'], entry: Entry, { decisions }: StepResult): ReplayState['devices'] => {
  const devices = new Map(before);
  for (const { device, value } of decisions) devices.set(device, { ...(devices.get(device) ?? idleDevice), request: value });
  if (entry.kind === 'override') devices.set(entry.device, takeByHand(devices.get(entry.device) ?? idleDevice, entry));
  return devices;
};

/** Lets the gate look at every device. */
const stepGate = (state: ReplayState, cause: Entry, options: ReplayOptions): Follow => {
  const { site, interlocks, stepDevice = stepModelGate, toReport = (report) => report } = options;
  const { guard } = state;
  const restrict =
    interlocks === undefined || guard === null
      ? leaveAlone
      : (device: DeviceId, value: DeviceValue): RestrictedValue => interlocks.restrict(guard, device, value);
  const follows: Entry[] = [];
  let { devices } = state;
  for (const model of site.devices) {
    const before = devices.get(model.id);
    const stepped = stepDevice(before ?? idleDevice, model, restrict, cause.up);
    // Nearly always everything stays: then it is the same map, too.
    if (stepped.state !== before) devices = new Map([...devices, [model.id, stepped.state]]);
    for (const report of stepped.reports) follows.push(stampWith(options, toReport(report, stepped.state), cause));
  }
  return { state: { ...state, devices, gatedUp: cause.up }, follows };
};
