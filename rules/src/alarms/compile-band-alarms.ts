import { alarmIds, reasonOf } from '@phloem/protocol';
import { differenceOf, isNumeric, isSameDimension } from '../units/dimension.ts';
import type { BandAlarm, SetpointsDocument } from '../documents/setpoints.ts';
import { hintForName } from '../documents/problem.ts';
import type { Path } from '../documents/source.ts';
import { formatValue } from '../expressions/explain-term.ts';
import type { EvaluationContext, Scalar, Scope, Slot } from '../expressions/scope.ts';
import { createEnvelope } from '../nodes/envelope.ts';
import { createFor } from '../nodes/for.ts';
import { createHysteresis } from '../nodes/hysteresis.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { Builder, Placed } from '../plan/builder.ts';
import type { CompiledParts, SortedDocuments } from '../plan/bundle-parts.ts';
import type { CompiledSignals } from '../plan/compile-signals.ts';
import { pointsOf, toQuantity, toWords } from '../plan/forecast.ts';
import type { Run } from '../plan/run.ts';
import { addAlarm, type AlarmCondition, type CompiledAlarm } from './add-alarm.ts';

/** How a limit is watched where its document does not say. */
const defaults = { priority: 'P2', onMs: 30_000, offMs: 60_000, graceMs: 15 * 60_000, deadbandShare: 0.1 } as const;

/** Compiles the limits of a Setpoints document: an alarm below, and one above. */
export const compileBandAlarms = (
  placed: Placed<SetpointsDocument>,
  bundle: SortedDocuments,
  parts: CompiledParts,
  builder: Builder,
): readonly CompiledAlarm[] =>
  Object.entries(placed.document.spec.bands ?? {}).flatMap(([name, { alarm }]) => {
    if (alarm === undefined) return [];
    return compileBand(name, typeof alarm === 'string' ? { limit: alarm } : alarm, placed, bundle, parts, builder);
  });

const compileBand = (
  name: string,
  declared: BandAlarm,
  placed: Placed<SetpointsDocument>,
  bundle: SortedDocuments,
  parts: CompiledParts,
  builder: Builder,
): readonly CompiledAlarm[] => {
  const { document, source } = placed;
  const { id } = document.metadata;
  const path: Path = ['spec', 'bands', name, 'alarm'];
  const setpoint = parts.setpoints.get(id)?.names.get(name);
  const isMap = typeof document.spec.bands?.[name]?.alarm === 'object';
  const difference = setpoint === undefined ? undefined : differenceOf(setpoint.dimension);
  if (setpoint === undefined || difference === undefined) return [];
  const limit = builder.quantity(source, isMap ? [...path, 'limit'] : path, declared.limit, difference);
  const deadband =
    declared.deadband === undefined
      ? (limit ?? 0) * defaults.deadbandShare
      : builder.quantity(source, [...path, 'deadband'], declared.deadband, difference);
  const measured = findMeasured(name, setpoint, declared, { placed, path, isMap, bundle, parts, builder });
  if (limit === undefined || deadband === undefined || measured === undefined) return [];
  if (limit <= 0) builder.complain(source, isMap ? [...path, 'limit'] : path, { expected: 'a limit above zero', found: declared.limit });
  if (deadband < 0 || deadband >= limit) {
    builder.complain(source, [...path, 'deadband'], {
      expected: 'a dead band of zero or more, narrower than the limit',
      found: `${declared.deadband}`,
    });
  }
  const band: Band = { id: `${id}/${name}`, setpoint, measured: measured.slot, limit, deadband, declared };
  const { inhibitWhen, onUnknown, guidance, shelvable, priority = defaults.priority } = declared;
  return (['low', 'high'] as const).map((side) => {
    const title = `${declared.text ?? measured.title} ${side === 'low' ? 'below' : 'above'} its alarm limit`;
    return addAlarm(
      {
        id: alarmIds.limit(band.id, side),
        priority,
        title,
        inhibitWhen,
        onUnknown,
        // What is not known is neither too low nor too high, and is reported once.
        unknownId: side === 'low' ? alarmIds.unknown(band.id) : null,
        unknownSubject: { kind: 'limits', title: declared.text ?? measured.title },
        guidance,
        shelvable,
        source,
        path: isMap ? path : ['spec', 'bands', name],
        scope: measured.scope,
      },
      compileSide(side, band, measured.title, builder),
      builder,
    );
  });
};

type Band = {
  readonly id: string;
  readonly setpoint: Slot;
  readonly measured: number;
  readonly limit: number;
  readonly deadband: number;
  readonly declared: BandAlarm;
};

