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
export const createEngine = (parts: EngineParts): Engine => new PlanEngine(parts);

class PlanEngine implements Engine {
  readonly #steps: EngineParts['steps'];
  readonly #slots: EngineParts['slots'];
  readonly #nodes: EngineParts['nodes'];
  readonly #inputs: EngineParts['inputs'];
  readonly #timed: number[];
  readonly #hearing: [number, PlanStep][];
  readonly #agenda: Agenda;
  readonly #byCluster: ReadonlyMap<string, ReadonlyMap<string, Listening>>;
  readonly #deviceSlots: ReadonlyMap<string, Slots>;
  readonly #devices: Slots[];
  readonly #run: Run;
  #isTick = false;

  constructor({ steps, slots, nodes, inputs, watched }: EngineParts) {
    this.#steps = steps;
    this.#slots = slots;
    this.#nodes = nodes;
    this.#inputs = inputs;
    const readers: number[][] = slots.map(() => []);
    for (const [i, step] of steps.entries()) for (const slot of step.reads) readers[slot]?.push(i);
    this.#timed = [...steps.entries()].filter(([, step]) => step.isTimed).map(([i]) => i);
    this.#hearing = [...steps.entries()].filter(([, step]) => step.accepts !== undefined);
    this.#agenda = new Agenda(readers, steps.length);
    const watches = new Uint8Array(slots.length);
    for (const slot of watched) watches[slot] = 1;
    this.#byCluster = toClusters(inputs);
    this.#deviceSlots = toDeviceSlots(slots);
    this.#devices = [...this.#deviceSlots.values()];
    this.#run = new Run(this.#agenda, watches);
  }

  readonly start = (told: readonly (Scalar | null)[]): EngineState => {
    return new EngineState(
      {
        values: this.#slots.map((slot) => slot.initial),
        reported: this.#slots.map(() => null),
        qualities: this.#slots.map(() => ''),
        nodes: this.#nodes.map(({ node }) => node.init()),
        told: [...told],
      },
      { lsn: 0, up: 0, at: 0, ticked: null },
    );
  };

  readonly pass = (state: EngineState, entry: Entry): Run => {
    this.#run.begin(state.arena, { at: entry.at, up: Math.max(entry.up, state.up) });
    try {
      this.#isTick = this.#work(this.#run, state, entry);
    } catch (error) {
      // A bug in a step must not leave half a pass behind in a state that somebody holds.
      this.#run.giveUp();
      throw error;
    }
    return this.#run;
  };

  readonly finish = (state: EngineState, { lsn, at }: Entry): EngineState =>
    state.advance(this.#run.applyLog(), { lsn, up: this.#run.up, at, ticked: this.#isTick ? this.#run.up : state.ticked });

  #applySensor(run: Run, { location, cluster, readings, up }: SensorEntry): void {
    const listening = this.#byCluster.get(location)?.get(cluster);
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
  }

  #applyDevice(run: Run, entry: DeviceEntry): void {
    const device = this.#deviceSlots.get(entry.device);
    if (device === undefined) return;
    const value = entry.value ?? unknown;
    run.set(device.held, entry.phase === 'held' ? (entry.why?.code ?? 'held') : unknown);
    if (entry.phase === 'written' || entry.phase === 'safe' || entry.phase === 'confirmed') run.set(device.applied, value);
    if (entry.phase === 'confirmed' || entry.phase === 'discrepancy') run.set(device.actual, value);
    if (entry.phase === 'failed' || entry.phase === 'unknown') run.set(device.actual, unknown);
    if (isGot.has(entry.phase)) run.set(device.got, value);
    if (entry.phase === 'failed' || entry.phase === 'unknown') run.set(device.got, unknown);
  }

  /** An override moves no request: the hub holds it. Loops follow it, so that they take over without a bump. */
  #takeOverride(run: Run, entry: OverrideEntry): void {
    const device = this.#deviceSlots.get(entry.device);
    if (device === undefined) return;
    const isOver = entry.released === true || entry.value === undefined;
    run.set(device.manual, isOver ? unknown : (entry.value ?? unknown));
    run.set(device.hand, isOver ? unknown : describeAuthor(entry));
    // When it ends, in `up`: kept where an input keeps when it was reported.
    run.report(device.manual, isOver ? 0 : entry.up + (entry.forMs ?? longestOverrideMs), '');
  }

  #expire(run: Run): void {
    for (const { slot, maxAge } of this.#inputs) {
      const reported = run.reported[slot] ?? null;
      if (reported === null || run.up - reported <= maxAge) continue;
      run.set(slot, unknown);
      run.qualify(slot, 'stale');
    }
    for (const { manual, hand } of this.#devices) {
      if (run.values[manual] === unknown || run.up < (run.reported[manual] ?? 0)) continue;
      run.set(manual, unknown);
      run.set(hand, unknown);
    }
  }

  #work(run: Run, state: EngineState, entry: Entry): boolean {
    if (entry.kind === 'sensor') this.#applySensor(run, entry);
    else if (entry.kind === 'device') this.#applyDevice(run, entry);
    else if (entry.kind === 'override') this.#takeOverride(run, entry);
    for (const [i, step] of this.#hearing) if (step.accepts?.(entry, run) === true) run.call(i);
    const isTick = entry.kind === 'pulse' || state.ticked === null || run.up - state.ticked >= tickMs;
    if (isTick) {
      this.#expire(run);
      if (state.ticked === null) this.#agenda.callAll(this.#steps.length);
      else for (const i of this.#timed) if (this.#steps[i]?.isAsleep?.(run) !== true) run.call(i);
    }
    this.#agenda.work(this.#steps, run);
    return isTick;
  }
}

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
