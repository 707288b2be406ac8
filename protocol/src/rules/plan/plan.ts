import { canonicalJson, hashDocument } from '../../canonical-json.ts';
import type { DeviceEntry, DeviceValue, Entry, OverrideEntry, SensorEntry } from '../../entry.ts';
import { Fault } from '../../fault.ts';
import { toLocation, toLocations, toPointId, type DeviceId, type DocumentHash, type Epoch, type Lsn, type ScopeId } from '../../names.ts';
import type { AlarmReport, ValueReport } from '../../stream.ts';
import { formatDimension } from '../dimension.ts';
import type { Scalar } from '../expressions/scope.ts';
import { isUnknown, unknown, type Maybe, type Node, type NodeOutput, type NodeState } from '../nodes/node.ts';
import type { PlanArbiter } from './arbiter.ts';
import { createExplain, type Explanation, type Trace } from './trace.ts';
import type { Shown, SlotInfo } from './builder.ts';
import { toUsable, type PlanInput } from './compile-inputs.ts';
import { Run, type Memory, type PlanStep } from './run.ts';

/** The engine with the form of its state. Another engine is another lineage: compared by decisions, not by hash. */
export const engineVersion = 'phloem-engine/1';

/** What is wished for a device, and why, in one sentence with the numbers. */
export type Decision = {
  readonly device: DeviceId;
  readonly value: DeviceValue;
  readonly why: string;
  /** The rule that asked for it; null for the device's fallback. */
  readonly rule: string | null;
  /** The entry that caused it. */
  readonly cause: Lsn;
  /** Counts the decisions for one device out of one entry. */
  readonly ordinal: number;
};

/** What the engine knows after an entry. Treat it as opaque: `save` and `hashState` say what it is. */
export type EngineState = Memory & {
  readonly lsn: Lsn;
  readonly up: number;
  readonly at: number;
  /** When timed parts last ran, in `up`. */
  readonly ticked: number | null;
  /** What was last told to people, by place in the plan's list. */
  readonly told: readonly (Scalar | null)[];
};

/** What one entry led to. */
export type StepResult = {
  readonly state: EngineState;
  readonly decisions: readonly Decision[];
  readonly alarms: readonly AlarmReport[];
  readonly values: readonly ValueReport[];
  /** Worked out when they are asked for. */
  readonly traces: readonly Trace[];
};

/** A bundle made ready for a site. */
export type Plan = {
  readonly hash: DocumentHash;
  /** The locations of the devices that it commands. */
  readonly scope: ScopeId;
  readonly engine: string;
  /** The state before the first entry. */
  readonly start: () => EngineState;
  /** @throws Fault `store/damaged` when the text is no state of this plan and engine. */
  readonly restore: (text: string) => EngineState;
  /** The state as canonical JSON. */
  readonly save: (state: EngineState) => string;
  readonly hashState: (state: EngineState) => DocumentHash;
  /** Pure: the state that comes in stays as it was. Entries come in the order of the log, none twice. */
  readonly step: (state: EngineState, entry: Entry, position: { readonly epoch: Epoch }) => StepResult;
  /** Why a device is as it is, and what keeps it from being otherwise; undefined for a device that is not its business. */
  readonly explain: (state: EngineState, device: DeviceId) => Explanation | undefined;
};

/** The parts of which `compileBundle` makes a plan. */
export type PlanParts = {
  readonly hash: DocumentHash;
  readonly scope: ScopeId;
  readonly steps: readonly PlanStep[];
  readonly slots: readonly SlotInfo[];
  readonly nodes: readonly { readonly id: string; readonly node: Node<NodeState, never, NodeOutput<unknown>> }[];
  readonly shown: readonly Shown[];
  readonly inputs: readonly PlanInput[];
  readonly arbiters: readonly PlanArbiter[];
};

const tickMs = 1000;

