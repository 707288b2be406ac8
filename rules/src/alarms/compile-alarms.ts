import { alarmIds, canonicalJson, type Entry, hashDocument, isReservedAlarm, reasonOf } from '@phloem/protocol';
import type { BundleContent } from '../bundle.ts';
import { sourcesOf } from '../bundle.ts';
import type { AlarmDocument } from '../documents/alarm.ts';
import { kindOf } from '../documents/check.ts';
import { siteAlarmKinds } from '../documents/kinds.ts';
import { DocumentFault, type Problem } from '../documents/problem.ts';
import type { SourceDocument } from '../documents/source.ts';
import { Builder, type Placed } from '../plan/builder.ts';
import {
  compilePartsInSteps,
  sortDocuments,
  sortDocumentsInSteps,
  type CompiledParts,
  type SortedDocuments,
} from '../plan/bundle-parts.ts';
import { compileWhen } from '../plan/compile-when.ts';
import { createEngine, type Engine, type EngineParts } from '../plan/engine.ts';
import type { EngineState } from '../plan/memory.ts';
import { engineVersion } from '../plan/engine-version.ts';
import { handOverState, restoreState, saveState, type StateOwner } from '../plan/saved-state.ts';
import type { SiteModel } from '../site-model.ts';
import { runSteps, type Steps } from '../plan/steps.ts';
import { addAlarm, type CompiledAlarm } from './add-alarm.ts';
import type { AlarmDefinition, AlarmFinding } from './alarm-definition.ts';
import { compileBandAlarms } from './compile-band-alarms.ts';

/** The alarms of a bundle or of a site, ready to be evaluated over the log. */
export type AlarmPlan = {
  readonly definitions: readonly AlarmDefinition[];
  /** The alarms that rules and loops of the same bundle may raise, which anyone who runs them evaluates. */
  readonly ofRules: readonly string[];
  /** The state before the first entry. */
  readonly start: () => EngineState;
  /** Pure. Entries come in the order of the log. `isNews` claims that something else may be found now. */
  readonly step: (state: EngineState, entry: Entry) => { readonly state: EngineState; readonly isNews: boolean };
  /** How each alarm is found in a state, in the order of the documents; nothing before the first entry. */
  readonly find: (state: EngineState) => readonly AlarmFinding[];
  readonly save: (state: EngineState) => string;
  /** @throws Fault `store/damaged` when the text is no state of this plan. */
  readonly restore: (text: string) => EngineState;
  /**
   * The state of other documents, taken over as far as it fits.
   *
   * @throws Fault `store/damaged` when the text is no state of this engine.
   */
  readonly takeOver: (text: string) => EngineState;
};

/**
 * Makes the alarms of a bundle ready: those of its Alarm documents, and of the limits of its bands.
 *
 * @throws DocumentFault `document/invalid` with every problem.
 */
export const compileAlarms = (
  content: BundleContent,
  site: SiteModel,
  { isPart = false }: { readonly isPart?: boolean } = {},
): AlarmPlan => {
  const builder = new Builder(site);
  return runSteps(toPlan({ ...sortDocuments(sourcesOf(content), builder), isPart }, builder));
};

/**
 * The same in steps, for a thread that must not be held up: each is one document read or compiled. Tests are left out, which say
 * nothing of alarms. Yields how many named values there are by now.
 *
 * @throws DocumentFault `document/invalid` with every problem, at one of the steps.
 */
export function* compileAlarmsInSteps(content: BundleContent, site: SiteModel): Generator<number, AlarmPlan> {
  const builder = new Builder(site);
  const sources = sourcesOf(content).filter((source) => kindOf(source) !== 'RuleTest');
  const counted = function* <Result>(steps: Steps<Result>): Generator<number, Result> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      yield builder.made;
    }
  };
  return yield* counted(toPlan(yield* counted(sortDocumentsInSteps(sources, builder)), builder));
}

/**
 * Makes the alarms of a site ready, from its documents of the kinds Alarm, Signals and Setpoints.
 *
 * @throws DocumentFault `document/invalid` with every problem.
 */
export const compileSiteAlarms = (sources: readonly SourceDocument[], site: SiteModel): AlarmPlan => {
  const builder = new Builder(site);
  return runSteps(toPlan(sortDocuments(sources, builder, siteAlarmKinds), builder));
};

/** What is wrong with the alarms of a bundle, beside the problems that are known. */
export const findAlarmProblems = (bundle: SortedDocuments, site: SiteModel, known: readonly Problem[]): readonly Problem[] => {
  const isWatching = bundle.alarms.length > 0 || bundle.setpoints.some(({ document }) => document.spec.bands !== undefined);
  if (!isWatching) return [];
  try {
    runSteps(toPlan(bundle, new Builder(site)));
    return [];
  } catch (error) {
    if (!(error instanceof DocumentFault)) throw error;
    const keyOf = ({ file, line, column, path, expected }: Problem): string => [file, line, column, path, expected].join('\n');
    const keys = new Set(known.map(keyOf));
    return error.problems.filter((problem) => !keys.has(keyOf(problem)));
  }
};

