import type { DeviceValue } from '../../entry.ts';
import { formatDeviceValue } from '../plan/device-value.ts';
import type { DeviceModel } from '../site-model.ts';

/** What an interlock that is at work does to a device. */
export type Restriction = { readonly interlock: string } & (
  | { readonly kind: 'force'; readonly value: DeviceValue }
  /** Off is denied as `false`, on as `true`: of a percentage, anything above nothing. */
  | { readonly kind: 'deny'; readonly isOn: boolean }
  | { readonly kind: 'limit'; readonly min: number; readonly max: number }
);

/** What of a wish is left, and who took the rest away: the ids of the interlocks, in their order. */
export type RestrictedValue = {
  readonly value: DeviceValue;
  readonly by: readonly string[];
  /** One clause; empty when nothing was taken away. */
  readonly why: string;
  /** Interlocks that contradict each other left no value but the device's safe one: somebody has to know. */
  readonly isContradicted: boolean;
};

/** Deny beats force, force beats limit. Where two forces, or two denials, leave nothing, the safe value is what is left. */
export const restrictValue = (device: DeviceModel, wish: DeviceValue, restrictions: readonly Restriction[]): RestrictedValue => {
  const forces = restrictions.filter((each) => each.kind === 'force');
  const denials = restrictions.filter((each) => each.kind === 'deny');
  const [force] = forces;
  const denied = new Set(denials.map((each) => each.isOn));
  if (denied.size > 1 || (denied.size === 0 && forces.some((each) => each.value !== force?.value))) {
    const by = [...(denied.size > 1 ? denials : forces)].map((each) => each.interlock);
    return { value: device.fallback, by, why: `${by.join(' and ')} contradict each other: the safe value`, isContradicted: true };
  }
  let value = wish;
  let by: string[] = [];
  for (const each of restrictions) {
    if (each.kind !== 'limit' || typeof value !== 'number') continue;
    const limited = Math.min(each.max, Math.max(each.min, value));
    if (limited !== value) by.push(each.interlock);
    value = limited;
  }
  if (force !== undefined) {
    if (force.value !== value) by = [force.interlock];
    value = force.value;
  }
  const [isOnDenied] = denied;
  if (isOnDenied !== undefined && isOn(value) === isOnDenied) {
    by = denials.map((each) => each.interlock);
    value = device.kind === 'switch' ? !isOnDenied : isOnDenied ? 0 : device.fallback;
  }
  return { value, by, why: by.length === 0 ? '' : `interlock ${by.join(', ')}: ${formatDeviceValue(value)}`, isContradicted: false };
};

const isOn = (value: DeviceValue): boolean => (typeof value === 'boolean' ? value : value > 0);
