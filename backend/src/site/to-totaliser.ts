import { isFloatType, rawRangeOf } from '@phloem/protocol';
import type { Path, Totalise } from '@phloem/rules';
import type { ProfilePoint } from './profile.ts';
import type { Complain } from './complain.ts';
import type { PointSpec } from './site.ts';
import { toField } from './to-register.ts';
import { toRateLimit } from './to-rate-limit.ts';

/** The raw number at which a counter of this type begins at 0 again by itself; null for one that never gets there. */
const toOwnWrap = (point: ProfilePoint): number | null => {
  const { type } = point;
  if (point.plus !== undefined) return null;
  const isCounter = type.startsWith('u') || type.startsWith('bcd');
  if (!isCounter || type === 'u64') return null;
  const field = toField(point);
  return rawRangeOf({ type, ...(field !== undefined && { field }) })[1] + 1;
};

/** How a point is totalised; null after a complaint. */
export const toTotaliser = (declared: Totalise, point: ProfilePoint, path: Path, complain: Complain): PointSpec['totalise'] | null => {
  const { quantity, type, offset, scale, access, values, clearOnRead } = point;
  if (quantity === 'boolean') {
    complain(path, 'no totalise of what is on or off', quantity);
    return null;
  }
  if (access !== 'read') {
    complain(path, 'totalise where access is read: Phloem does not write to counters', access);
    return null;
  }
  if ((offset ?? 0) !== 0 || (scale ?? 1) < 0 || values !== undefined || quantity === 'temperature') {
    complain(path, 'totalise of a number that begins at 0: without offset, with a scale above 0', quantity);
    return null;
  }
  if (clearOnRead === true) {
    complain(path, 'totalise where reading does not reset the counter', 'clearOnRead: true');
    return null;
  }
  const own = toOwnWrap(point);
  const field = toField(point);
  const top = rawRangeOf({ type, ...(field !== undefined && { field }) })[1];
  if (
    declared.wrapsAt !== undefined &&
    point.plus === undefined &&
    (declared.wrapsAt > top + 1 || (!isFloatType(type) && !Number.isInteger(declared.wrapsAt)))
  ) {
    complain([...path, 'wrapsAt'], `a raw number that ${type} can reach, up to ${top + 1}`, `${declared.wrapsAt}`);
    return null;
  }
  const maxRate = toRateLimit(declared.maxRate, quantity, [...path, 'maxRate'], complain);
  if (declared.maxRate !== undefined && maxRate === null) return null;
  return { wrapsAt: declared.wrapsAt ?? own, ...(maxRate !== null && { maxRate }) };
};
