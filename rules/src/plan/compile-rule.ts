import { boolean } from '../units/dimension.ts';
import type { RuleDocument } from '../documents/rule.ts';
import type { EvaluationContext, Scope } from '../expressions/scope.ts';
import { unknown } from '../nodes/node.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import type { Builder, Placed } from './builder.ts';
import { compileRequest } from './compile-request.ts';
import { compileStops } from './compile-stops.ts';
import { compileUnknown } from './compile-unknown.ts';
import { compileWhen } from './compile-when.ts';
import { explainRule, type RuleParts } from './explain-rule.ts';
import type { BlockReason, RequestSlot } from './request.ts';

/** Compiles one rule: its condition, what stops it, what it asks for, and what it does when it does not know. */
export const compileRule = (
  { document, source }: Placed<RuleDocument>,
  { scope, clock }: { readonly scope: Scope; readonly clock: SiteClock | undefined },
  builder: Builder,
): readonly RequestSlot[] => {
  const { id } = document.metadata;
  const { then, onUnknown } = document.spec;
  // Saved states name slots and nodes by their order, so the order of these calls stays.
  const stateSlot = builder.addSlot(id, boolean);
  builder.shown.push({ name: id, slot: stateSlot, dimension: boolean });
  const when = compileWhen(id, document.spec.when, ['spec', 'when'], { source, scope, clock, builder });
  const stops = compileStops({ document, source }, { scope, clock, builder });
  const blind = compileUnknown(id, onUnknown, builder);
  const asks = then.map(({ request }, i) => compileRequest(i, request, { document, source }, { scope, builder }));
  if (when === undefined || stops === undefined) return [];

  const isByTime = asks.some((ask) => ask.isTimed);
  builder.addStep(
    {
      id,
      reads: [...new Set([...when.reads, ...stops.reads, ...asks.flatMap((ask) => ask.reads)])],
      writes: [stateSlot, ...stops.writes, when.progress, ...blind.writes, ...asks.map((ask) => ask.slot)],
      isTimed: true,
      isAsleep: (run) =>
        !isByTime && blind.isAsleep(run) && when.isAsleep(run) && stops.isAsleep(run) && asks.every((ask) => ask.isAsleep(run)),
      run: (run) => {
        const isActive = when.evaluate(run);
        const isStopped = stops.step(run, run.values[stateSlot] === true);
        const wanted = isStopped === true || isActive === false ? false : isActive === true && isStopped === false ? true : unknown;
        const { mode, isWanted } = blind.step(run, wanted);
        const isGivenUp = mode === 'given-up';
        run.set(stateSlot, isGivenUp ? unknown : isWanted);
        for (const ask of asks) ask.step(run, !isGivenUp && isWanted, isGivenUp);
      },
    },
    source,
    ['metadata', 'id'],
  );
  const conditions = [...when.expressions, ...stops.expressions];
  const holdMs = builder.duration(onUnknown.hold);
  const rule: RuleParts = { id, scope, when, stops, conditions, stateSlot, modeSlot: blind.mode, holdMs };
  return asks.map(({ device, level, slot, fixed }, i) => ({
    rule: id,
    device,
    level,
    slot,
    asks: fixed,
    explain: (evaluation, asked) => explainRule(rule, evaluation, asked),
    blockedBy: (evaluation) => toBlockReason(rule, evaluation),
    blockedBySlots: [blind.mode, stops.slot, when.progress, stateSlot],
    expressions: conditions,
    path: ['spec', 'then', i, 'request', 'device'],
  }));
};

/** What keeps a rule from asking for something else; null where its condition alone decides. */
const toBlockReason = ({ when, stops, stateSlot, modeSlot }: RuleParts, { values }: EvaluationContext): BlockReason | null => {
  const mode = values[modeSlot];
  if (mode === 'given-up' || mode === 'held') return 'unknown';
  if (values[stops.slot] === true) return 'stopped';
  const progress = values[when.progress];
  if (progress === 'pending' || progress === 'hysteresis-band') return progress;
  return values[stateSlot] === true ? 'pending' : null;
};
