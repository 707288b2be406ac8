import type { DeviceValue } from '@phloem/protocol';
import type { RuleDocument } from '../documents/rule.ts';
import type { Path } from '../documents/source.ts';
import type { Expression } from '../expression.ts';
import type { Scope } from '../expressions/scope.ts';
import { createFor } from '../nodes/for.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { DeviceModel } from '../site-model.ts';
import { boolean, formatDimension } from '../units/dimension.ts';
import type { Builder, Placed } from './builder.ts';
import { compilePace } from './compile-pace.ts';
import { isForAsleep } from './compile-when.ts';
import { expectExpressionOf, expectValueOf, toDeviceValue, toRequested } from './device-value.ts';
import { toNumber } from './operator-parts.ts';
import type { RequestLevel } from './request.ts';
import type { Run } from './run.ts';

/** One request of a rule: what it asks of a device, and when. */
export type CompiledRequest = {
  readonly device: string;
  readonly level: RequestLevel;
  /** Holds what is requested now; unknown where nothing is. */
  readonly slot: number;
  /** What is requested, where that is always the same. */
  readonly fixed: DeviceValue | undefined;
  readonly reads: readonly number[];
  /** Whether time alone may change the requested value. */
  readonly isTimed: boolean;
  /** Claims that time alone changes nothing about when it is requested. */
  readonly isAsleep: (run: Run) => boolean;
  /** Sets the slot: what the rule requests, or what it requests while it has given up. */
  readonly step: (run: Run, isAsking: boolean, isGivenUp: boolean) => void;
};

type Request = RuleDocument['spec']['then'][number]['request'];

/** Compiles the request of a rule at this place of `then`. */
export const compileRequest = (
  i: number,
  request: Request,
  { document, source }: Placed<RuleDocument>,
  { scope, builder }: { readonly scope: Scope; readonly builder: Builder },
): CompiledRequest => {
  const { id } = document.metadata;
  const path: Path = ['spec', 'then', i, 'request'];
  const device = builder.device(source, [...path, 'device'], request.device);
  const { value } = request;
  const expression = typeof value === 'object' ? builder.expression(source, [...path, 'value', 'expr'], value.expr, scope) : undefined;
  const fixed = typeof value === 'object' || device === undefined ? undefined : toDeviceValue(value, device);
  const { then } = document.spec.onUnknown;
  const givenUp = then === 'release' || device === undefined ? undefined : toDeviceValue(then, device);
  if (device !== undefined) checkValues(device, { request, expression, fixed, givenUp, path }, { document, source }, builder);
  const afterMs = builder.duration(request.after);
  const maxGapMs = builder.maxGapOf([]);
  const isPaced = builder.duration(request.interval) > 0;
  const pace = compilePace(`${id}#pace${i}`, request, { device, source, path, builder });
  const slot = builder.addSlot(`${id}#request${i}`, boolean);
  const timer = afterMs > 0 ? builder.addNode(`${id}#after${i}`, createFor({ onMs: afterMs, offMs: 0, maxGapMs })) : undefined;
  const evaluate = (run: Run, isDue: boolean): Maybe<DeviceValue> => {
    if (expression === undefined || device === undefined) return isDue ? (fixed ?? unknown) : unknown;
    const wanted = isDue ? expression.evaluate(run) : unknown;
    return toRequested(device, pace === undefined ? wanted : run.step(pace, toNumber(wanted)).value);
  };
  return {
    device: request.device,
    level: request.level,
    slot,
    fixed,
    reads: expression?.slots ?? [],
    isTimed: isPaced || expression?.isTimed === true,
    isAsleep: (run) => timer === undefined || isForAsleep(run.stateOf(timer)),
    step: (run, isAsking, isGivenUp) => {
      const isDue = timer === undefined ? isAsking : run.step(timer, isAsking).value === true;
      run.set(slot, isGivenUp ? (givenUp ?? unknown) : evaluate(run, isDue));
    },
  };
};

type Values = {
  readonly request: Request;
  readonly expression: Expression | undefined;
  readonly fixed: DeviceValue | undefined;
  readonly givenUp: DeviceValue | undefined;
  readonly path: Path;
};

/** The device must be able to take what the rule requests, and what it requests while it has given up. */
const checkValues = (
  device: DeviceModel,
  { request: { value }, expression, fixed, givenUp, path }: Values,
  { document, source }: Placed<RuleDocument>,
  builder: Builder,
): void => {
  if (typeof value !== 'object' && fixed === undefined) {
    builder.complain(source, [...path, 'value'], { expected: expectValueOf(device), found: JSON.stringify(value) });
  }
  const misfit = expression === undefined ? undefined : expectExpressionOf(device, expression.dimension);
  if (expression !== undefined && misfit !== undefined) {
    builder.complain(source, [...path, 'value', 'expr'], { expected: misfit, found: formatDimension(expression.dimension) });
  }
  const { then } = document.spec.onUnknown;
  if (then !== 'release' && givenUp === undefined) {
    const expected = `release, or ${expectValueOf(device)}`;
    builder.complain(source, ['spec', 'onUnknown', 'then'], { expected, found: JSON.stringify(then) });
  }
};
