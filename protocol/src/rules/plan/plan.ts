import { canonicalJson, hashDocument } from '../../canonical-json.ts';
import type { DeviceValue, Entry } from '../../entry.ts';
import { toLocation, toLocations, type DeviceId, type DocumentHash, type Epoch, type Lsn, type ScopeId } from '../../names.ts';
import type { AlarmReport, ValueReport } from '../../stream.ts';
import { formatDimension } from '../dimension.ts';
import { compileExpression } from '../expression.ts';
import type { Scalar, Scope } from '../expressions/scope.ts';
import { isUnknown, type Maybe } from '../nodes/node.ts';
import type { PlanArbiter } from './arbiter.ts';
import type { Shown } from './builder.ts';
import { createEngine, type EngineParts } from './engine.ts';
import type { EngineState } from './memory.ts';
import type { Outlook } from './outlook.ts';
import type { Run } from './run.ts';
import { handOverState, restoreState, saveState, type HandOver, type StateOwner } from './saved-state.ts';
import { createExplain, type Explanation, type Trace } from './trace.ts';

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
  /**
   * The state of another bundle, or of this one on another site, taken over as far as it fits, with the plan of it. Called
   * between two entries, at the one that switches.
   *
   * @throws Fault `store/damaged` when the text is no state of this engine.
   */
  readonly takeOver: (text: string) => { readonly state: EngineState; readonly handOver: HandOver };
  /** The state as canonical JSON. */
  readonly save: (state: EngineState) => string;
  readonly hashState: (state: EngineState) => DocumentHash;
  /** Pure: the state that comes in stays as it was. Entries come in the order of the log, none twice. */
  readonly step: (state: EngineState, entry: Entry, position: { readonly epoch: Epoch }) => StepResult;
  /** Why a device is as it is, and what keeps it from being otherwise; undefined for a device that is not its business. */
  readonly explain: (state: EngineState, device: DeviceId) => Explanation | undefined;
  /**
   * Makes a question about states, with every name of the bundle; the answer is undefined when it is unknown.
   *
   * @throws ExpressionFault when the text is no expression over these names.
   */
  readonly query: (text: string) => (state: EngineState) => Scalar | undefined;
  /** What a location is steered to over a stretch of time, by schedules alone. */
  readonly outlook: Outlook;
};

/** The parts of which `compileBundle` makes a plan. */
export type PlanParts = EngineParts & {
  readonly hash: DocumentHash;
  readonly scope: ScopeId;
  readonly shown: readonly Shown[];
  readonly arbiters: readonly PlanArbiter[];
  readonly query: Scope;
  readonly outlook: Outlook;
};

