import type { DeviceValue } from '../../entry.ts';
import { boolean, formatDimension, isPlain, isSameDimension, percent } from '../dimension.ts';
import type { RuleDocument } from '../documents/rule.ts';
import type { Path } from '../documents/source.ts';
import type { Expression } from '../expression.ts';
import { explainTerm } from '../expressions/explain-term.ts';
import type { Frame, Scope } from '../expressions/scope.ts';
import { createFor } from '../nodes/for.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import { formatDuration } from '../units.ts';
import type { Builder, Placed } from './builder.ts';
import { compileUnknown } from './compile-unknown.ts';
import { addConditions, claimIn, compileWhen, isForAsleep } from './compile-when.ts';
import { formatDeviceValue, toDeviceValue } from './device-value.ts';
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
  const stopSlot = builder.addSlot(`${id}#stopped`, boolean, false);
  const blind = compileUnknown(id, onUnknown, builder);
  const asks = then.map(({ request }, i) => compileRequest(id, i, request, { document, source }, scope, builder));
  if (when === undefined || stops.some((stop) => stop.expression === undefined)) return [];

  const evaluateStops = (run: Run): Maybe<boolean> => {
    let answer: Maybe<boolean> = false;
    for (const stop of stops) {
      const isStopped = run.step(stop.timer, claimIn(run, stop.slot)).value;
      if (isStopped === true) answer = true;
      else if (isStopped === unknown && answer === false) answer = unknown;
    }
    return answer;
  };
  const conditions: readonly Expression[] = [
    ...when.expressions,
    ...stops.map((stop) => stop.expression).filter((each) => each !== undefined),
  ];
  const explain = (frame: Frame, value: DeviceValue | undefined): string => {
    const mode = frame.values[blind.mode];
    const isWanted = frame.values[stateSlot] === true;
    if (mode === 'given-up' || mode === 'held') {
      const missing = conditions.find((part) => part.evaluate(frame) === unknown);
      const why = missing === undefined ? 'it was unknown just now' : explainTerm(missing.term, missing.text, scope, frame);
      if (mode === 'held') return `${id} holds ${isWanted ? 'what it asked' : 'still'} from memory: ${why}`;
      return `${id} does not know, and gave up after ${formatDuration(builder.duration(onUnknown.hold))}: ${why}`;
    }
    if (frame.values[stopSlot] === true) {
      const stop = stops.find((each) => each.expression?.evaluate(frame) === true) ?? stops[0];
      return `${id} stopped: ${stop?.reason ?? stop?.expr ?? ''}`;
    }
    const isOn = when.isOn(frame) === true;
    if (isWanted) {
      const asked = value === undefined ? 'its turn' : formatDeviceValue(value);
      return isOn ? `${id} wanted ${asked}${when.lasting}: ${when.tellOn(frame)}` : `${id} still wants ${asked}: ${when.tellStill(frame)}`;
    }
    return isOn
      ? `${id} waits${when.lasting}: ${when.tellOn(frame)}`
      : `${id} ${when.isOff(frame) ? 'no longer asks' : 'does not ask'}: ${when.tellOff(frame)}`;
  };

  const isByTime = asks.some((ask) => ask.expression?.isTimed === true);
  const reads = [...new Set([...when.reads, ...stops.map(({ slot }) => slot), ...asks.flatMap((ask) => ask.expression?.slots ?? [])])];
  builder.addStep(
    {
      id,
      reads,
      writes: [stateSlot, stopSlot, when.progress, ...blind.writes, ...asks.map((ask) => ask.slot)],
      isTimed: true,
      isAsleep: (run) =>
        !isByTime &&
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
          run.set(ask.slot, mode === 'given-up' ? (ask.givenUp ?? unknown) : isDue ? ask.evaluate(run) : unknown);
        }
      },
    },
    source,
    ['metadata', 'id'],
  );
  const blockedBy = (frame: Frame): BlockReason | null => {
    const mode = frame.values[blind.mode];
    if (mode === 'given-up' || mode === 'held') return 'unknown';
    if (frame.values[stopSlot] === true) return 'stopped';
    const progress = frame.values[when.progress];
    if (progress === 'pending' || progress === 'hysteresis-band') return progress;
    return frame.values[stateSlot] === true ? 'pending' : null;
  };
  const blockedBySlots = [blind.mode, stopSlot, when.progress, stateSlot];
  const rest = { rule: id, explain, blockedBy, blockedBySlots, expressions: conditions };
  return asks.map(({ device, level, slot, fixed }, i) => ({
    ...rest,
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
  const kind = device?.kind ?? 'percent';
  const { value } = request;
  const expression = typeof value === 'object' ? builder.expression(source, [...path, 'value', 'expr'], value.expr, scope) : undefined;
  const fixed = typeof value === 'object' ? undefined : toDeviceValue(value, kind);
  if (typeof value === 'object' ? kind === 'switch' : fixed === undefined) {
    const found = typeof value === 'object' ? 'an expression' : JSON.stringify(value);
    builder.complain(source, [...path, 'value'], { expected: `on or off: ${request.device} is a switch`, found });
  }
  if (expression !== undefined && !isPlain(expression.dimension) && !isSameDimension(expression.dimension, percent)) {
    builder.complain(source, [...path, 'value', 'expr'], { expected: 'per cent', found: formatDimension(expression.dimension) });
  }
  const givenUp = onUnknown.then === 'release' ? undefined : toDeviceValue(onUnknown.then, kind);
  if (onUnknown.then !== 'release' && givenUp === undefined) {
    const expected = `release, on or off: ${request.device} is a switch`;
    builder.complain(source, ['spec', 'onUnknown', 'then'], { expected, found: JSON.stringify(onUnknown.then) });
  }
  const afterMs = builder.duration(request.after);
  const maxGapMs = builder.maxGapOf([]);
  return {
    device: request.device,
    level: request.level,
    expression,
    fixed,
    givenUp,
    slot: builder.addSlot(`${id}#request${i}`, boolean),
    timer: afterMs > 0 ? builder.addNode(`${id}#after${i}`, createFor({ onMs: afterMs, offMs: 0, maxGapMs })) : undefined,
    evaluate: (run: Run): Maybe<DeviceValue> => {
      if (expression === undefined) return fixed ?? unknown;
      const share = expression.evaluate(run);
      return typeof share === 'number' ? Math.round(Math.min(100, Math.max(0, share)) * 10) / 10 : unknown;
    },
  };
};
