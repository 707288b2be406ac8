import {
  toPersonText,
  type DeviceShape,
  type DeviceValue,
  Fault,
  fromIsoText,
  isDeviceValue,
  type KioskAnswer,
  type OverridePreview,
  type OverrideStatus,
} from '@phloem/protocol';
import { expectValueOf, toDeviceValue, type DeviceModel } from '@phloem/rules';
import { type InterlockAnswer, toWord } from '@phloem/backend/client';

/** Says a wall time in the zone of the site, with the zone's name. */
export type ToMoment = (at: number) => string;

/**
 * A device's value as people type it: `on`, `40%`, `"22.5 °C"` or `heat`. A bare number is in the unit of the device.
 *
 * @throws Fault `cli/usage`.
 */
export const toTypedValue = (text: string, device: DeviceModel): DeviceValue => {
  const isBare = text.trim() !== '' && Number.isFinite(Number(text));
  const value = isBare ? toBareValue(Number(text), device) : toDeviceValue(text, device);
  if (value === undefined) throw new Fault('cli/usage', `${text} is no value of ${device.id}: say ${expectValueOf(device)}`);
  return value;
};

const toBareValue = (number: number, device: DeviceModel): DeviceValue | undefined => (isDeviceValue(device, number) ? number : undefined);

/** An override as lines for a terminal. */
export const toOverrideLines = (
  { device, value, by, reason, until, isReleased }: OverrideStatus,
  toMoment: ToMoment,
  shape?: DeviceShape,
): readonly string[] =>
  isReleased
    ? [`${device} is released`]
    : [`${device} is overridden to ${toWord(value, shape)} until ${toMoment(until)}, ${toPersonText(by)}: ${reason}`];

/** Screens on walls that are let in, as lines for a terminal. */
export const toKioskLines = (kiosks: readonly KioskAnswer[], toMoment: ToMoment): readonly string[] =>
  kiosks.length === 0
    ? ['no wall screen has access']
    : kiosks.map(({ id, name, createdAt }) => `${id}  ${name}  since ${toMoment(createdAt)}`);

/** Interlocks as lines for a terminal, those at work first. */
export const toInterlockLines = (interlocks: readonly InterlockAnswer[], toMoment: ToMoment): readonly string[] =>
  interlocks.length === 0
    ? ['the site has no interlocks']
    : interlocks
        .toSorted((a, b) => Number(a.state === 'clear') - Number(b.state === 'clear'))
        .map(({ id, state, why, since, isResettable }) => {
          const how = since === null || state === 'clear' ? '' : ` since ${toMoment(fromIsoText(since))}: ${why.message ?? why.code}`;
          const next = state !== 'latched' ? '' : isResettable ? ' – can be reset' : ' – its condition has not been clear for long enough';
          return `${state.padEnd(7)}  ${id}${how}${next}`;
        });

/** What would come of an override, or why it would be refused. */
export const toPreviewLines = ({ isAllowed, consequences }: OverridePreview): readonly string[] => [
  ...(isAllowed ? [] : ['REFUSED']),
  ...consequences.map(({ text }) => `  ${text}`),
];