export const createPlan = (parts: PlanParts): Plan => {
  const { hash, scope, slots, nodes, shown, arbiters } = parts;
  const engine = createEngine(parts);
  const explain = createExplain(parts);
  const digits = shown.map(({ dimension }) => decimalsOf(formatDimension(dimension)));
  // The same bundle on another site has other slots: a state fits only the layout that it was made with.
  const layout = hashDocument(canonicalJson([hash, slots.map(({ id }) => id), nodes.map(({ id }) => id)]));
  const owner: StateOwner = { engine: engineVersion, hash: layout, parts };

  const decide = (run: Run, changed: Run['changed'], entry: Entry): readonly Decision[] => {
    const granted = entry.kind === 'lease' && entry.holder !== null ? new Set(toLocations(entry.scope)) : undefined;
    const late = entry.kind === 'device' && entry.phase === 'refused' && tooLate.test(entry.why ?? '') ? entry.device : undefined;
    const isAnew = ({ device, slot }: PlanArbiter): boolean =>
      (changed.has(slot) && changed.get(slot) !== run.values[slot]) || late === device.id || granted?.has(toLocation(device.id)) === true;
    const due = granted !== undefined || late !== undefined ? arbiters : arbiters.filter(({ slot }) => changed.has(slot));
    return due.filter(isAnew).map(({ device, slot, explain: tellWhy }) => {
      const { why, rule } = tellWhy(run);
      return { device: device.id, value: run.values[slot] as DeviceValue, why: why.slice(0, 1000), rule, cause: entry.lsn, ordinal: 0 };
    });
  };

  const tell = (run: Run, told: readonly (Scalar | null)[], changed: Run['changed'], isFirst: boolean): readonly ValueReport[] => {
    const values: ValueReport[] = [];
    for (const place of isFirst ? shown.keys() : toPlaces(changed)) {
      const { name, slot } = shown[place] ?? { name: '', slot: -1 };
      const v = toTold(run.values[slot], digits[place] ?? 2);
      if (v === told[place]) continue;
      run.tell(place, v);
      values.push({ name, v, q: v === null ? 'bad' : 'good' });
    }
    return values;
  };
  const placeOf = new Map(shown.map(({ slot }, place) => [slot, place]));
  const toPlaces = (changed: Run['changed']): readonly number[] => {
    const places: number[] = [];
    for (const slot of changed.keys()) {
      const place = placeOf.get(slot);
      if (place !== undefined) places.push(place);
    }
    return places.length < 2 ? places : places.toSorted((a, b) => a - b);
  };

  const toTraces = (before: EngineState, after: EngineState, epoch: Epoch): readonly Trace[] => {
    // One state is looked at after the other: looking at one puts the other's memory away.
    const was = arbiters.map(({ slot, requests }) => ({
      from: before.values[slot] as DeviceValue,
      reasons: requests.map((request) => request.blockedBy(before)),
    }));
    return arbiters.flatMap((arbiter, i) => {
      const { from, reasons = [] } = was[i] ?? {};
      const to = after.values[arbiter.slot] as DeviceValue;
      const isKept = arbiter.requests.some((request, j) => request.blockedBy(after) !== reasons[j]);
      if (from === undefined || (from === to && !isKept)) return [];
      const explanation = explain(arbiter, after);
      const kind = from === to ? 'blocked' : explanation.rule === null ? 'released' : 'changed';
      const { lsn, at } = after;
      return [{ ...explanation, v: 1, traceId: `${epoch}.${lsn}.${arbiter.device.id}`, lsn, at, bundle: hash, kind, from, to }];
    });
  };

  const step: Plan['step'] = (state, entry, { epoch }) => {
    const { run, finish } = engine.pass(state, entry);
    const { changed } = run;
    const decisions = decide(run, changed, entry);
    const values = tell(run, state.arena.told, changed, state.ticked === null);
    const next = finish();
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

  const untold = shown.map(() => null);
  const start = (): EngineState => engine.start(untold);
  const save = (state: EngineState): string => saveState(state, owner);
  return {
    hash,
    scope,
    engine: engineVersion,
    outlook: parts.outlook,
    start,
    save,
    step,
    explain: (state, device) => {
      const arbiter = arbiters.find((each) => each.device.id === device);
      return arbiter === undefined ? undefined : explain(arbiter, state);
    },
    query: (text) => {
      const expression = compileExpression(text, parts.query);
      return (state) => {
        const answer = expression.evaluate(state);
        return isUnknown(answer) ? undefined : answer;
      };
    },
    hashState: (state) => hashDocument(save(state)),
    restore: (text) => restoreState(text, owner),
    takeOver: (text) => handOverState(text, owner, untold, toActual(parts)),
  };
};

/** Whether a device already does what a new rule would ask of it: then the rule takes over from there, as if it had asked. */
const toActual = ({ arbiters, slots }: PlanParts) => {
  const slotById = new Map(slots.map(({ id }, i) => [id, i]));
  const first = new Map(arbiters.flatMap(({ requests }) => requests.toReversed().map((request) => [request.rule, request] as const)));
  return (nodeId: string, values: readonly Maybe<Scalar>[]): boolean | undefined => {
    const request = first.get(nodeId.slice(0, nodeId.lastIndexOf('#')));
    const actual = request === undefined ? undefined : values[slotById.get(`device ${request.device} actual`) ?? -1];
    return request?.asks === undefined || actual === undefined || isUnknown(actual) ? undefined : actual === request.asks;
  };
};

/** How the hub says that a frame came too long after its cause: then the device is decided anew, with a cause of now. */
const tooLate = /\blate\b|not in this log/;

const decimalsOf = (unit: string): number => ({ kPa: 3, '°C': 2, K: 2, '%': 1, ppm: 0, 'µmol/m²/s': 0 })[unit] ?? 3;

const toTold = (value: Maybe<Scalar> | undefined, digits: number): Scalar | null => {
  if (value === undefined || isUnknown(value)) return null;
  return typeof value === 'number' ? Number(value.toFixed(digits)) : value;
};