/** The alarms of rules and loops that cannot be evaluated. */
export const toRuleAlarms = ({ acting }: SortedDocuments, builder: Builder): readonly string[] =>
  acting.flatMap(({ document: { metadata, spec }, source }) => {
    if (spec.onUnknown.alarm === undefined) return [];
    if (isReservedAlarm(metadata.id)) {
      const hint = 'begin it with a location, such as flower_room/heat';
      builder.complain(source, ['metadata', 'id'], {
        expected: 'an id that does not begin with a word of the hub',
        found: metadata.id,
        hint,
      });
    }
    return [alarmIds.unknown(metadata.id)];
  });

function* toPlan(bundle: SortedDocuments, builder: Builder): Steps<AlarmPlan> {
  const parts = yield* compilePartsInSteps(bundle, builder);
  const alarms: CompiledAlarm[] = [];
  for (const placed of bundle.setpoints) {
    alarms.push(...compileBandAlarms(placed, bundle, parts, builder));
    yield;
  }
  for (const placed of bundle.alarms) {
    alarms.push(...toList(compileAlarm(placed, parts, builder)));
    yield;
  }
  const ofRules = toRuleAlarms(bundle, builder);
  const engineParts: EngineParts = {
    steps: builder.finish(),
    slots: builder.slots,
    nodes: builder.nodes,
    inputs: [...parts.signals.values()].flatMap(({ planInputs }) => planInputs),
    watched: alarms.flatMap(({ slots }) => slots),
  };
  yield;
  const engine = createEngine(engineParts);
  yield;
  return createAlarmPlan(alarms, ofRules, engineParts, engine);
}

const toList = <T>(one: T | undefined): readonly T[] => (one === undefined ? [] : [one]);

const createAlarmPlan = (alarms: readonly CompiledAlarm[], ofRules: readonly string[], parts: EngineParts, engine: Engine): AlarmPlan => {
  const layout = hashDocument(canonicalJson(['alarms', parts.slots.map(({ id }) => id), parts.nodes.map(({ id }) => id)]));
  const owner: StateOwner = { engine: engineVersion, hash: layout, parts };
  return {
    definitions: alarms.flatMap(({ definitions }) => definitions),
    ofRules,
    start: () => engine.start([]),
    step: (state, entry) => {
      const run = engine.pass(state, entry);
      const isNews = run.changed.length > 0 || !isEvaluated(state);
      return { state: engine.finish(state, entry), isNews };
    },
    find: (state) => (isEvaluated(state) ? alarms.flatMap(({ find }) => find(state)) : []),
    save: (state) => saveState(state, owner),
    restore: (text) => restoreState(text, owner),
    takeOver: (text) => handOverState(text, owner, [], () => undefined).state,
  };
};

/** Claims that the conditions have been worked out in this state: at a start, and after other documents took over, they have not. */
const isEvaluated = ({ ticked }: EngineState): boolean => ticked !== null;

const compileAlarm = (placed: Placed<AlarmDocument>, { clockOf, toScope }: CompiledParts, builder: Builder): CompiledAlarm | undefined => {
  const { document, source } = placed;
  const { metadata, spec } = document;
  const { id } = metadata;
  if (isReservedAlarm(id)) {
    builder.complain(source, ['metadata', 'id'], {
      expected: 'an id that does not begin with a word of the hub',
      found: id,
      hint: 'begin it with a location, such as flower_room/too-hot',
    });
  }
  const scope = toScope(placed);
  const clock = clockOf(spec.use?.setpoints, source);
  const when = compileWhen(id, spec.when, ['spec', 'when'], { source, scope, clock, builder });
  if (when === undefined) return undefined;
  const { priority, inhibitWhen, onUnknown, guidance, shelvable } = spec;
  return addAlarm(
    {
      id,
      priority,
      title: spec.text,
      inhibitWhen,
      onUnknown,
      unknownId: alarmIds.unknown(id),
      unknownSubject: { kind: 'alarm', title: spec.text },
      guidance,
      shelvable,
      source,
      path: ['spec'],
      scope,
    },
    {
      reads: when.reads,
      writes: [when.progress],
      evaluate: when.evaluate,
      reset: when.reset,
      isOn: when.isOn,
      explain: (evaluation) =>
        reasonOf('alarm/condition', {
          title: spec.text,
          because: (when.isOn(evaluation) === false ? when.describeStill(evaluation) : when.describeOn(evaluation)).slice(0, 400),
        }),
    },
    builder,
  );
};
