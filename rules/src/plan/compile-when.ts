import { boolean, text } from '../units/dimension.ts';
import type { RuleDocument } from '../documents/rule.ts';
import type { Cycle } from '../documents/windows.ts';
import type { Path, SourceDocument } from '../documents/source.ts';
import type { Expression } from '../expression.ts';
import { explainTerm } from '../expressions/explain-term.ts';
import type { EvaluationContext, Scope } from '../expressions/scope.ts';
import { createFor, type ForState } from '../nodes/for.ts';
import { createHysteresis } from '../nodes/hysteresis.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import type { Builder } from './builder.ts';
import { isBandOverlapping } from './check-band.ts';
import { compileCycle, compileSchedule, describeWindow } from './compile-schedule.ts';
import { toClaim } from './operator-parts.ts';
import type { Run } from './run.ts';

/** A condition over time: what it reads, what it is now, and how it is reported. */
export type CompiledWhen = {
  /** The slots of its conditions: anyone who evaluates it runs only when one of them changes, or by time. */
  readonly reads: readonly number[];
  readonly expressions: readonly Expression[];
  readonly evaluate: (run: Run) => Maybe<boolean>;
  /** Makes it go on from having held: the log says that it did. */
  readonly resume: (run: Run) => void;
  /** Makes it forget that it held, and how long it has: its times start again. */
  readonly reset: (run: Run) => void;
  /** Claims that time alone changes nothing about it now. */
  readonly isAsleep: (run: Run) => boolean;
  /** The slot of what keeps a change back: `pending` while a time runs, `hysteresis-band` between the lines, else nothing. */
  readonly progress: number;
  /** ` for 90 s`, or nothing. */
  readonly forMs: number;
  /** Whether the condition to go on holds at this moment, timers aside. */
  readonly isOn: (evaluation: EvaluationContext) => Maybe<boolean>;
  /** Whether the condition to go off holds, where there is one. */
  readonly isOff: (evaluation: EvaluationContext) => boolean;
  /** Why it is on, why it is still on, and why it is off. */
  readonly describeOn: (evaluation: EvaluationContext) => string;
  readonly describeStill: (evaluation: EvaluationContext) => string;
  readonly describeOff: (evaluation: EvaluationContext) => string;
};

type When = RuleDocument['spec']['when'];

/** Compiles a `when`: an expression, a band, or a schedule; with times to last. Used by rules and by interlocks. */
export const compileWhen = (
  id: string,
  when: When,
  path: Path,
  {
    source,
    scope,
    clock,
    builder,
  }: { readonly source: SourceDocument; readonly scope: Scope; readonly clock: SiteClock | undefined; readonly builder: Builder },
): CompiledWhen | undefined => {
  const progress = builder.addSlot(`${id}#progress`, text, '');
  const context = { source, scope, clock, builder };
  if (typeof when !== 'string' && 'schedule' in when) {
    const evaluate = compileSchedule(id, when.schedule, [...path, 'schedule'], context);
    const hours = when.schedule.map(describeWindow).join('; ');
    if (evaluate === undefined) return undefined;
    const times = { reads: [], expressions: [], evaluate, within: () => `within ${hours}`, outside: () => `outside ${hours}` };
    return byTime(id, times, progress, builder);
  }
  if (typeof when !== 'string' && 'cycle' in when) return compileCycleWhen(id, when.cycle, [...path, 'cycle'], progress, context);
  const isText = typeof when === 'string';
  const isBand = !isText && 'hysteresis' in when;
  const onPath: Path = isText ? path : isBand ? [...path, 'hysteresis', 'on'] : [...path, 'expr'];
  const on = builder.condition(source, onPath, isText ? when : isBand ? when.hysteresis.on : when.expr, scope);
  const off = isBand ? builder.condition(source, [...path, 'hysteresis', 'off'], when.hysteresis.off, scope) : undefined;
  if (on === undefined || (isBand && off === undefined)) return undefined;
  if (off !== undefined && isBandOverlapping(on, off, scope, builder.slots)) complainOfOverlap(on, off, path, context);
  const expressions = off === undefined ? [on] : [on, off];
  const reads = addConditions(`${id}#when`, expressions, { source, path, builder });
  const [onSlot = -1, offSlot = -1] = reads;
  const times = isText ? undefined : when.for;
  const onMs = builder.duration(times?.on);
  const offMs = builder.duration(times?.off);
  const band = isBand ? builder.addNode(`${id}#hysteresis`, createHysteresis()) : undefined;
  const timer = onMs + offMs > 0 ? builder.addNode(`${id}#for`, createFor({ onMs, offMs, maxGapMs: builder.maxGapOf(reads) })) : undefined;
  const startFrom = (run: Run, isHolding: boolean): void => {
    if (band !== undefined) run.put(band, band.node.init(isHolding));
    if (timer !== undefined) run.put(timer, timer.node.init(isHolding));
  };
  const tell = (expression: Expression, evaluation: EvaluationContext): string =>
    explainTerm(expression.term, expression.text, scope, evaluation);
  return {
    reads,
    expressions,
    progress,
    isAsleep: (run) => timer === undefined || isForAsleep(run.stateOf(timer)),
    evaluate: (run) => {
      const isOn = claimIn(run, onSlot);
      const held = band === undefined ? undefined : run.step(band, { on: isOn, off: claimIn(run, offSlot) });
      const raw = held === undefined ? isOn : held.value;
      const timed = timer === undefined ? undefined : run.step(timer, raw);
      run.set(progress, timed !== undefined && timed.needMs > 0 ? 'pending' : held?.isBetween === true ? 'hysteresis-band' : '');
      return timed === undefined ? raw : timed.value;
    },
    resume: (run) => startFrom(run, true),
    reset: (run) => startFrom(run, false),
    forMs: onMs,
    isOn: (evaluation) => toClaim(on.evaluate(evaluation)),
    isOff: (evaluation) => off?.evaluate(evaluation) === true,
    describeOn: (evaluation) => tell(on, evaluation),
    describeStill: (evaluation) => tell(off ?? on, evaluation),
    describeOff: (evaluation) => (off?.evaluate(evaluation) === true ? tell(off, evaluation) : tell(on, evaluation)),
  };
};

