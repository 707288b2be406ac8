import { type DeviceEntry, type Entry, longestOverrideMs, type OverrideEntry, type SensorEntry } from '@phloem/protocol';
import type { Scalar } from '../expressions/scope.ts';
import { unknown } from '../nodes/node.ts';
import { Agenda } from './agenda.ts';
import type { DevicePart, SlotInfo } from './builder.ts';
import { toUsable, type PlanInput } from './compile-inputs.ts';
import { EngineState } from './memory.ts';
import { Run, type PlanStep } from './run.ts';
import { describeAuthor } from './describe-author.ts';
import type { PlanNode } from './plan-node.ts';

/** What was compiled: for a bundle, or for the interlocks of a site. */
export type EngineParts = {
  readonly steps: readonly PlanStep[];
  readonly slots: readonly SlotInfo[];
  readonly nodes: readonly PlanNode[];
  readonly inputs: readonly PlanInput[];
  /** The slots whose changes are reported with each pass. */
  readonly watched: readonly number[];
};

/** Takes entries in, and runs the parts of a plan that they touch. */
export type Engine = {
  readonly start: (told: readonly (Scalar | null)[]) => EngineState;
  /** Runs what the entry touches; the run is good until the next pass. */
  readonly pass: (state: EngineState, entry: Entry) => Run;
  /** Ends the pass over an entry, and gives the state that it leads to. */
  readonly finish: (state: EngineState, entry: Entry) => EngineState;
};

/** Without a pulse for this long, any entry moves time. */
const tickMs = 1000;

/** Makes the engine of compiled parts: entries go to slots, slots to the steps that read them, in their sorted order. */
export const createEngine = ({ steps, slots, nodes, inputs, watched }: EngineParts): Engine => {
  const readers: number[][] = slots.map(() => []);
  for (const [i, step] of steps.entries()) for (const slot of step.reads) readers[slot]?.push(i);
  const timed = [...steps.entries()].filter(([, step]) => step.isTimed).map(([i]) => i);
  const hearing = [...steps.entries()].filter(([, step]) => step.accepts !== undefined);
  const agenda = new Agenda(readers, steps.length);
  const watches = new Uint8Array(slots.length);
  for (const slot of watched) watches[slot] = 1;
  const byCluster = toClusters(inputs);
  const deviceSlots = toDeviceSlots(slots);
  const devices = [...deviceSlots.values()];

  const applySensor = (run: Run, { location, cluster, readings, up }: SensorEntry): void => {
    const listening = byCluster.get(location)?.get(cluster);
    if (listening === undefined) return;
    for (let i = 0; i < listening.length; i++) {
      const one = listening[i];
      const reading = one === undefined ? undefined : readings[one.measurement];
      if (one === undefined || reading === undefined) continue;
      const { input } = one;
      const reported = reading.t ?? up;
      run.report(input.slot, reported, reading.q);
      run.set(input.slot, run.up - reported <= input.maxAge ? toUsable(input, reading) : unknown);
    }
  };

  const applyDevice = (run: Run, entry: DeviceEntry): void => {
    const device = deviceSlots.get(entry.device);
    if (device === undefined) return;
    const value = entry.value ?? unknown;
    run.set(device.held, entry.phase === 'held' ? (entry.why?.code ?? 'held') : unknown);
    if (entry.phase === 'written' || entry.phase === 'safe' || entry.phase === 'confirmed') run.set(device.applied, value);
    if (entry.phase === 'confirmed' || entry.phase === 'discrepancy') run.set(device.actual, value);
    if (entry.phase === 'failed' || entry.phase === 'unknown') run.set(device.actual, unknown);
    if (isGot.has(entry.phase)) run.set(device.got, value);
    if (entry.phase === 'failed' || entry.phase === 'unknown') run.set(device.got, unknown);
  };

  /** An override moves no request: the hub holds it. Loops follow it, so that they take over without a bump. */
  const takeOverride = (run: Run, entry: OverrideEntry): void => {
    const device = deviceSlots.get(entry.device);
    if (device === undefined) return;
    const isOver = entry.released === true || entry.value === undefined;
    run.set(device.manual, isOver ? unknown : (entry.value ?? unknown));
    run.set(device.hand, isOver ? unknown : describeAuthor(entry));
    // When it ends, in `up`: kept where an input keeps when it was reported.
    run.report(device.manual, isOver ? 0 : entry.up + (entry.forMs ?? longestOverrideMs), '');
  };

  const expire = (run: Run): void => {
    for (const { slot, maxAge } of inputs) {
      const reported = run.reported[slot] ?? null;
      if (reported === null || run.up - reported <= maxAge) continue;
      run.set(slot, unknown);
      run.qualify(slot, 'stale');
    }
    for (const { manual, hand } of devices) {
      if (run.values[manual] === unknown || run.up < (run.reported[manual] ?? 0)) continue;
      run.set(manual, unknown);
      run.set(hand, unknown);
    }
  };

  const work = (run: Run, state: EngineState, entry: Entry): boolean => {
    if (entry.kind === 'sensor') applySensor(run, entry);
    else if (entry.kind === 'device') applyDevice(run, entry);
    else if (entry.kind === 'override') takeOverride(run, entry);
    for (const [i, step] of hearing) if (step.accepts?.(entry, run) === true) run.call(i);
    const isTick = entry.kind === 'pulse' || state.ticked === null || run.up - state.ticked >= tickMs;
    if (isTick) {
      expire(run);
      if (state.ticked === null) agenda.callAll(steps.length);
      else for (const i of timed) if (steps[i]?.isAsleep?.(run) !== true) run.call(i);
    }
    agenda.work(steps, run);
    return isTick;
  };

  const run = new Run(agenda, watches);
  let isTick = false;
  return {
    start: (told) =>
      new EngineState(
        {
          values: slots.map((slot) => slot.initial),
          reported: slots.map(() => null),
          qualities: slots.map(() => ''),
          nodes: nodes.map(({ node }) => node.init()),
          told: [...told],
        },
        { lsn: 0, up: 0, at: 0, ticked: null },
      ),
    pass: (state, entry) => {
      run.begin(state.arena, { at: entry.at, up: Math.max(entry.up, state.up) });
      try {
        isTick = work(run, state, entry);
      } catch (error) {
        // A bug in a step must not leave half a pass behind in a state that somebody holds.
        run.giveUp();
        throw error;
      }
      return run;
    },
    finish: (state, { lsn, at }) => state.advance(run.applyLog(), { lsn, up: run.up, at, ticked: isTick ? run.up : state.ticked }),
  };
};

