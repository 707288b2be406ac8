import type { AlarmPriority, DeviceValue } from '../../entry.ts';
import { boolean } from '../dimension.ts';
import type { RuleDocument } from '../documents/kinds.ts';
import type { Path } from '../documents/source.ts';
import type { Expression } from '../expression.ts';
import { explainTerm } from '../expressions/explain-term.ts';
import type { Frame, Scalar, Scope } from '../expressions/scope.ts';
import { createFor } from '../nodes/for.ts';
import { createHysteresis } from '../nodes/hysteresis.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import { formatDuration } from '../units.ts';
import { createBlind } from './blind.ts';
import type { Builder, Placed } from './builder.ts';
import { formatDeviceValue, toDeviceValue } from './device-value.ts';
import type { Run } from './run.ts';

export type RequestLevel = 'protect' | 'control' | 'schedule';

/** What a rule may ask of a device; the slot holds what it asks now, or unknown when it asks nothing. */
export type RequestSlot = {
  readonly rule: string;
  readonly device: string;
  readonly level: RequestLevel;
  readonly slot: number;
  /** Why the rule asks, or does not ask, as of this pass. */
  readonly explain: (frame: Frame, value: DeviceValue | undefined) => string;
};

const defaultMaxGap = 60_000;

/** Compiles one rule: conditions, timers, what stops it, what it asks for, and what it does when it does not know. */
export const compileRule = ({ document, source }: Placed<RuleDocument>, scope: Scope, builder: Builder): readonly RequestSlot[] => {
  const { id } = document.metadata;
  const { when, unless = [], then, onUnknown } = document.spec;
  const condition = (path: Path, text: string): Expression | undefined => builder.condition(source, path, text, scope);

  const isText = typeof when === 'string';
  const isBand = !isText && 'hysteresis' in when;
  const onPath: Path = isText ? ['spec', 'when'] : isBand ? ['spec', 'when', 'hysteresis', 'on'] : ['spec', 'when', 'expr'];
  const on = condition(onPath, isText ? when : isBand ? when.hysteresis.on : when.expr);
  const off = isBand ? condition(['spec', 'when', 'hysteresis', 'off'], when.hysteresis.off) : undefined;
  const stops = unless.map((stop, i) => ({ ...stop, expression: condition(['spec', 'unless', i, 'expr'], stop.expr) }));

  const expressions = [on, off, ...stops.map((stop) => stop.expression)].filter((expression) => expression !== undefined);
  const reads = [...new Set(expressions.flatMap((expression) => expression.slots))];
  const maxGapMs = 2 * builder.maxAgeOf(reads) || defaultMaxGap;
  const times = isText ? undefined : when.for;
  const onMs = builder.duration(times?.on);
  const offMs = builder.duration(times?.off);

  const band = isBand ? builder.addNode(`${id}#hysteresis`, createHysteresis()) : undefined;
  const timer = onMs + offMs > 0 ? builder.addNode(`${id}#for`, createFor({ onMs, offMs, maxGapMs })) : undefined;
  const stopTimers = stops.map((stop, i) =>
    builder.addNode(`${id}#unless${i}`, createFor({ onMs: builder.duration(stop.for), offMs: builder.duration(stop.release), maxGapMs })),
  );
  const blind = builder.addNode(`${id}#unknown`, createBlind(builder.duration(onUnknown.hold)));
  const asks = then.map(({ request }, i) => {
    const path: Path = ['spec', 'then', i, 'request'];
    const device = builder.device(source, [...path, 'device'], request.device);
    const value = device === undefined ? false : toDeviceValue(request.value, device.kind);
    if (value === undefined) {
      builder.complain(source, [...path, 'value'], { expected: 'on or off: it is a switch', found: JSON.stringify(request.value) });
    }
    const givenUp = device === undefined || onUnknown.then === 'release' ? undefined : toDeviceValue(onUnknown.then, device.kind);
    if (device !== undefined && onUnknown.then !== 'release' && givenUp === undefined) {
      builder.complain(source, ['spec', 'onUnknown', 'then'], {
        expected: `release, on or off: ${request.device} is a switch`,
        found: JSON.stringify(onUnknown.then),
      });
    }
    const afterMs = builder.duration(request.after);
    return {
      ...request,
      value: value ?? false,
      givenUp,
      slot: builder.addSlot(`${id}#request${i}`, boolean),
      timer: afterMs > 0 ? builder.addNode(`${id}#after${i}`, createFor({ onMs: afterMs, offMs: 0, maxGapMs })) : undefined,
    };
  });

  const stateSlot = builder.addSlot(id, boolean);
  const alarmSlot = builder.addSlot(`${id}#alarm`, boolean, false);
  const modeSlot = builder.addSlot(`${id}#mode`, { kind: 'text' }, 'known');
  builder.shown.push({ name: id, slot: stateSlot, dimension: boolean });
  if (on === undefined || (isBand && off === undefined) || stops.some((stop) => stop.expression === undefined)) return [];

  const evaluateBand = (run: Run): Maybe<boolean> => {
    const isOn = toClaim(on.evaluate(run));
    const raw: Maybe<boolean> =
      band === undefined || off === undefined ? isOn : run.step(band, { on: isOn, off: toClaim(off.evaluate(run)) }).value;
    return timer === undefined ? raw : run.step(timer, raw).value;
  };
  const evaluateStops = (run: Run): Maybe<boolean> => {
    let answer: Maybe<boolean> = false;
    for (const [i, stop] of stops.entries()) {
      const node = stopTimers[i];
      if (node === undefined || stop.expression === undefined) continue;
      const isStopped = run.step(node, toClaim(stop.expression.evaluate(run))).value;
      if (isStopped === true) answer = true;
      else if (isStopped === unknown && answer === false) answer = unknown;
    }
    return answer;
  };
  const tell = (expression: Expression, frame: Frame): string => explainTerm(expression.term, expression.text, scope, frame);
  const explain = (frame: Frame, value: DeviceValue | undefined): string => {
    const mode = frame.values[modeSlot];
    const isWanted = frame.values[stateSlot] === true;
    const isOn = on.evaluate(frame);
    if (mode === 'given-up' || mode === 'held') {
      const missing = [on, off, ...stops.map((stop) => stop.expression)].find((part) => part?.evaluate(frame) === unknown);
      const why = missing === undefined ? 'it was unknown just now' : tell(missing, frame);
      if (mode === 'held') return `${id} holds ${isWanted ? 'what it asked' : 'still'} from memory: ${why}`;
      return `${id} does not know, and gave up after ${formatDuration(builder.duration(onUnknown.hold))}: ${why}`;
    }
    if (mode === 'stopped') {
      const stop = stops.find((each) => each.expression?.evaluate(frame) === true) ?? stops[0];
      return `${id} stopped: ${stop?.reason ?? stop?.expr ?? 'unless'}`;
    }
    if (isWanted) {
      const lasting = onMs > 0 ? ` for ${formatDuration(onMs)}` : '';
      const asked = value === undefined ? 'its turn' : formatDeviceValue(value);
      if (isOn === true) return `${id} wanted ${asked}${lasting}: ${tell(on, frame)}`;
      return `${id} still wants ${asked}: ${tell(off ?? on, frame)}`;
    }
    if (isOn === true) return `${id} waits${onMs > 0 ? ` for ${formatDuration(onMs)}` : ''}: ${tell(on, frame)}`;
    return off?.evaluate(frame) === true ? `${id} ended: ${tell(off, frame)}` : `${id} does not ask: ${tell(on, frame)}`;
  };

  builder.addStep(
    {
      id,
      reads,
      writes: [stateSlot, alarmSlot, modeSlot, ...asks.map((ask) => ask.slot)],
      isTimed: true,
      run: (run) => {
        const isActive = evaluateBand(run);
        const isStopped = evaluateStops(run);
        const wanted = isStopped === true || isActive === false ? false : isActive === true && isStopped === false ? true : unknown;
        const { mode, isWanted } = run.step(blind, wanted);
        run.set(modeSlot, mode === 'known' && isStopped === true ? 'stopped' : mode);
        run.set(stateSlot, mode === 'given-up' ? unknown : isWanted);
        for (const ask of asks) {
          const isAsking = mode !== 'given-up' && isWanted;
          const isDue = ask.timer === undefined ? isAsking : run.step(ask.timer, isAsking).value === true;
          run.set(ask.slot, mode === 'given-up' ? (ask.givenUp ?? unknown) : isDue ? ask.value : unknown);
        }
        const isBlind = mode === 'given-up';
        if ((run.values[alarmSlot] === true) !== isBlind) {
          run.set(alarmSlot, isBlind);
          if (onUnknown.alarm !== undefined) run.alarms.push(toAlarm(id, isBlind, onUnknown.alarm));
        }
      },
    },
    source,
    ['metadata', 'id'],
  );
  return asks.map((ask) => ({ rule: id, device: ask.device, level: ask.level, slot: ask.slot, explain }));
};

const toClaim = (value: Maybe<Scalar>): Maybe<boolean> => (typeof value === 'boolean' ? value : unknown);

const toAlarm = (id: string, isActive: boolean, alarm: { readonly priority: AlarmPriority; readonly text: string }) => ({
  alarm: `${id}/unknown`,
  state: isActive ? ('active' as const) : ('cleared' as const),
  priority: alarm.priority,
  reason: alarm.text,
});
