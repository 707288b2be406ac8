import { type AlarmPriority, type Reason, reasonOf, type ReasonParams, toLocation } from '@phloem/protocol';
import { boolean, text } from '../units/dimension.ts';
import type { AlarmOnUnknown, Guidance, InhibitWhen } from '../documents/alarm.ts';
import type { Path, SourceDocument } from '../documents/source.ts';
import type { EvaluationContext, Scope } from '../expressions/scope.ts';
import { createFor } from '../nodes/for.ts';
import type { Maybe } from '../nodes/node.ts';
import { createBlind } from '../plan/blind.ts';
import type { Builder } from '../plan/builder.ts';
import { addConditions, claimIn } from '../plan/compile-when.ts';
import type { Run } from '../plan/run.ts';
import type { AlarmDefinition, AlarmFinding } from './alarm-definition.ts';

/** The condition of an alarm over time, and how it is reported. */
export type AlarmCondition = {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly evaluate: (run: Run) => Maybe<boolean>;
  /** Makes its times start again. */
  readonly reset: (run: Run) => void;
  /** Whether it holds at this moment, delays aside. */
  readonly isOn: (evaluation: EvaluationContext) => Maybe<boolean>;
  readonly explain: (evaluation: EvaluationContext) => Reason;
};

/** What a document says of an alarm, beside its condition. */
export type AlarmSpec = {
  readonly id: string;
  readonly priority: AlarmPriority;
  readonly title: string;
  readonly inhibitWhen: InhibitWhen | undefined;
  readonly onUnknown: AlarmOnUnknown | undefined;
  /** The alarm that reports that it cannot be evaluated; null where another alarm reports it. */
  readonly unknownId: string | null;
  /** What that alarm says cannot be checked. */
  readonly unknownSubject: ReasonParams['alarm/unknown']['subject'];
  readonly guidance: Guidance | undefined;
  readonly shelvable: boolean | undefined;
  readonly source: SourceDocument;
  readonly path: Path;
  readonly scope: Scope;
};

/** An alarm in a plan. */
export type CompiledAlarm = {
  readonly definitions: readonly AlarmDefinition[];
  /** The slots whose changes can change what is found. */
  readonly slots: readonly number[];
  readonly find: (evaluation: EvaluationContext) => readonly AlarmFinding[];
};

/** Unless the document sets another time, an alarm that cannot be evaluated for so long is reported. */
const defaultHold = '5min';

