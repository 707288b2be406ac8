import type { RuleDocument } from '../documents/rule.ts';
import type { Expression } from '../expression.ts';
import type { EvaluationContext, Scope } from '../expressions/scope.ts';
import { createFor } from '../nodes/for.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import { boolean } from '../units/dimension.ts';
import type { Builder, Placed } from './builder.ts';
import { compileCaps } from './compile-caps.ts';
import { addConditions, claimIn, isForAsleep } from './compile-when.ts';
import type { Run } from './run.ts';

/** What stops a rule although its condition holds: the entries of `unless`, and caps that are used up. */
export type CompiledStops = {
  /** True while the rule is stopped. */
  readonly slot: number;
  readonly expressions: readonly Expression[];
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Claims that time alone changes nothing about it now. */
  readonly isAsleep: (run: Run) => boolean;
  /** Takes one step, and sets the slot. `isRequesting`: whether the rule requests now, for a device of which nobody says what it does. */
  readonly step: (run: Run, isRequesting: boolean) => Maybe<boolean>;
  /** Why the rule is stopped. */
  readonly describe: (evaluation: EvaluationContext) => string;
};

type Context = { readonly scope: Scope; readonly clock: SiteClock | undefined; readonly builder: Builder };

/** Compiles `unless` and `caps`; undefined, and problems, where one of them cannot be compiled. */
export const compileStops = ({ document, source }: Placed<RuleDocument>, context: Context): CompiledStops | undefined => {
  const { scope, builder } = context;
  const { id } = document.metadata;
  const stops = (document.spec.unless ?? []).map((stop, i) => {
    const path = ['spec', 'unless', i, 'expr'];
    const expression = builder.condition(source, path, stop.expr, scope);
    const maxGapMs = builder.maxGapOf(expression?.slots ?? []);
    const [slot = -1] = expression === undefined ? [] : addConditions(`${id}#unless${i}`, [expression], { source, path, builder });
    const node = createFor({ onMs: builder.duration(stop.for), offMs: builder.duration(stop.release), maxGapMs });
    return { ...stop, expression, slot, timer: builder.addNode(`${id}#unless${i}`, node) };
  });
  const allCaps = compileCaps({ document, source }, context);
  const stopSlot = builder.addSlot(`${id}#stopped`, boolean, false);
  if (stops.some((stop) => stop.expression === undefined) || allCaps.includes(undefined)) return undefined;
  const caps = allCaps.filter((cap) => cap !== undefined);
  return {
    slot: stopSlot,
    expressions: stops.map((stop) => stop.expression).filter((each) => each !== undefined),
    reads: [...stops.map(({ slot }) => slot), ...caps.flatMap((cap) => cap.reads)],
    writes: [stopSlot, ...caps.map((cap) => cap.slot)],
    isAsleep: (run) => caps.length === 0 && stops.every((stop) => isForAsleep(run.stateOf(stop.timer))),
    step: (run, isRequesting) => {
      let answer: Maybe<boolean> = false;
      for (const stop of stops) answer = toEither(answer, run.step(stop.timer, claimIn(run, stop.slot)).value);
      for (const cap of caps) {
        const isUsedUp = cap.step(run, isRequesting);
        run.set(cap.slot, isUsedUp);
        answer = toEither(answer, isUsedUp);
      }
      run.set(stopSlot, answer === true);
      return answer;
    },
    describe: (evaluation) => {
      const holding = stops.find((each) => each.expression?.evaluate(evaluation) === true);
      const cap = holding === undefined ? caps.find((each) => evaluation.values[each.slot] === true) : undefined;
      const stop = holding ?? stops[0];
      return cap?.reason ?? stop?.reason ?? stop?.expr ?? '';
    },
  };
};

/** Whether one or the other holds; unknown while neither is known to. */
const toEither = (one: Maybe<boolean>, other: Maybe<boolean>): Maybe<boolean> =>
  one === true || other === true ? true : one === unknown || other === unknown ? unknown : false;
