import { formatDeviceValue, toDeviceUnit, type DeviceShape, type DeviceValue } from '@phloem/protocol';
import { toNumberText } from './format-value.ts';

/** `on`, `off`, `40 %`, `22.5 °C` or `heat`. Without a device a number is a percentage. */
export const toStateWord = (value: DeviceValue, shape?: DeviceShape): string => {
  if (typeof value !== 'number') return formatDeviceValue(value);
  const unit = shape === undefined ? '%' : toDeviceUnit(shape);
  const number = toNumberText(value, unit === '%' ? 0 : toDecimals(shape?.step));
  return unit === '' ? number : `${number} ${unit}`;
};

/** As many decimals as the steps of a device have; one where it has none. */
const toDecimals = (step: number | undefined): number => (step === undefined ? 1 : (String(step).split('.')[1]?.length ?? 0));
