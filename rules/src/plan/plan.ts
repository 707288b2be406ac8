import {
  type AlarmReport,
  canonicalJson,
  type DeviceId,
  type DocumentHash,
  type Entry,
  type Epoch,
  hashDocument,
  type ScopeId,
  type ValueReport,
} from '@phloem/protocol';
import { compileExpression } from '../expression.ts';
import type { Scalar, Scope } from '../expressions/scope.ts';
import { isUnknown, type Maybe } from '../nodes/node.ts';
import type { PlanArbiter } from './arbiter.ts';
import { createOrigins, type Origins } from './behind.ts';
import type { Shown } from './builder.ts';
import { createDecide, type Decision } from './decide.ts';
import { createEngine, type EngineParts } from './engine.ts';
import { engineVersion } from './engine-version.ts';
import type { EngineState } from './memory.ts';
import type { Forecast, PlanSetpoint } from './forecast.ts';
import { createReportValues } from './report-values.ts';
import { handOverState, restoreState, saveState, type HandOver, type StateOwner } from './saved-state.ts';
import { createTracing, type ToTraces } from './trace-changes.ts';
import { createExplain, type Explanation, type Trace } from './trace.ts';

export { engineVersion };

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
  /** What the request for a device rests on; nothing for a device that is not its business. */
  readonly originsOf: (device: DeviceId) => Origins;
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

/** What one entry led to; the traces are worked out when they are asked for. */
class Outcome implements StepResult {
  readonly decisions: readonly Decision[];
  readonly alarms: readonly AlarmReport[];
  readonly values: readonly ValueReport[];
  readonly state: EngineState;
  readonly #before: EngineState;
  readonly #toTraces: ToTraces | null;
  #traces: readonly Trace[] | undefined;

  constructor(
    decisions: readonly Decision[],
    alarms: readonly AlarmReport[],
    values: readonly ValueReport[],
    before: EngineState,
    state: EngineState,
    toTraces: ToTraces | null,
  ) {
    this.decisions = decisions;
    this.alarms = alarms;
    this.values = values;
    this.state = state;
    this.#before = before;
    this.#toTraces = toTraces;
  }

  get traces(): readonly Trace[] {
    if (this.#toTraces === null) return noTraces;
    this.#traces ??= this.#toTraces(this.#before, this.state);
    return this.#traces;
  }
}

const noTraces: readonly Trace[] = [];

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

/** Makes a plan out of the parts of a bundle. */
export const createPlan = (parts: PlanParts): Plan => {
  const { hash, scope, slots, nodes, shown, arbiters } = parts;
  const engine = createEngine(parts);
  const explain = createExplain(parts);
  const toOrigins = createOrigins(parts);
  // The same bundle on another site has other slots: a state fits only the layout that it was made with.
  const layout = hashDocument(canonicalJson([hash, slots.map(({ id }) => id), nodes.map(({ id }) => id)]));
  const owner: StateOwner = { engine: engineVersion, hash: layout, parts };

  const decide = createDecide(arbiters, slots.length);
  const reportValues = createReportValues(shown, slots.length);
  const toTracing = createTracing({ hash, slots, arbiters, explain });
  const step: Plan['step'] = (state, entry, { epoch }) => {
    const run = engine.pass(state, entry);
    const decisions = decide(run, entry);
    const values = reportValues(run, state.ticked === null);
    const toTraces = toTracing(run, epoch);
    return new Outcome(decisions, run.alarms, values, state, engine.finish(state, entry), toTraces);
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
    originsOf: (device) => {
      const arbiter = arbiters.find((each) => each.device.id === device);
      return toOrigins(arbiter === undefined ? [] : [arbiter.slot, ...arbiter.requests.map((request) => request.slot)]);
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
