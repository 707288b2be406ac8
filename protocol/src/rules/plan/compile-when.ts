import { boolean, text } from '../dimension.ts';
import type { RuleDocument } from '../documents/rule.ts';
import type { Path, SourceDocument } from '../documents/source.ts';
import type { Expression } from '../expression.ts';
import { explainTerm } from '../expressions/explain-term.ts';
import type { Frame, Scope } from '../expressions/scope.ts';
import { createFor, type ForState } from '../nodes/for.ts';
import { createHysteresis } from '../nodes/hysteresis.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import { formatDuration } from '../units.ts';
import type { Builder } from './builder.ts';
import { isBandOverlapping } from './check-band.ts';
import { compileSchedule, toClaim } from './compile-operator.ts';
import type { Run } from './run.ts';

/** A condition over time: what it reads, what it is now, and how it is told. */
export type CompiledWhen = {
  /** The slots of its conditions: whoever evaluates it runs only when one of them changes, or by time. */
  readonly reads: readonly number[];
  readonly expressions: readonly Expression[];
  readonly evaluate: (run: Run) => Maybe<boolean>;
  /** Makes it go on from having held: the log says that it did. */
  readonly resume: (run: Run) => void;
  /** Claims that time alone changes nothing about it now. */
  readonly isAsleep: (run: Run) => boolean;
  /** The slot of what keeps a change back: `pending` while a time runs, `hysteresis-band` between the lines, else nothing. */
  readonly progress: number;
  /** ` for 90 s`, or nothing. */
  readonly lasting: string;
  /** Whether the condition to go on holds at this moment, timers aside. */
  readonly isOn: (frame: Frame) => Maybe<boolean>;
  /** Whether the condition to go off holds, where there is one. */
  readonly isOff: (frame: Frame) => boolean;
  /** Why it is on, why it is still on, and why it is off. */
  readonly tellOn: (frame: Frame) => string;
  readonly tellStill: (frame: Frame) => string;
  readonly tellOff: (frame: Frame) => string;
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
  if (typeof when !== 'string' && 'schedule' in when) {
    const evaluate = compileSchedule(id, when.schedule, [...path, 'schedule'], { source, builder, clock });
    if (evaluate === undefined) return undefined;
    const hours = when.schedule.map((window) => `${window.from} to ${window.to}`).join(', ');
    const tell = (word: string) => () => `${word} ${hours}`;
    const isOn = (frame: Frame): Maybe<boolean> => (frame.values[builder.slotOf(id)] === true ? true : unknown);
    return {
      reads: [],
      expressions: [],
      // The hours of a schedule come by themselves.
      isAsleep: () => false,
      evaluate,
      resume: () => undefined,
      progress,
      lasting: '',
      isOn,
      isOff: () => false,
      tellOn: tell('within'),
      tellStill: tell('within'),
      tellOff: tell('outside'),
    };
  }
  const isText = typeof when === 'string';
  const isBand = !isText && 'hysteresis' in when;
  const onPath: Path = isText ? path : isBand ? [...path, 'hysteresis', 'on'] : [...path, 'expr'];
  const on = builder.condition(source, onPath, isText ? when : isBand ? when.hysteresis.on : when.expr, scope);
  const off = isBand ? builder.condition(source, [...path, 'hysteresis', 'off'], when.hysteresis.off, scope) : undefined;
  if (on === undefined || (isBand && off === undefined)) return undefined;
  if (off !== undefined && isBandOverlapping(on, off, scope, builder.slots)) {
    builder.complain(source, [...path, 'hysteresis', 'off'], {
      expected: 'lines that leave a band between them',
      found: `${on.text} and ${off.text}, which overlap`,
      hint: 'between them both would be true',
    });
  }
  const expressions = off === undefined ? [on] : [on, off];
  const reads = addConditions(`${id}#when`, expressions, { source, path, builder });
  const [onSlot = -1, offSlot = -1] = reads;
  const times = isText ? undefined : when.for;
  const onMs = builder.duration(times?.on);
  const offMs = builder.duration(times?.off);
  const band = isBand ? builder.addNode(`${id}#hysteresis`, createHysteresis()) : undefined;
  const timer = onMs + offMs > 0 ? builder.addNode(`${id}#for`, createFor({ onMs, offMs, maxGapMs: builder.maxGapOf(reads) })) : undefined;
  const tell = (expression: Expression, frame: Frame): string => explainTerm(expression.term, expression.text, scope, frame);
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
    resume: (run) => {
      if (band !== undefined) run.put(band, band.node.init(true));
      if (timer !== undefined) run.put(timer, timer.node.init(true));
    },
    lasting: onMs > 0 ? ` for ${formatDuration(onMs)}` : '',
    isOn: (frame) => toClaim(on.evaluate(frame)),
    isOff: (frame) => off?.evaluate(frame) === true,
    tellOn: (frame) => tell(on, frame),
    tellStill: (frame) => tell(off ?? on, frame),
    tellOff: (frame) => (off?.evaluate(frame) === true ? tell(off, frame) : tell(on, frame)),
  };
};

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
