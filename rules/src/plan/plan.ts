import {
  type AlarmReport,
  canonicalJson,
  type CommandReason,
  type DeviceId,
  type DeviceValue,
  type DocumentHash,
  type Entry,
  type Epoch,
  hashDocument,
  isTooLate,
  type Lsn,
  type ScopeId,
  toLocation,
  toLocations,
  trimReason,
  type ValueReport,
} from '@phloem/protocol';
import { formatDimension } from '../units/dimension.ts';
import { compileExpression } from '../expression.ts';
import type { Scalar, Scope } from '../expressions/scope.ts';
import { isUnknown, unknown, type Maybe } from '../nodes/node.ts';
import type { PlanArbiter } from './arbiter.ts';
import type { Shown } from './builder.ts';
import { createEngine, type EngineParts } from './engine.ts';
import { engineVersion } from './engine-version.ts';
import type { EngineState } from './memory.ts';
import type { Forecast, PlanSetpoint } from './forecast.ts';
import type { Run } from './run.ts';
import { handOverState, restoreState, saveState, type HandOver, type StateOwner } from './saved-state.ts';
import { createExplain, type Explanation, type Trace } from './trace.ts';

export { engineVersion };

/** What is requested for a device, and why, with the numbers. */
export type Decision = {
  readonly device: DeviceId;
  readonly value: DeviceValue;
  readonly why: CommandReason;
  /** A device that resets itself is reported once, when a rule begins to ask. */
  readonly op: 'set' | 'momentary';
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
  /** The alarms that its rules and loops may raise: nothing else is theirs. */
  readonly alarms: readonly string[];
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
  /** What a location is steered to over a stretch of time: by schedules, and by what operators are known to have added. */
  readonly forecast: Forecast;
  readonly setpoints: readonly PlanSetpoint[];
};

/** How traces are made, and of which arbiters. */
type Tracing = {
  readonly epoch: Epoch;
  readonly places: readonly number[];
  readonly toTraces: (before: EngineState, after: EngineState, tracing: Tracing) => readonly Trace[];
};

/** What one entry led to; the traces are worked out when they are asked for. */
class Outcome implements StepResult {
  readonly decisions: readonly Decision[];
  readonly alarms: readonly AlarmReport[];
  readonly values: readonly ValueReport[];
  readonly state: EngineState;
  readonly #before: EngineState;
  readonly #tracing: Tracing | null;
  #traces: readonly Trace[] | undefined;

  constructor(
    decisions: readonly Decision[],
    alarms: readonly AlarmReport[],
    values: readonly ValueReport[],
    before: EngineState,
    state: EngineState,
    tracing: Tracing | null,
  ) {
    this.decisions = decisions;
    this.alarms = alarms;
    this.values = values;
    this.state = state;
    this.#before = before;
    this.#tracing = tracing;
  }