export const createPlan = (parts: PlanParts): Plan => {
  const { hash, scope, steps, slots, nodes, shown, inputs, arbiters } = parts;
  const readers: number[][] = slots.map(() => []);
  for (const [i, step] of steps.entries()) for (const slot of step.reads) readers[slot]?.push(i);
  const timed = [...steps.entries()].filter(([, step]) => step.isTimed).map(([i]) => i);
  const byPoint = new Map<string, PlanInput[]>();
  for (const input of inputs) byPoint.set(input.point, [...(byPoint.get(input.point) ?? []), input]);
  const slotById = new Map(slots.map((slot, i) => [slot.id, i]));
  const manuals = slots.flatMap(({ id }, i) => (/^device .* manual$/.test(id) ? [i] : []));
  const locations = new Set(toLocations(scope));
  // The same bundle on another site has other slots: a state fits only the layout that it was made with.
  const layout = hashDocument(canonicalJson([slots.map(({ id }) => id), nodes.map(({ id }) => id)]));
  const explain = createExplain(parts);
  const digits = shown.map(({ dimension }) => decimalsOf(formatDimension(dimension)));

  const takeSensor = (run: Run, entry: SensorEntry): void => {
    for (const [measurement, reading] of Object.entries(entry.readings)) {
      for (const input of byPoint.get(toPointId(entry.location, entry.cluster, measurement)) ?? []) {
        const reported = reading.t ?? entry.up;
        const isFresh = entry.up - reported <= input.maxAge;
        run.report(input.slot, reported, reading.q);
        run.set(input.slot, isFresh ? toUsable(input, reading) : unknown);
      }
    }
  };

  const takeDevice = (run: Run, entry: DeviceEntry): void => {
    const actual = slotById.get(`device ${entry.device} actual`);
    const applied = slotById.get(`device ${entry.device} applied`);
    if (actual === undefined || applied === undefined) return;
    const value = entry.value ?? unknown;
    const held = slotById.get(`device ${entry.device} held`) ?? -1;
    run.set(held, entry.phase === 'held' ? (entry.why ?? 'held') : unknown);
    switch (entry.phase) {
      case 'written':
      case 'safe':
        run.set(applied, value);
        break;
      case 'confirmed':
        run.set(applied, value);
        run.set(actual, value);
        break;
      case 'diverged':
        run.set(actual, value);
        break;
      case 'failed':
      case 'unknown':
        run.set(actual, unknown);
        break;
      default:
        break;
    }
  };

  /** An override moves no wish: the hub holds it. Loops follow it, so that they take over without a bump. */
  const takeOverride = (run: Run, entry: OverrideEntry): void => {
    const manual = slotById.get(`device ${entry.device} manual`);
    if (manual === undefined) return;
    const isOver = entry.released === true || entry.value === undefined;
    run.set(manual, isOver ? unknown : (entry.value ?? unknown));
    // When it ends, in `up`: kept where an input keeps when it was reported.
    run.report(manual, isOver ? 0 : run.up + (entry.forMs ?? 0), '');
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

  const decide = (before: EngineState, run: Run, entry: Entry): readonly Decision[] => {
    const isGrant = entry.kind === 'lease' && entry.holder !== null && toLocations(entry.scope).some((location) => locations.has(location));
    const late = entry.kind === 'device' && entry.phase === 'refused' && /\blate\b/.test(entry.why ?? '') ? entry.device : undefined;
    const decisions: Decision[] = [];
    for (const arbiter of arbiters) {
      const { id } = arbiter.device;
      const isChanged = before.values[arbiter.slot] !== run.values[arbiter.slot];
      const isGranted = isGrant && toLocations(entry.scope).includes(toLocation(id));
      if (!isChanged && !isGranted && late !== id) continue;
      const { why, rule } = arbiter.explain(run);
      decisions.push({
        device: id,
        value: run.values[arbiter.slot] as DeviceValue,
        why: why.slice(0, 1000),
        rule,
        cause: entry.lsn,
        ordinal: 0,
      });
    }
    return decisions;
  };

  const tell = (before: EngineState, run: Run): { readonly values: readonly ValueReport[]; readonly told: EngineState['told'] } => {
    const values: ValueReport[] = [];
    let told: (Scalar | null)[] | undefined;
    for (const [i, { name, slot }] of shown.entries()) {
      const value = run.values[slot];
      if (value === before.values[slot] && before.ticked !== null) continue;
      const v = toTold(value, digits[i] ?? 2);
      if (v === before.told[i]) continue;
      told ??= before.told.slice();
      told[i] = v;
      values.push({ name, v, q: v === null ? 'bad' : 'good' });
    }
    return { values, told: told ?? before.told };
  };

  const toTraces = (before: EngineState, after: EngineState, epoch: Epoch): readonly Trace[] =>
    arbiters.flatMap((arbiter) => {
      const from = before.values[arbiter.slot] as DeviceValue;
      const to = after.values[arbiter.slot] as DeviceValue;
      const isKept = arbiter.requests.some((request) => request.blockedBy(before) !== request.blockedBy(after));
      if (from === to && !isKept) return [];
      const explanation = explain(arbiter, after);
      const kind = from === to ? 'blocked' : explanation.rule === null ? 'released' : 'changed';
      const { lsn, at } = after;
      return [{ ...explanation, v: 1, traceId: `${epoch}.${lsn}.${arbiter.device.id}`, lsn, at, bundle: hash, kind, from, to }];
    });

  const step: Plan['step'] = (state, entry, { epoch }) => {
    const up = Math.max(entry.up, state.up);
    const run = new Run(state, { at: entry.at, up }, readers, steps.length);
    if (entry.kind === 'sensor') takeSensor(run, entry);
    else if (entry.kind === 'device') takeDevice(run, entry);
    else if (entry.kind === 'override') takeOverride(run, entry);
    // Without a pulse for a second, any entry moves time: what is older than the pulses' pace is not left standing.
    const isTick = entry.kind === 'pulse' || state.ticked === null || up - state.ticked >= tickMs;
    if (isTick) {
      expire(run);
      const all = state.ticked === null ? steps.keys() : timed;
      for (const i of all) run.call(i);
    }
    for (const [i, part] of steps.entries()) if (run.isDue(i)) part.run(run);
    const decisions = decide(state, run, entry);
    const { values, told } = tell(state, run);
    const next: EngineState = { ...run.finish(), lsn: entry.lsn, up, at: entry.at, ticked: isTick ? up : state.ticked, told };
    let traces: readonly Trace[] | undefined;
    return {
      state: next,
      decisions,
      alarms: run.alarms,
      values,
      get traces() {
        traces ??= toTraces(state, next, epoch);
        return traces;
      },
    };
  };

  const start = (): EngineState => ({
    values: slots.map((slot) => slot.initial),
    reported: slots.map(() => null),
    qualities: slots.map(() => ''),
    nodes: nodes.map(({ node }) => node.init()),
    lsn: 0,
    up: 0,
    at: 0,
    ticked: null,
    told: shown.map(() => null),
  });

  const save = (state: EngineState): string =>
    canonicalJson({
      v: 1,
      engine: engineVersion,
      bundle: hash,
      layout,
      lsn: state.lsn,
      up: state.up,
      at: state.at,
      ticked: state.ticked,
      told: state.told,
      values: state.values.map((value) => (isUnknown(value) ? null : value)),
      reported: state.reported,
      qualities: state.qualities,
      nodes: Object.fromEntries(nodes.map(({ id, node }, i) => [id, { type: node.type, state: state.nodes[i] }])),
    });

  return {
    hash,
    scope,
    engine: engineVersion,
    start,
    save,
    step,
    explain: (state, device) => {
      const arbiter = arbiters.find((each) => each.device.id === device);
      return arbiter === undefined ? undefined : explain(arbiter, state);
    },
    hashState: (state) => hashDocument(save(state)),
    restore: (text) => {
      const saved = parseSaved(text);
      if (saved === undefined || saved.engine !== engineVersion || saved.bundle !== hash || saved.layout !== layout) {
        throw new Fault('store/damaged', 'the saved state is not one of this bundle, site and engine');
      }
      return {
        values: saved.values.map((value) => value ?? unknown),
        reported: saved.reported,
        qualities: saved.qualities,
        nodes: nodes.map(({ id, node }) => saved.nodes[id]?.state ?? node.init()),
        lsn: saved.lsn,
        up: saved.up,
        at: saved.at,
        ticked: saved.ticked,
        told: saved.told,
      };
    },
  };
};

type Saved = {
  readonly v: 1;
  readonly engine: string;
  readonly bundle: string;
  readonly layout: string;
  readonly lsn: number;
  readonly up: number;
  readonly at: number;
  readonly ticked: number | null;
  readonly told: readonly (Scalar | null)[];
  readonly values: readonly (Scalar | null)[];
  readonly reported: readonly (number | null)[];
  readonly qualities: readonly string[];
  readonly nodes: Readonly<Record<string, { readonly type: string; readonly state: NodeState }>>;
};

const parseSaved = (text: string): Saved | undefined => {
  try {
    const saved = JSON.parse(text) as Partial<Saved> | null;
    return saved?.v === 1 ? (saved as Saved) : undefined;
  } catch {
    // Not JSON is as good as not there: the caller is told that the state cannot be read.
    return undefined;
  }
};

const decimalsOf = (unit: string): number => ({ kPa: 3, '°C': 2, K: 2, '%': 1, ppm: 0, 'µmol/m²/s': 0 })[unit] ?? 3;

const toTold = (value: Maybe<Scalar> | undefined, digits: number): Scalar | null => {
  if (value === undefined || isUnknown(value)) return null;
  return typeof value === 'number' ? Number(value.toFixed(digits)) : value;
};
