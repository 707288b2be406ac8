import { toPersonText } from '../author.ts';
import { formatDeviceValue, type DeviceShape } from '../device-kind.ts';
import type { DeviceValue } from '../device-value.ts';
import type { Reason } from './reason.ts';
import type { Sayer } from './sayer.ts';
import { sentences } from './sentences.ts';

/** The words of the place where a reason is shown. */
export type ReasonTexts = {
  /** A wall time as the people of the site read it. */
  readonly time: (at: number) => string;
  /** The device that the reason is about: its numbers have the unit of it. */
  readonly device?: DeviceShape | undefined;
  /** A value of the device; `formatDeviceValue` where it is left out. */
  readonly value?: (value: DeviceValue) => string;
  /** What a rule or an interlock is called; its id where it is left out. */
  readonly title?: (id: string) => string;
  /** A condition with its numbers; as it stands where it is left out. */
  readonly condition?: (text: string) => string;
};

const same = (text: string): string => text;

/** The sentence of a reason. A code that this version does not know is shown as it is. */
export const renderReason = (reason: Reason, texts: ReasonTexts): string => {
  const { time, device, value = (one) => formatDeviceValue(one, device), title = same, condition = same } = texts;
  const say: Sayer = { time, value, title, condition, person: toPersonText, shape: device, of: (one) => renderReason(one, texts) };
  const sentence = Object.hasOwn(sentences, reason.code) ? sentences[reason.code] : undefined;
  if (sentence === undefined) return reason.code;
  try {
    return (sentence as (params: Reason['params'], say: Sayer) => string)(reason.params, say);
  } catch {
    // A newer hub may give a code other params: its code says more than a page that cannot be drawn.
    return reason.code;
  }
};

/** A reason with its sentence, for programs and people alike: as HTTP answers give it. */
export const withMessage = (reason: Reason, texts: ReasonTexts): Reason & { readonly message: string } => ({
  ...reason,
  message: renderReason(reason, texts),
});
