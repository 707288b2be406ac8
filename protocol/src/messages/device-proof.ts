import type { DeviceValue, Quality } from '../entries/entry.ts';
import type { PointId } from '../names.ts';
import type { DeviceFeedback } from './state.ts';

/** A reading as far as a proof goes: what `points` of a snapshot say of it. */
export type ProvingReading = { readonly id: PointId; readonly v: number | boolean | null; readonly q: Quality };

/**
 * Whether a device does what was read back from it, by something that measures its effect (DE8): a contactor, a current clamp, a
 * light sensor. Null where nobody can know: nothing was read back, or the feedback has no value
 * to go by; what is being worked on, covered or unplugged, has none.
 */
export const isProven = (feedback: DeviceFeedback, confirmed: DeviceValue | null, reading: ProvingReading | undefined): boolean | null => {
  const running = toFeedbackValue(feedback, reading);
  return confirmed === null || running === null ? null : running === (confirmed !== false && confirmed !== 0);
};

/** Whether the run feedback of a device says that it runs; null where that is not known. */
const toFeedbackValue = ({ above }: DeviceFeedback, reading: ProvingReading | undefined): boolean | null => {
  if (reading === undefined || blind.has(reading.q)) return null;
  const value = reading.v;
  if (value === null || typeof value === 'boolean') return value;
  return above === null ? null : value > above;
};

const blind: ReadonlySet<Quality> = new Set(['maintenance', 'bad', 'stale']);
