import { type CommandReason, type DeviceValue, reasonOf } from '@phloem/protocol';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { EvaluationContext, Scalar } from '../expressions/scope.ts';
import type { DeviceModel, MergePolicy } from '../site-model.ts';
import { toDeviceSlotId, type Builder } from './builder.ts';
import type { RequestLevel, RequestSlot } from './request.ts';

/** Who is heard first. What is above them (interlock, manual) and below (fallback) belongs to the hub. */
export const requestLevels: readonly RequestLevel[] = ['protect', 'control', 'schedule'];

/** What is requested for a device, and whose request that is; none when it falls back to its safe value. */
export type DeviceRequest = { readonly value: DeviceValue; readonly winners: readonly RequestSlot[] };

/** Chooses among the requests of a device: the highest level that asks for anything, merged as the device says. */
export const arbitrate = (device: DeviceModel, requests: readonly RequestSlot[], values: readonly Maybe<Scalar>[]): DeviceRequest => {
  for (const level of requestLevels) {
    const asking = requests.filter((request) => request.level === level && isAsked(values[request.slot]));
    if (asking.length === 0) continue;
    const asked = asking.map((request) => values[request.slot] as DeviceValue);
    const value = merge(device.merge, asked);
    const winners = asking.filter((request) => values[request.slot] === value);
    return { value, winners: winners.length === 0 ? asking : winners };
  }
  return { value: device.fallback, winners: [] };
};

/** Adds the step that keeps a device's request. */
export const addArbiter = (device: DeviceModel, requests: readonly RequestSlot[], builder: Builder): PlanArbiter => {
  const slot = builder.slotOf(toDeviceSlotId(device.id, 'request'));
  builder.addInternalStep({
    id: `device ${device.id}`,
    reads: requests.map((request) => request.slot),
    writes: [slot],
    isTimed: false,
    run: (run) => run.set(slot, arbitrate(device, requests, run.values).value),
  });
  return { device, requests, slot, explain: (evaluation) => explainRequest(device, requests, evaluation) };
};

/** A device with the slot of its request. */
export type PlanArbiter = {
  readonly device: DeviceModel;
  readonly requests: readonly RequestSlot[];
  readonly slot: number;
  readonly explain: (evaluation: EvaluationContext) => { readonly why: CommandReason; readonly rule: string | null };
};

const explainRequest = (
  device: DeviceModel,
  requests: readonly RequestSlot[],
  evaluation: EvaluationContext,
): { readonly why: CommandReason; readonly rule: string | null } => {
  const { value, winners } = arbitrate(device, requests, evaluation.values);
  const [first] = winners;
  if (first !== undefined) return { why: first.explain(evaluation, value), rule: first.rule };
  const rules = [...new Map(requests.map((request) => [request.rule, request.explain(evaluation, undefined)])).values()].slice(0, 3);
  return { why: reasonOf('device/no-request', { value: device.fallback, rules }), rule: null };
};

const isAsked = (value: Maybe<Scalar> | undefined): boolean => value !== undefined && value !== unknown;

const merge = (policy: MergePolicy, asked: readonly DeviceValue[]): DeviceValue => {
  const [first = false] = asked;
  if (asked.length === 1 || typeof first === 'string') return first;
  const numbers = asked.map(Number);
  const isSwitch = typeof first === 'boolean';
  const toValue = (n: number): DeviceValue => (isSwitch ? n > 0 : n);
  switch (policy) {
    case 'any-on':
    case 'max':
      return toValue(Math.max(...numbers));
    case 'all-on':
    case 'min':
      return toValue(Math.min(...numbers));
    case 'mean':
      return isSwitch
        ? numbers.reduce((sum, n) => sum + n, 0) * 2 > numbers.length
        : numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
    case 'exclusive':
      return first;
  }
};
