import type { DeviceValue } from '../../entry.ts';
import type { DeviceModel } from '../site-model.ts';

/** What a word of a document means for a device; undefined when it means nothing: half a switch. */
export const toDeviceValue = (word: string | number | boolean, kind: DeviceModel['kind']): DeviceValue | undefined => {
  const isOn = word === true || word === 'on';
  if (isOn || word === false || word === 'off') return kind === 'switch' ? isOn : isOn ? 100 : 0;
  return kind === 'percent' && typeof word === 'number' ? word : undefined;
};

/** A device's value as people read it. */
export const formatDeviceValue = (value: DeviceValue): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : `${Math.round(value * 10) / 10} %`;