  get traces(): readonly Trace[] {
    if (this.#tracing === null) return noTraces;
    this.#traces ??= this.#tracing.toTraces(this.#before, this.state, this.#tracing);
    return this.#traces;
  }
}

const noDecisions: readonly Decision[] = [];
const noTraces: readonly Trace[] = [];
const noValues: readonly ValueReport[] = [];

/** The parts of which `compileBundle` makes a plan. */
export type PlanParts = EngineParts & {
  readonly hash: DocumentHash;
  readonly scope: ScopeId;
  readonly alarms: readonly string[];
  readonly shown: readonly Shown[];
  readonly arbiters: readonly PlanArbiter[];
  readonly query: Scope;
  readonly forecast: Forecast;
  readonly setpoints: readonly PlanSetpoint[];
};

export const createPlan = (parts: PlanParts): Plan => {
  const { hash, scope, slots, nodes, shown, arbiters } = parts;
  const engine = createEngine(parts);
  const explain = createExplain(parts);
  const scales = Float64Array.from(shown, ({ dimension }) => 10 ** decimalsOf(formatDimension(dimension)));
  // The same bundle on another site has other slots: a state fits only the layout that it was made with.
  const layout = hashDocument(canonicalJson([hash, slots.map(({ id }) => id), nodes.map(({ id }) => id)]));
  const owner: StateOwner = { engine: engineVersion, hash: layout, parts };

  /** By slot, the place of its arbiter and of what people are shown; -1 where there is none. */
  const arbiterAt = new Int32Array(slots.length).fill(-1);
  for (const [place, { slot }] of arbiters.entries()) arbiterAt[slot] = place;
  const shownAt = new Int32Array(slots.length).fill(-1);
  for (const [place, { slot }] of shown.entries()) shownAt[slot] = place;

  /** By slot, the places of the arbiters of whose business it is: where none of them changes there is nothing to trace. */
  const tracedAt: (readonly number[] | undefined)[] = [];
  for (const [place, { slot, requests }] of arbiters.entries()) {
    for (const traced of new Set([slot, ...requests.flatMap((request) => request.blockedBySlots)])) {
      tracedAt[traced] = [...(tracedAt[traced] ?? []), place];
    }
  }
  const isTraced = Uint8Array.from(slots, (_, slot) => (tracedAt[slot] === undefined ? 0 : 1));
  const toTracing = ({ changed }: Run, epoch: Epoch): Tracing | null => {
    let places: Set<number> | undefined;
    for (let i = 0; i < changed.length; i++) {
      const slot = changed[i] ?? 0;
      if (isTraced[slot] === 1) for (const place of tracedAt[slot] ?? []) (places ??= new Set()).add(place);
    }
    return places === undefined ? null : { epoch, places: [...places].toSorted((a, b) => a - b), toTraces };
  };

  const decide = (run: Run, entry: Entry): readonly Decision[] => {
    let due: number[] | undefined;
    const { changed } = run;
    for (let i = 0; i < changed.length; i++) {
      const slot = changed[i] ?? 0;
      const place = arbiterAt[slot] ?? -1;
      if (place !== -1 && run.before(slot) !== run.values[slot]) (due ??= []).push(place);
    }
    if (entry.kind === 'lease' && entry.holder !== null) {
      const granted = new Set(toLocations(entry.scope));
      due = [...(due ?? []), ...placesOf(({ device }) => granted.has(toLocation(device.id)))];
    } else if (
      // A frame that came too long after its cause: the device is decided again, with a cause of now.
      entry.kind === 'device' &&
      entry.phase === 'refused' &&
      entry.why !== undefined &&
      isTooLate(entry.why)
    ) {
      due = [...(due ?? []), ...placesOf(({ device }) => device.id === entry.device)];
    }
    if (due === undefined) return noDecisions;
    return [...new Set(due)]
      .toSorted((a, b) => a - b)
      .flatMap((place) => {
        const arbiter = arbiters[place];
        if (arbiter === undefined) return [];
        const value = run.values[arbiter.slot] as DeviceValue;
        const isMomentary = arbiter.device.kind === 'momentary';
        // A new lease is no reason for another pulse, and the end of a request is none at all.
        if (isMomentary && (value !== true || run.before(arbiter.slot) === true)) return [];
        const { why, rule } = arbiter.explain(run);
        const op = isMomentary ? 'momentary' : 'set';
        return [{ device: arbiter.device.id, value, op, why: trimReason(why), rule, cause: entry.lsn, ordinal: 0 }];
      });
  };
  const placesOf = (isMeant: (arbiter: PlanArbiter) => boolean): readonly number[] =>
    arbiters.flatMap((arbiter, place) => (isMeant(arbiter) ? [place] : []));

  const tell = (run: Run, isFirst: boolean): readonly ValueReport[] => {
    let values: ValueReport[] | undefined;
    const reportedSlots = isFirst ? shown.map((each) => each.slot) : run.changed;
    for (let i = 0; i < reportedSlots.length; i++) {
      const slot = reportedSlots[i] ?? 0;
      const place = shownAt[slot] ?? -1;
      const v = place === -1 ? null : toReported(run.values[slot] ?? unknown, scales[place] ?? 1);
      if (place === -1 || v === run.reportedAt(place)) continue;
      run.tell(place, v);
      (values ??= []).push({ name: shown[place]?.name ?? '', v, q: v === null ? 'bad' : 'good' });
    }
    return values ?? noValues;
  };

  const toTraces = (before: EngineState, after: EngineState, { epoch, places }: Tracing): readonly Trace[] => {
    const due = places.flatMap((place) => arbiters[place] ?? []);
    // One state is looked at after the other: looking at one puts the other's memory away.
    const was = due.map(({ slot, requests }) => ({
      from: before.values[slot] as DeviceValue,
      reasons: requests.map((request) => request.blockedBy(before)),
    }));
    return due.flatMap((arbiter, i) => {
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
    const run = engine.pass(state, entry);
    const decisions = decide(run, entry);
    const values = tell(run, state.ticked === null);
    const tracing = toTracing(run, epoch);
    return new Outcome(decisions, run.alarms, values, state, engine.finish(state, entry), tracing);
  };

  const untold = shown.map(() => null);
  const start = (): EngineState => engine.start(untold);
  const save = (state: EngineState): string => saveState(state, owner);
  return {
    hash,
    scope,
    alarms: parts.alarms,
    engine: engineVersion,
    forecast: parts.forecast,
    setpoints: parts.setpoints,
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

const decimalsOf = (unit: string): number => ({ kPa: 3, '°C': 2, K: 2, '%': 1, ppm: 0, 'µmol/m²/s': 0 })[unit] ?? 3;

const toReported = (value: Maybe<Scalar>, scale: number): Scalar | null => {
  if (isUnknown(value)) return null;
  if (typeof value !== 'number' || Math.abs(value) > 1e12) return value;
  return Math.round(value * scale) / scale + 0;
};