/** Adds an alarm to a plan: its condition, what suppresses it, and what it does while it does not know. */
export const addAlarm = (spec: AlarmSpec, condition: AlarmCondition, builder: Builder): CompiledAlarm => {
  const { id, source, path } = spec;
  const activeSlot = builder.addSlot(id, boolean, false);
  const blindSlot = builder.addSlot(`${id}#blind`, boolean, false);
  const suppressedSlot = builder.addSlot(`${id}#suppressed`, text, '');
  const inhibits = compileInhibits(spec, builder);
  const { onUnknown = { hold: defaultHold } } = spec;
  const holdMs = onUnknown === 'ignore' ? Number.MAX_SAFE_INTEGER : builder.duration(onUnknown.hold);
  const blind = builder.addNode(`${id}#unknown`, createBlind(holdMs));
  // eslint-disable-next-line unicorn/no-thenable -- a word of the documents
  const then = onUnknown === 'ignore' ? 'keep' : (onUnknown.then ?? 'keep');

  const run = (pass: Run): void => {
    // Every timer runs, and what is not known inhibits nothing: a dead door contact must not silence an alarm.
    const stops = inhibits.filter(({ slot, timer }) => pass.step(timer, claimIn(pass, slot) === true).isOn);
    const stop = stops[0];
    if (stop !== undefined) condition.reset(pass);
    const claim = stop === undefined ? condition.evaluate(pass) : false;
    const { mode, isWanted } = pass.step(blind, claim);
    const isGivenUp = mode === 'given-up';
    pass.set(activeSlot, isGivenUp && then !== 'keep' ? then === 'raise' : isWanted);
    pass.set(blindSlot, isGivenUp);
    pass.set(suppressedSlot, stop !== undefined && condition.isOn(pass) === true ? stop.reason : '');
  };
  const reads = [...new Set([...condition.reads, ...inhibits.map(({ slot }) => slot)])];
  const writes = [activeSlot, blindSlot, suppressedSlot, ...condition.writes];
  builder.addStep({ id, reads, writes, isTimed: true, run }, source, path);

  const { priority, guidance } = spec;
  const definition: AlarmDefinition = {
    id,
    priority,
    guidance,
    isShelvable: spec.shelvable !== false,
    ...toPlaces(condition.reads, builder),
  };
  const own = onUnknown === 'ignore' ? undefined : onUnknown.alarm;
  const unknownDefinition = toUnknownDefinition(spec, definition);
  const subject = own?.text === undefined ? spec.unknownSubject : ({ kind: 'text', title: own.text } as const);
  const toUnknownReason = (evaluation: EvaluationContext): Reason =>
    reasonOf('alarm/unknown', { subject, forMs: holdMs, because: condition.explain(evaluation) });
  return {
    definitions: unknownDefinition === undefined ? [definition] : [definition, unknownDefinition],
    slots: [activeSlot, blindSlot, suppressedSlot],
    find: (evaluation) => {
      const isBlind = evaluation.values[blindSlot] === true;
      const suppressed = evaluation.values[suppressedSlot];
      const why = isBlind ? reasonOf('alarm/last-known', { title: spec.title }) : condition.explain(evaluation);
      return [
        {
          definition,
          isActive: evaluation.values[activeSlot] === true,
          suppressed: typeof suppressed === 'string' && suppressed !== '' ? suppressed : null,
          why: isBlind && then === 'raise' ? toUnknownReason(evaluation) : why,
        },
        ...(unknownDefinition === undefined
          ? []
          : [
              {
                definition: { ...unknownDefinition, points: builder.missingPoints(condition.reads, evaluation) },
                isActive: isBlind,
                suppressed: null,
                why: toUnknownReason(evaluation),
              },
            ]),
      ];
    },
  };
};

/** The alarm that says that this one cannot be evaluated; undefined where there is none. */
const toUnknownDefinition = ({ onUnknown, unknownId }: AlarmSpec, definition: AlarmDefinition): AlarmDefinition | undefined => {
  if (onUnknown === 'ignore' || unknownId === null) return undefined;
  return { ...definition, id: unknownId, priority: onUnknown?.alarm?.priority ?? 'P3', guidance: undefined };
};

const compileInhibits = ({ id, inhibitWhen = [], source, path, scope }: AlarmSpec, builder: Builder) =>
  inhibitWhen.flatMap(({ expr, release, reason }, i) => {
    const at: Path = [...path, 'inhibitWhen', i, 'expr'];
    const expression = builder.condition(source, at, expr, scope);
    const [slot] = expression === undefined ? [] : addConditions(`${id}#inhibit${i}`, [expression], { source, path: at, builder });
    if (expression === undefined || slot === undefined) return [];
    const node = createFor({ onMs: 0, offMs: builder.duration(release), maxGapMs: builder.maxGapOf(expression.slots) });
    return [{ slot, reason: reason ?? expr, timer: builder.addNode(`${id}#inhibit${i}`, node) }];
  });

/** The points behind slots, and where these and the devices behind them are. */
const toPlaces = (reads: readonly number[], builder: Builder): Pick<AlarmDefinition, 'points' | 'locations'> => {
  const behind = new Set(builder.inputsOf(reads));
  const points = builder.pointsOf(behind);
  const all = toSlotsBehind(reads, builder);
  const devices = [...builder.devices.keys()].filter((id) => all.has(builder.slotOf(`device ${id} actual`)));
  return { points, locations: [...new Set([...points, ...devices].map(toLocation))] };
};

/** The slots that these are calculated from, themselves included. */
const toSlotsBehind = (reads: readonly number[], builder: Builder): ReadonlySet<number> => {
  const found = new Set(reads);
  // A set can grow while it is walked: what is added comes later.
  for (const slot of found) for (const read of builder.stepThatWrites(slot)?.reads ?? []) found.add(read);
  return found;
};
