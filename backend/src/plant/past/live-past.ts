import type { DeviceId, DeviceValue, Entry, EntryDraft, PointId, Reading } from '@phloem/protocol';
import {
  idleDevice,
  stepModelGate,
  type EngineState,
  type InterlockPlan,
  type InterlockState,
  type ModelDevice,
  type Plan,
  type SiteModel,
  type StepResult,
} from '@phloem/protocol/rules';
import { advancePlant, createPlantState, type PlantRandom, type PlantState } from '../plant-state.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { createPlantField, type PastSite } from './plant-field.ts';

/** What lives a past: a site on the plant's own units, the rules in charge of it, and what must never happen. */
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
  /** What a device really gets when it is told a value; what it is told when not said. */
  readonly obey?: (device: DeviceId, told: DeviceValue) => DeviceValue;
  /** Is called with each entry that the rules have taken, and what came of it. */
  readonly onStep?: (entry: Entry, result: StepResult) => void;
};

/** What was confirmed of a device, who wanted it, and why. */
export type PastSwitch = { readonly device: DeviceId; readonly value: DeviceValue; readonly by: string; readonly why: string };

/** One moment of a past: what was read, what has been switched on the way there, and the plant as it then was. */
export type PastMoment = {
  readonly at: number;
  readonly readings: ReadonlyMap<PointId, Reading>;
  readonly switches: readonly PastSwitch[];
  readonly plant: PlantState;
};

/** The log that such a past would have had begins in this epoch. */
const epoch = 'simulated000';
const holder = 'automation-1';

/**
 * Lives a past moment by moment: the plant's physics, its registers read at an even pace as the hub reads them, the rules,
 * and a gate as rule tests have it. No sockets and no clock; the same seed and the same hours live the same past.
 */
export function* livePast(options: PastOptions): Generator<PastMoment, void> {
  const { site, model, plan, interlocks, from, to, stepMs, obey = (_device, told) => told } = options;
  const random: PlantRandom = { room: createSeededRandom(options.seed), relays: createSeededRandom(options.seed + 1) };
  const field = createPlantField(site, random);
  const devices = new Map<DeviceId, ModelDevice>(model.devices.map(({ id }) => [id, idleDevice]));
  const whys = new Map<DeviceId, string>();
  let plant = createPlantState(from);
  let engine: EngineState = plan.start();
  let guard: InterlockState | undefined = interlocks?.start();
  let switches: PastSwitch[] = [];
  let lsn = 0;
  let up = 0;

  const restrict = (device: DeviceId, wish: DeviceValue) =>
    interlocks === undefined || guard === undefined
      ? { value: wish, by: [], why: '', isContradicted: false }
      : interlocks.restrict(guard, device, wish);
  const take = (draft: EntryDraft): void => {
    const queue: EntryDraft[] = [draft];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      lsn += 1;
      const entry: Entry = { ...next, lsn, up, at: from + up };
      const result = plan.step(engine, entry, { epoch });
      engine = result.state;
      options.onStep?.(entry, result);
      for (const { device, value, why } of result.decisions) {
        devices.set(device, { ...(devices.get(device) ?? idleDevice), wish: value });
        whys.set(device, why);
      }
      let isGuardedAnew = false;
      if (interlocks !== undefined && guard !== undefined) {
        const guarded = interlocks.step(guard, entry);
        guard = guarded.state;
        isGuardedAnew = guarded.changes.length > 0;
        queue.push(...guarded.changes.map(({ id, state }) => ({ kind: 'interlock' as const, id, state })));
        queue.push(...guarded.alarms.map((alarm) => ({ kind: 'alarm' as const, ...alarm })));
      }
      // Nothing moves a device but a wish, an interlock, or time.
      if (entry.kind !== 'pulse' && result.decisions.length === 0 && !isGuardedAnew) continue;
      for (const device of model.devices) {
        const stepped = stepModelGate(devices.get(device.id) ?? idleDevice, device, restrict, up);
        devices.set(device.id, stepped.state);
        for (const report of stepped.reports) queue.push(act(report, stepped.state.interlocks));
      }
    }
  };
  /** Does in the plant what the gate has written, and says what came of it. */
  const act = (report: ReturnType<typeof stepModelGate>['reports'][number], interlocked: readonly string[]): EntryDraft => {
    const { device, phase, value } = report;
    if (value === undefined || value === null) return report;
    if (phase === 'written') plant = field.write(plant, device, obey(device, value));
    if (phase !== 'confirmed') return report;
    const got = obey(device, value);
    const isHeld = interlocked.length > 0;
    switches.push({
      device,
      value: got,
      by: isHeld ? 'hub' : `node:${holder}`,
      why: isHeld ? `interlock ${interlocked.join(', ')}` : (whys.get(device) ?? ''),
    });
    return got === value ? report : { ...report, phase: 'diverged', value: got };
  };

  take({ kind: 'lease', scope: plan.scope, term: 1, holder });
  for (; from + up < to; up += stepMs) {
    plant = advancePlant(plant, up, random, Math.min(stepMs, coarseMs)).state;
    const { readings, frames } = field.read(plant, from + up);
    for (const frame of frames) take(frame);
    take({ kind: 'pulse' });
    yield { at: from + up, readings, switches, plant };
    switches = [];
  }
}

/** Nobody watches a past: contacts move at once, and the rooms are computed in steps in which a control loop can still live. */
const coarseMs = 1000;
