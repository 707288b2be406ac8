import {
  type Author,
  reasonOf,
  type DeviceId,
  type DeviceValue,
  type Entry,
  type EntryDraft,
  type PointId,
  type Reading,
  type Reason,
} from '@phloem/protocol';
import {
  createReplay,
  type GateReport,
  type InterlockPlan,
  type ModelDevice,
  type Plan,
  type SiteModel,
  type StepResult,
} from '@phloem/rules';
import { advanceSimulator, createSimulatorState, type SimulatorRandom, type SimulatorState } from '../simulator-state.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { createSimulatorField, type PastSite } from './simulator-field.ts';

/** What lives a past: a site on the simulator's own units, the rules in charge of it, and what must never happen. */
export type PastOptions = {
  readonly site: PastSite;
  readonly model: SiteModel;
  readonly plan: Plan;
  readonly interlocks?: InterlockPlan;
  readonly seed: number;
  /** Wall time of the first moment. */
  readonly from: number;
  /** Wall time before which the last moment is. */
  readonly to: number;
  /** How often the instruments are read. */
  readonly stepMs: number;
  /** What a device really gets when it is commanded to a value; what it is commanded when not said. */
  readonly obey?: (device: DeviceId, told: DeviceValue) => DeviceValue;
  /** Is called with each entry that the rules have taken, and what came of it. */
  readonly onStep?: (entry: Entry, result: StepResult) => void;
};

/** What was confirmed of a device, who wanted it, and why. */
export type PastSwitch = { readonly device: DeviceId; readonly value: DeviceValue; readonly by: Author; readonly why: Reason | null };

/** One moment of a past: what was read, what has been switched on the way there, and the simulator as it then was. */
export type PastMoment = {
  readonly at: number;
  readonly readings: ReadonlyMap<PointId, Reading>;
  /** What each device was before the first moment, and in that one alone: one that no rule ever moves has a state all the same. */
  readonly found: readonly PastSwitch[];
  readonly switches: readonly PastSwitch[];
  readonly simulator: SimulatorState;
};

/** The log that such a past would have had begins in this epoch. */
const epoch = 'simulated000';
const holder = 'automation-1';

/**
 * Lives a past moment by moment: the simulator's physics, its registers read at an even pace as the hub reads them, the rules,
 * and a gate as rule tests have it. No sockets and no clock; the same seed and the same hours live the same past.
 */
export function* livePast(options: PastOptions): Generator<PastMoment, void> {
  const { site, model, plan, interlocks, from, to, stepMs, obey = (_device, told) => told } = options;
  const random: SimulatorRandom = { room: createSeededRandom(options.seed), relays: createSeededRandom(options.seed + 1) };
  const field = createSimulatorField(site, random);
  const whys = new Map<DeviceId, Reason>();
  let simulator = createSimulatorState(from);
  let found = [...field.readDevices(simulator)].map(([device, value]): PastSwitch => ({
    device,
    value,
    by: { kind: 'hub' },
    why: reasonOf('device/found'),
  }));
  let switches: PastSwitch[] = [];
  let lsn = 0;
  let up = 0;

  const stepAndNote: Plan['step'] = (engine, entry, context) => {
    const result = plan.step(engine, entry, context);
    for (const { device, why } of result.decisions) whys.set(device, why);
    options.onStep?.(entry, result);
    return result;
  };
  const stamp = (draft: EntryDraft): Entry => {
    lsn += 1;
    return { ...draft, lsn, up, at: from + up };
  };
  /** Does in the simulator what the gate has written, and says what came of it. */
  const act = (report: GateReport, { interlocks: interlocked }: ModelDevice): EntryDraft => {
    const { device, phase, value } = report;
    if (value === undefined || value === null) return report;
    if (phase === 'written') simulator = field.write(simulator, device, obey(device, value));
    if (phase !== 'confirmed') return report;
    const got = obey(device, value);
    const isHeld = interlocked.length > 0;
    switches.push({
      device,
      value: got,
      by: isHeld ? { kind: 'hub' } : { kind: 'node', id: holder },
      why: isHeld ? reasonOf('interlock/restricts', { interlocks: interlocked, value }) : (whys.get(device) ?? null),
    });
    return got === value ? report : { ...report, phase: 'discrepancy', value: got };
  };

  const replay = createReplay({
    // The plan's reasons are noted before the gate acts on what it requests.
    plan: { ...plan, step: stepAndNote },
    site: model,
    gate: 'modelled',
    stamp,
    toReport: act,
    ...(interlocks === undefined ? {} : { interlocks }),
  });
  let state = replay.start();
  const take = (draft: EntryDraft): void => {
    ({ state } = replay.step(state, stamp(draft), epoch));
  };

  take({ kind: 'lease', scope: plan.scope, term: 1, holder });
  for (; from + up < to; up += stepMs) {
    simulator = advanceSimulator(simulator, up, random, Math.min(stepMs, coarseMs)).state;
    const { readings, frames } = field.read(simulator, from + up);
    for (const frame of frames) take(frame);
    take({ kind: 'pulse' });
    yield { at: from + up, readings, found, switches, simulator };
    found = [];
    switches = [];
  }
}

/** Nobody watches a past: contacts move at once, and the rooms are computed in steps in which a control loop can still live. */
const coarseMs = 1000;
