import { toValueRange, type DeviceShape, type DeviceValue } from '@phloem/protocol';

/** A stretch in which a device was so far on, 0 to 1; null where that is not known. */
export type KnownSpan = { readonly from: number; readonly to: number; readonly share: number | null };

/** What runs is to be seen, however near it is to the low end of its range. */
const leastShare = 0.08;

/** How high a value is drawn, 0 to 1: a number within the range of its device, a mode as on unless it is off. Null where it is not known. */
export const toSpanShare = (value: DeviceValue | null, shape?: DeviceShape): number | null => {
  if (value === null) return null;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') return value === 'off' ? 0 : 1;
  const { min, max } = (shape === undefined ? null : toValueRange(shape)) ?? { min: 0, max: 100 };
  const share = max > min ? Math.min(1, Math.max(0, (value - min) / (max - min))) : 1;
  return shape?.kind === 'setpoint' ? Math.max(leastShare, share) : share;
};

/**
 * The spans of a device, oldest first, and between them those of which nobody knows: an empty stretch would look like a
 * device that was off.
 */
export const fillUnknown = <S extends KnownSpan>(spans: readonly S[], from: number, to: number): readonly (S | KnownSpan)[] => {
  const filled: (S | KnownSpan)[] = [];
  let known = from;
  for (const span of spans) {
    if (span.from > known) filled.push({ from: known, to: Math.min(to, span.from), share: null });
    filled.push(span);
    known = Math.max(known, span.to);
  }
  if (known < to) filled.push({ from: known, to, share: null });
  return filled;
};
