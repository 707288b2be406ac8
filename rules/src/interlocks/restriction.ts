import { type DeviceValue, isRunning, type Reason, reasonOf, toOffValue, toStep } from '@phloem/protocol';
import type { DeviceModel } from '../site-model.ts';

/** What an interlock that is at work does to a device. */
export type Restriction = { readonly interlock: string } & (
  | { readonly kind: 'force'; readonly value: DeviceValue }
  /** Off is denied as `false`, on as `true`: of a percentage, anything above nothing. */
  | { readonly kind: 'deny'; readonly isOn: boolean }
  | { readonly kind: 'limit'; readonly min: number; readonly max: number }
);

/** What of a request is left, and who took the rest away: the ids of the interlocks, in their order. */
export type RestrictedValue = {
  readonly value: DeviceValue;
  readonly by: readonly string[];
  /** Null when nothing was taken away. */
  readonly why: Reason | null;
  /** Interlocks that contradict each other left no value but the device's safe one: somebody has to know. */
  readonly isContradicted: boolean;
};

/** Deny beats force, force beats limit. Where two forces, or two denials, leave nothing, the safe value is what is left. */
export const restrictValue = (device: DeviceModel, request: DeviceValue, restrictions: readonly Restriction[]): RestrictedValue => {
  const forces = restrictions.filter((each) => each.kind === 'force');
  const denials = restrictions.filter((each) => each.kind === 'deny');
  const [force] = forces;
  const denied = new Set(denials.map((each) => each.isOn));
  if (denied.size > 1 || (denied.size === 0 && forces.some((each) => each.value !== force?.value))) {
    const by = [...(denied.size > 1 ? denials : forces)].map((each) => each.interlock);
    return { value: device.fallback, by, why: reasonOf('interlock/contradiction', { interlocks: by }), isContradicted: true };
  }
  let value = request;
  let by: string[] = [];
  for (const each of restrictions) {
    if (each.kind !== 'limit' || typeof value !== 'number') continue;
    const within = Math.min(each.max, Math.max(each.min, value));
    const limited = within === value ? value : toLimited(device, within, each.max);
    if (limited !== value) by.push(each.interlock);
    value = limited;
  }
  if (force !== undefined) {
    if (force.value !== value) by = [force.interlock];
    value = force.value;
  }
  const [isOnDenied] = denied;
  if (isOnDenied !== undefined && isRunning(value) === isOnDenied) {
    by = denials.map((each) => each.interlock);
    value =
      device.kind === 'switch' || device.kind === 'momentary'
        ? !isOnDenied
        : isOnDenied
          ? (toOffValue(device) ?? device.fallback)
          : device.fallback;
  }
  return {
    value,
    by,
    why: by.length === 0 ? null : reasonOf('interlock/restricts', { interlocks: by, value }),
    isContradicted: false,
  };
};

/** A limit between two steps of a device is the step below it. */
const toLimited = (device: DeviceModel, value: number, max: number): number => {
  const nearest = toStep(device, value);
  return nearest > max && device.step !== undefined ? toStep(device, nearest - device.step) : nearest;
};