type Listening = readonly { readonly measurement: string; readonly input: PlanInput }[];

/** The inputs that listen to a cluster, by location and cluster. */
const toClusters = (inputs: readonly PlanInput[]): ReadonlyMap<string, ReadonlyMap<string, Listening>> => {
  const locations = new Map<string, Map<string, Listening>>();
  for (const input of inputs) {
    const [location = '', cluster = '', measurement = ''] = input.point.split('/');
    const clusters = locations.get(location) ?? new Map<string, Listening>();
    locations.set(location, clusters);
    clusters.set(cluster, [...(clusters.get(cluster) ?? []), { measurement, input }]);
  }
  return locations;
};

/** The phases that say which value a device has; of a device that does not follow, the one that it was found with. */
const isGot: ReadonlySet<string> = new Set(['written', 'safe', 'confirmed', 'discrepancy']);

type Slots = {
  readonly actual: number;
  readonly applied: number;
  readonly got: number;
  readonly manual: number;
  readonly held: number;
  readonly hand: number;
};

const toDeviceSlots = (slots: readonly SlotInfo[]): ReadonlyMap<string, Slots> => {
  const byId = new Map(slots.map(({ id }, i) => [id, i]));
  const found = new Map<string, Slots>();
  for (const { device } of slots) {
    if (device?.part !== 'actual') continue;
    const slotOf = (part: DevicePart): number => byId.get(`device ${device.id} ${part}`) ?? -1;
    found.set(device.id, {
      actual: slotOf('actual'),
      applied: slotOf('applied'),
      got: slotOf('got'),
      manual: slotOf('manual'),
      held: slotOf('held'),
      hand: slotOf('hand'),
    });
  }
  return found;
};