const complainOfOverlap = (on: Expression, off: Expression, path: Path, { builder, source }: WhenContext): void =>
  builder.complain(source, [...path, 'hysteresis', 'off'], {
    expected: 'lines that leave a band between them',
    found: `${on.text} and ${off.text}, which overlap`,
    hint: 'between them both would be true',
  });

type WhenContext = {
  readonly source: SourceDocument;
  readonly scope: Scope;
  readonly clock: SiteClock | undefined;
  readonly builder: Builder;
};

const compileCycleWhen = (id: string, cycle: Cycle, path: Path, progress: number, context: WhenContext): CompiledWhen | undefined => {
  const { source, scope, builder } = context;
  const condition = cycle.while === undefined ? undefined : builder.condition(source, [...path, 'while'], cycle.while, scope);
  const step = compileCycle(id, cycle, path, context);
  if (step === undefined || (cycle.while !== undefined && condition === undefined)) return undefined;
  const expressions = condition === undefined ? [] : [condition];
  const reads = condition === undefined ? [] : addConditions(`${id}#when`, expressions, { source, path, builder });
  const [slot] = reads;
  const evaluate = (run: Run): Maybe<boolean> => step(run, slot === undefined ? true : claimIn(run, slot));
  const turns = `${cycle.on} on, ${cycle.off} off`;
  const isRunning = (evaluation: EvaluationContext): boolean => condition === undefined || condition.evaluate(evaluation) === true;
  const outside = (evaluation: EvaluationContext): string =>
    condition === undefined || isRunning(evaluation)
      ? `in the off phase of ${turns}`
      : explainTerm(condition.term, condition.text, scope, evaluation);
  const within = (): string => `in the on phase of ${turns}`;
  return byTime(id, { reads, expressions, evaluate, within, outside }, progress, builder);
};

type ByTime = Pick<CompiledWhen, 'reads' | 'expressions' | 'evaluate'> & {
  readonly within: (evaluation: EvaluationContext) => string;
  readonly outside: (evaluation: EvaluationContext) => string;
};

/** A condition that time alone makes true: whether it is so stands in the rule's own slot. */
const byTime = (id: string, { within, outside, ...parts }: ByTime, progress: number, builder: Builder): CompiledWhen => ({
  ...parts,
  progress,
  // Its hours, and its turns, come by themselves.
  isAsleep: () => false,
  resume: () => undefined,
  reset: () => undefined,
  forMs: 0,
  isOn: (evaluation) => (evaluation.values[builder.slotOf(id)] === true ? true : unknown),
  isOff: () => false,
  describeOn: within,
  describeStill: within,
  describeOff: outside,
});

/**
 * Gives conditions slots, and a step of their own that fills them. Readings move all the time and conditions hardly ever:
 * whatever reads the slots is left alone until a condition is another.
 */
export const addConditions = (
  id: string,
  conditions: readonly Expression[],
  { source, path, builder }: { readonly source: SourceDocument; readonly path: Path; readonly builder: Builder },
): readonly number[] => {
  const slots = conditions.map(({ slots: from }, i) => builder.addSlot(`${id}${i}`, boolean, unknown, { from }));
  const reads = [...new Set(conditions.flatMap((condition) => condition.slots))];
  const isTimed = conditions.some((condition) => condition.isTimed);
  const run = (pass: Run): void => {
    for (let i = 0; i < conditions.length; i++) pass.set(slots[i] ?? -1, toClaim(conditions[i]?.evaluate(pass) ?? unknown));
  };
  builder.addStep({ id, reads, writes: slots, isTimed, run }, source, path);
  return slots;
};

/** What a condition was found to be. */
export const claimIn = (run: Run, slot: number): Maybe<boolean> => toClaim(run.values[slot] ?? unknown);

/** Claims that no change is under way: time passes it by. */
export const isForAsleep = (state: ForState): boolean => state.wants === state.isOn && !state.isBlind;
