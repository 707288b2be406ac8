import { type DeviceValue, reasonOf, type RuleReason } from '@phloem/protocol';
import { explainTerm } from '../expressions/explain-term.ts';
import type { EvaluationContext, Scope } from '../expressions/scope.ts';
import type { Expression } from '../expression.ts';
import { unknown } from '../nodes/node.ts';
import type { CompiledStops } from './compile-stops.ts';
import type { CompiledWhen } from './compile-when.ts';

/** The parts of a rule that its reasons are read from. */
export type RuleParts = {
  readonly id: string;
  readonly scope: Scope;
  readonly when: CompiledWhen;
  readonly stops: CompiledStops;
  /** All conditions: one of them is unknown where the rule is blind. */
  readonly conditions: readonly Expression[];
  /** The slots of what the rule requests, and of `known`, `held` or `given-up`. */
  readonly stateSlot: number;
  readonly modeSlot: number;
  /** After which time without knowledge it gives up. */
  readonly holdMs: number;
};

/** Why a rule requests this value, or why it requests nothing, as of the evaluation. Pure. */
export const explainRule = (rule: RuleParts, evaluation: EvaluationContext, asked: DeviceValue | undefined): RuleReason => {
  const { id, when, stops } = rule;
  const mode = evaluation.values[rule.modeSlot];
  const isWanted = evaluation.values[rule.stateSlot] === true;
  if (mode === 'given-up' || mode === 'held') {
    const because = explainBlindness(rule, evaluation);
    return mode === 'held'
      ? reasonOf('rule/remembers', { rule: id, isRequesting: isWanted, because })
      : reasonOf('rule/unknown', { rule: id, afterMs: rule.holdMs, because });
  }
  if (evaluation.values[stops.slot] === true) return reasonOf('rule/stopped', { rule: id, because: stops.describe(evaluation) });
  const isOn = when.isOn(evaluation) === true;
  const { forMs } = when;
  if (isWanted && asked !== undefined) {
    return isOn
      ? reasonOf('rule/requests', { rule: id, value: asked, forMs, because: when.describeOn(evaluation) })
      : reasonOf('rule/still-requests', { rule: id, value: asked, because: when.describeStill(evaluation) });
  }
  if (isWanted)
    return reasonOf('rule/waits-its-turn', { rule: id, because: isOn ? when.describeOn(evaluation) : when.describeStill(evaluation) });
  if (isOn) return reasonOf('rule/waits', { rule: id, forMs, because: when.describeOn(evaluation) });
  const code = when.isOff(evaluation) ? 'rule/no-longer-requests' : 'rule/does-not-request';
  return reasonOf(code, { rule: id, because: when.describeOff(evaluation) });
};

const explainBlindness = ({ conditions, scope }: RuleParts, evaluation: EvaluationContext): string => {
  const missing = conditions.find((part) => part.evaluate(evaluation) === unknown);
  return missing === undefined ? 'it was unknown just now' : explainTerm(missing.term, missing.text, scope, evaluation);
};
