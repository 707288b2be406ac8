import type { DeviceEntry, Entry, OverrideEntry, SensorEntry } from '../../entry.ts';
import { toPointId, type Lsn } from '../../names.ts';
import { unknown, type Node, type NodeOutput, type NodeState } from '../nodes/node.ts';
import type { SlotInfo } from './builder.ts';
import { toUsable, type PlanInput } from './compile-inputs.ts';
import { Run, type Memory, type PlanStep } from './run.ts';

/** What is known after an entry. */
export type CoreState = Memory & {
  readonly lsn: Lsn;
  readonly up: number;
  readonly at: number;
  /** When timed parts last ran, in `up`; null before the first entry. */
  readonly ticked: number | null;
};

/** What was compiled: for a bundle, or for the interlocks of a site. */
export type EngineParts = {
  readonly steps: readonly PlanStep[];
  readonly slots: readonly SlotInfo[];
  readonly nodes: readonly PlanNode[];
  readonly inputs: readonly PlanInput[];
};

/** A node with the id under which its state is kept. */
export type PlanNode = { readonly id: string; readonly node: Node<NodeState, never, NodeOutput<unknown>> };

/** One pass over an entry, finished, with the state that it leads to. */
export type Pass = { readonly run: Run; readonly state: CoreState };

/** Takes entries in, and runs the parts of a plan that they touch. */
export type Engine = {
  readonly start: () => CoreState;
  readonly pass: (state: CoreState, entry: Entry) => Pass;
};

/** Without a pulse for this long, any entry moves time. */
const tickMs = 1000;

/** Makes the engine of compiled parts: entries go to slots, slots to the steps that read them, in their sorted order. */
export const createEngine = ({ steps, slots, nodes, inputs }: EngineParts): Engine => {
  const readers: number[][] = slots.map(() => []);
  for (const [i, step] of steps.entries()) for (const slot of step.reads) readers[slot]?.push(i);
  const timed = [...steps.entries()].filter(([, step]) => step.isTimed).map(([i]) => i);
  const hearing = [...steps.entries()].filter(([, step]) => step.hears !== undefined);
  const byPoint = new Map<string, PlanInput[]>();
  for (const input of inputs) byPoint.set(input.point, [...(byPoint.get(input.point) ?? []), input]);
  const deviceSlots = toDeviceSlots(slots);
  const manuals = [...deviceSlots.values()].map((device) => device.manual);

  const takeSensor = (run: Run, entry: SensorEntry): void => {
    for (const [measurement, reading] of Object.entries(entry.readings)) {
      for (const input of byPoint.get(toPointId(entry.location, entry.cluster, measurement)) ?? []) {
        const reported = reading.t ?? entry.up;
        const isFresh = run.up - reported <= input.maxAge;
        run.report(input.slot, reported, reading.q);
        run.set(input.slot, isFresh ? toUsable(input, reading) : unknown);
      }
    }
  };

  const takeDevice = (run: Run, entry: DeviceEntry): void => {
    const device = deviceSlots.get(entry.device);
    if (device === undefined) return;
    const value = entry.value ?? unknown;
    run.set(device.held, entry.phase === 'held' ? (entry.why ?? 'held') : unknown);
    if (entry.phase === 'written' || entry.phase === 'safe' || entry.phase === 'confirmed') run.set(device.applied, value);
    if (entry.phase === 'confirmed' || entry.phase === 'diverged') run.set(device.actual, value);
    if (entry.phase === 'failed' || entry.phase === 'unknown') run.set(device.actual, unknown);
  };

  /** An override moves no wish: the hub holds it. Loops follow it, so that they take over without a bump. */
  const takeOverride = (run: Run, entry: OverrideEntry): void => {
    const device = deviceSlots.get(entry.device);
    if (device === undefined) return;
    const isOver = entry.released === true || entry.value === undefined;
    run.set(device.manual, isOver ? unknown : (entry.value ?? unknown));
    // When it ends, in `up`: kept where an input keeps when it was reported.
    run.report(device.manual, isOver ? 0 : run.up + (entry.forMs ?? 0), '');
  };

  const expire = (run: Run): void => {
    for (const { slot, maxAge } of inputs) {
      const reported = run.reported[slot] ?? null;
      if (reported === null || run.up - reported <= maxAge) continue;
      run.set(slot, unknown);
      run.qualify(slot, 'stale');
    }
    for (const slot of manuals) if (run.values[slot] !== unknown && run.up >= (run.reported[slot] ?? 0)) run.set(slot, unknown);
  };

  return {
    start: () => ({
      values: slots.map((slot) => slot.initial),
      reported: slots.map(() => null),
      qualities: slots.map(() => ''),
      nodes: nodes.map(({ node }) => node.init()),
      lsn: 0,
      up: 0,
      at: 0,
      ticked: null,
    }),
    pass: (state, entry) => {
      const up = Math.max(entry.up, state.up);
      const run = new Run(state, { at: entry.at, up }, readers, steps.length);
      if (entry.kind === 'sensor') takeSensor(run, entry);
      else if (entry.kind === 'device') takeDevice(run, entry);
      else if (entry.kind === 'override') takeOverride(run, entry);
      for (const [i, step] of hearing) if (step.hears?.(entry, run) === true) run.call(i);
      const isTick = entry.kind === 'pulse' || state.ticked === null || up - state.ticked >= tickMs;
      if (isTick) {
        expire(run);
        for (const i of state.ticked === null ? steps.keys() : timed) run.call(i);
      }
      for (const [i, step] of steps.entries()) if (run.isDue(i)) step.run(run);
      return { run, state: { ...run.finish(), lsn: entry.lsn, up, at: entry.at, ticked: isTick ? up : state.ticked } };
    },
  };
};

type Slots = { readonly actual: number; readonly applied: number; readonly manual: number; readonly held: number };

const toDeviceSlots = (slots: readonly SlotInfo[]): ReadonlyMap<string, Slots> => {
  const byId = new Map(slots.map(({ id }, i) => [id, i]));
  const found = new Map<string, Slots>();
  for (const { id } of slots) {
    const device = /^device (.*) actual$/.exec(id)?.[1];
    if (device === undefined) continue;
    const slotOf = (part: string): number => byId.get(`device ${device} ${part}`) ?? -1;
    found.set(device, { actual: slotOf('actual'), applied: slotOf('applied'), manual: slotOf('manual'), held: slotOf('held') });
  }
  return found;
};
