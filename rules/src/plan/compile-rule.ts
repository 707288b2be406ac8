import { type DeviceValue, reasonOf, type RuleReason } from '@phloem/protocol';
import { boolean, formatDimension } from '../units/dimension.ts';
import type { RuleDocument } from '../documents/rule.ts';
import type { Path } from '../documents/source.ts';
import type { Expression } from '../expression.ts';
import { explainTerm } from '../expressions/explain-term.ts';
import type { EvaluationContext, Scope } from '../expressions/scope.ts';
import { createFor } from '../nodes/for.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import type { Builder, Placed } from './builder.ts';
import { compileCaps } from './compile-caps.ts';
import { compilePace } from './compile-pace.ts';
import { compileUnknown } from './compile-unknown.ts';
import { addConditions, claimIn, compileWhen, isForAsleep } from './compile-when.ts';
import { expectExpressionOf, expectValueOf, toDeviceValue, toRequested } from './device-value.ts';
import { toNumber } from './operator-parts.ts';
import type { BlockReason, RequestSlot } from './request.ts';
import type { Run } from './run.ts';

/** Compiles one rule: its condition, what stops it, what it asks for, and what it does when it does not know. */
export const compileRule = (
  { document, source }: Placed<RuleDocument>,
  { scope, clock }: { readonly scope: Scope; readonly clock: SiteClock | undefined },
  builder: Builder,
): readonly RequestSlot[] => {
  const { id } = document.metadata;
  const { unless = [], then, onUnknown } = document.spec;
  const stateSlot = builder.addSlot(id, boolean);
  builder.shown.push({ name: id, slot: stateSlot, dimension: boolean });
  const when = compileWhen(id, document.spec.when, ['spec', 'when'], { source, scope, clock, builder });
  const stops = unless.map((stop, i) => {
    const expression = builder.condition(source, ['spec', 'unless', i, 'expr'], stop.expr, scope);
    const maxGapMs = builder.maxGapOf(expression?.slots ?? []);
    const at = { source, path: ['spec', 'unless', i, 'expr'], builder };
    const [slot = -1] = expression === undefined ? [] : addConditions(`${id}#unless${i}`, [expression], at);
    const node = createFor({ onMs: builder.duration(stop.for), offMs: builder.duration(stop.release), maxGapMs });
    return { ...stop, expression, slot, timer: builder.addNode(`${id}#unless${i}`, node) };
  });
  const caps = compileCaps({ document, source }, { scope, clock, builder });
  const stopSlot = builder.addSlot(`${id}#stopped`, boolean, false);
  const blind = compileUnknown(id, onUnknown, builder);
  const asks = then.map(({ request }, i) => compileRequest(id, i, request, { document, source }, scope, builder));
  if (when === undefined || stops.some((stop) => stop.expression === undefined) || caps.includes(undefined)) return [];
  const capped = caps.filter((cap) => cap !== undefined);

  const evaluateStops = (run: Run): Maybe<boolean> => {
    let answer: Maybe<boolean> = false;
    for (const stop of stops) {
      const isStopped = run.step(stop.timer, claimIn(run, stop.slot)).value;
      if (isStopped === true) answer = true;
      else if (isStopped === unknown && answer === false) answer = unknown;
    }
    for (const cap of capped) {
      const isUsedUp = cap.step(run, run.values[stateSlot] === true);
      run.set(cap.slot, isUsedUp);
      if (isUsedUp === true) answer = true;
      else if (isUsedUp === unknown && answer === false) answer = unknown;
    }
    return answer;
  };
  const conditions: readonly Expression[] = [
    ...when.expressions,
    ...stops.map((stop) => stop.expression).filter((each) => each !== undefined),
  ];
  const explain = (evaluation: EvaluationContext, asked: DeviceValue | undefined): RuleReason => {
    const mode = evaluation.values[blind.mode];
    const isWanted = evaluation.values[stateSlot] === true;
    if (mode === 'given-up' || mode === 'held') {
      const missing = conditions.find((part) => part.evaluate(evaluation) === unknown);
      const why = missing === undefined ? 'it was unknown just now' : explainTerm(missing.term, missing.text, scope, evaluation);
      if (mode === 'held') return reasonOf('rule/remembers', { rule: id, isRequesting: isWanted, because: why });
      return reasonOf('rule/unknown', { rule: id, afterMs: builder.duration(onUnknown.hold), because: why });
    }
    if (evaluation.values[stopSlot] === true) {
      const stop = stops.find((each) => each.expression?.evaluate(evaluation) === true) ?? stops[0];
      const cap =
        stop?.expression?.evaluate(evaluation) === true ? undefined : capped.find((each) => evaluation.values[each.slot] === true);
      return reasonOf('rule/stopped', { rule: id, because: cap?.reason ?? stop?.reason ?? stop?.expr ?? '' });
    }
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

  const isByTime = asks.some((ask) => ask.expression?.isTimed === true || ask.isPaced);
  const reads = [
    ...new Set([
      ...when.reads,
      ...stops.map(({ slot }) => slot),
      ...capped.flatMap((cap) => cap.reads),
      ...asks.flatMap((ask) => ask.expression?.slots ?? []),
    ]),
  ];
  builder.addStep(
    {
      id,
      reads,
      writes: [stateSlot, stopSlot, ...capped.map((cap) => cap.slot), when.progress, ...blind.writes, ...asks.map((ask) => ask.slot)],
      isTimed: true,
      isAsleep: (run) =>
        !isByTime &&
        capped.length === 0 &&
        blind.isAsleep(run) &&
        when.isAsleep(run) &&
        stops.every((stop) => isForAsleep(run.stateOf(stop.timer))) &&
        asks.every((ask) => ask.timer === undefined || isForAsleep(run.stateOf(ask.timer))),
      run: (run) => {
        const isActive = when.evaluate(run);
        const isStopped = evaluateStops(run);
        const wanted = isStopped === true || isActive === false ? false : isActive === true && isStopped === false ? true : unknown;
        const { mode, isWanted } = blind.step(run, wanted);
        run.set(stopSlot, isStopped === true);
        run.set(stateSlot, mode === 'given-up' ? unknown : isWanted);
        const isAsking = mode !== 'given-up' && isWanted;
        for (const ask of asks) {
          const isDue = ask.timer === undefined ? isAsking : run.step(ask.timer, isAsking).value === true;
          run.set(ask.slot, mode === 'given-up' ? (ask.givenUp ?? unknown) : ask.evaluate(run, isDue));
        }
      },
    },
    source,
    ['metadata', 'id'],
  );
  const blockedBy = (evaluation: EvaluationContext): BlockReason | null => {
    const mode = evaluation.values[blind.mode];
    if (mode === 'given-up' || mode === 'held') return 'unknown';
    if (evaluation.values[stopSlot] === true) return 'stopped';
    const progress = evaluation.values[when.progress];
    if (progress === 'pending' || progress === 'hysteresis-band') return progress;
    return evaluation.values[stateSlot] === true ? 'pending' : null;
  };
  const blockedBySlots = [blind.mode, stopSlot, when.progress, stateSlot];
  const rest = { rule: id, blockedBy, blockedBySlots, expressions: conditions };
  return asks.map(({ device, level, slot, fixed }, i) => ({
    ...rest,
    explain,
    device,
    level,
    slot,
    asks: fixed,
    path: ['spec', 'then', i, 'request', 'device'],
  }));
};

type Request = RuleDocument['spec']['then'][number]['request'];

const compileRequest = (
  id: string,
  i: number,
  request: Request,
  { document, source }: Placed<RuleDocument>,
  scope: Scope,
  builder: Builder,
) => {
  const path: Path = ['spec', 'then', i, 'request'];
  const { onUnknown } = document.spec;
  const device = builder.device(source, [...path, 'device'], request.device);
  const { value } = request;
  const expression = typeof value === 'object' ? builder.expression(source, [...path, 'value', 'expr'], value.expr, scope) : undefined;
  const fixed = typeof value === 'object' || device === undefined ? undefined : toDeviceValue(value, device);
  const givenUp = onUnknown.then === 'release' || device === undefined ? undefined : toDeviceValue(onUnknown.then, device);
  if (device !== undefined) {
    if (typeof value !== 'object' && fixed === undefined) {
      builder.complain(source, [...path, 'value'], { expected: expectValueOf(device), found: JSON.stringify(value) });
    }
    const misfit = expression === undefined ? undefined : expectExpressionOf(device, expression.dimension);
    if (expression !== undefined && misfit !== undefined) {
      builder.complain(source, [...path, 'value', 'expr'], { expected: misfit, found: formatDimension(expression.dimension) });
    }
    if (onUnknown.then !== 'release' && givenUp === undefined) {
      const expected = `release, or ${expectValueOf(device)}`;
      builder.complain(source, ['spec', 'onUnknown', 'then'], { expected, found: JSON.stringify(onUnknown.then) });
    }
  }
  const afterMs = builder.duration(request.after);
  const maxGapMs = builder.maxGapOf([]);
  const intervalMs = builder.duration(request.interval);
  const pace = compilePace(`${id}#pace${i}`, request, { device, source, path, builder });
  return {
    device: request.device,
    level: request.level,
    expression,
    fixed,
    givenUp,
    slot: builder.addSlot(`${id}#request${i}`, boolean),
    timer: afterMs > 0 ? builder.addNode(`${id}#after${i}`, createFor({ onMs: afterMs, offMs: 0, maxGapMs })) : undefined,
    isPaced: intervalMs > 0,
    evaluate: (run: Run, isDue: boolean): Maybe<DeviceValue> => {
      if (expression === undefined || device === undefined) return isDue ? (fixed ?? unknown) : unknown;
      const wanted = isDue ? expression.evaluate(run) : unknown;
      return toRequested(device, pace === undefined ? wanted : run.step(pace, toNumber(wanted)).value);
    },
  };
};