/** A value beyond its limit on one side; back when it is inside by the dead band. */
const compileSide = (
  side: 'low' | 'high',
  { id, setpoint, measured, limit, deadband, declared }: Band,
  title: string,
  builder: Builder,
): AlarmCondition => {
  const key = `${id}/${side}`;
  const sign = side === 'low' ? -1 : 1;
  const limitSlot = builder.addSlot(`${key}#limit`, setpoint.dimension);
  const envelope = builder.addNode(`${key}#envelope`, createEnvelope(builder.duration(declared.grace, defaults.graceMs)));
  const hysteresis = builder.addNode(`${key}#hysteresis`, createHysteresis());
  const onMs = builder.duration(declared.for?.on, defaults.onMs);
  const offMs = builder.duration(declared.for?.off, defaults.offMs);
  const timer = builder.addNode(`${key}#for`, createFor({ onMs, offMs, maxGapMs: builder.maxGapOf([measured]) }));
  /** How far beyond the limit the value is: above zero is too far. */
  const toExcess = (evaluation: EvaluationContext): Maybe<number> => {
    const [value, at] = [evaluation.values[measured], evaluation.values[limitSlot]];
    return typeof value === 'number' && typeof at === 'number' ? sign * (value - at) : unknown;
  };
  const restart = (run: Run, isHolding: boolean): void => {
    run.put(hysteresis, hysteresis.node.init(isHolding));
    run.put(timer, timer.node.init(isHolding));
  };
  return {
    reads: [measured, setpoint.slot],
    writes: [limitSlot],
    evaluate: (run) => {
      const wanted = run.values[setpoint.slot];
      const { low, high } = run.step(envelope, typeof wanted === 'number' ? wanted : unknown);
      const from = side === 'low' ? low : high;
      run.set(limitSlot, Number.isFinite(from) ? from + sign * limit : unknown);
      const excess = toExcess(run);
      const isKnown = typeof excess === 'number';
      const held = run.step(hysteresis, { on: isKnown ? excess > 0 : unknown, off: isKnown ? excess <= -deadband : unknown });
      return run.step(timer, held.value).value;
    },
    reset: (run) => restart(run, false),
    isOn: (evaluation) => {
      const excess = toExcess(evaluation);
      return typeof excess === 'number' ? excess > 0 : unknown;
    },
    explain: (evaluation) => {
      const value = evaluation.values[measured];
      const shown = (of: Maybe<Scalar> = unknown): string | null => (of === unknown ? null : formatValue(of, setpoint.dimension));
      const excess = toExcess(evaluation);
      const isNear = typeof excess === 'number' && excess <= 0;
      return reasonOf('alarm/limit', {
        title: declared.text ?? title,
        value: typeof value === 'number' ? shown(value) : null,
        limit: shown(evaluation.values[limitSlot]),
        side: isNear ? 'near' : side === 'low' ? 'below' : 'above',
      });
    },
  };
};

type MeasuredContext = {
  readonly placed: Placed<SetpointsDocument>;
  readonly path: Path;
  readonly isMap: boolean;
  readonly bundle: SortedDocuments;
  readonly parts: CompiledParts;
  readonly builder: Builder;
};
type Measured = { readonly slot: number; readonly title: string; readonly scope: Scope };

/**
 * What a band is held against: the signal of its name, in the Signals that are used with these set-points; where none of
 * them has it, in those of the same place, and then in any that has it alone.
 */
const findMeasured = (name: string, setpoint: Slot, declared: BandAlarm, context: MeasuredContext): Measured | undefined => {
  const { placed, path, isMap, bundle, parts, builder } = context;
  const { document, source } = placed;
  const { id } = document.metadata;
  const wanted = declared.of ?? name;
  const using = [...bundle.acting, ...bundle.alarms].map((each) => each.document.spec.use).filter((use) => use?.setpoints === id);
  const near = new Set([
    ...using.flatMap((use) => use?.signals ?? []),
    ...bundle.signals.filter((each) => each.document.spec.use?.setpoints === id).map((each) => each.document.metadata.id),
  ]);
  const having = [...parts.signals].flatMap(([owner, compiled]) => {
    const slot = compiled.names.get(wanted);
    return slot !== undefined && isSameDimension(slot.dimension, setpoint.dimension) ? [{ owner, compiled, slot }] : [];
  });
  const nearby = having.filter(({ owner }) => near.has(owner));
  // Documents of one place belong together: flower_room/signals to flower_room/climate.
  const ofPlace = having.filter(({ owner }) => owner.split('/')[0] === id.split('/')[0]);
  const found = [nearby, ofPlace, having].find((each) => each.length > 0) ?? [];
  const [first] = found;
  const at: Path = declared.of !== undefined ? [...path, 'of'] : isMap ? [...path, 'limit'] : path;
  if (first === undefined && bundle.isPart) return undefined;
  if (first === undefined || found.length > 1) {
    const names = [...parts.signals.values()].flatMap(({ names: all }) =>
      [...all].flatMap(([each, slot]) => (isSameDimension(slot.dimension, setpoint.dimension) ? [each] : [])),
    );
    builder.complain(source, at, {
      expected: `a signal ${wanted} in the unit of the set-point, to watch`,
      found: first === undefined ? 'none' : `one in each of ${found.map(({ owner }) => owner).join(' and ')}`,
      hint: first === undefined ? hintForName(wanted, names) || 'name the signal that is measured with of' : 'name another with of',
    });
    return undefined;
  }
  const title = bundle.signals.find(({ document: { metadata } }) => metadata.id === first.owner)?.document.spec.signals?.[wanted]?.title;
  return { slot: first.slot.slot, title: title ?? toTitle(wanted, first, builder), scope: toScope(first.compiled, context) };
};

const toTitle = (
  wanted: string,
  { slot, compiled }: { readonly slot: Slot; readonly compiled: CompiledSignals },
  builder: Builder,
): string =>
  isNumeric(slot.dimension) ? toWords(toQuantity(slot.dimension, new Set(pointsOf(slot, compiled, builder)), builder)) : wanted;

/** What inhibits a band may be said with the signals that it is measured by, and its set-points. */
const toScope = (signals: CompiledSignals, { placed, parts, builder }: MeasuredContext): Scope => {
  const setpoints = parts.setpoints.get(placed.document.metadata.id)?.names ?? new Map<string, Slot>();
  const names = new Map([...signals.names, ...[...setpoints].map(([name, slot]) => [`sp.${name}`, slot] as const)]);
  return builder.scope(names, signals.inputs, signals.clusters);
};
