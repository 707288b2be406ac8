import type { OverrideEntry } from '../entries/entry.ts';
import { longestOverrideMs } from '../http/overrides.ts';
import type { OverrideStatus } from './state.ts';

/** Pure: how a device's override stands after an entry of the log about it; null where none stood. */
export const stepOverrideStatus = (before: OverrideStatus | null, entry: OverrideEntry): OverrideStatus | null => {
  const { device, value, by, reason, at, up, lsn } = entry;
  if (entry.released === true || value === undefined) return before === null ? null : { ...before, isReleased: true, lsn };
  const forMs = entry.forMs ?? longestOverrideMs;
  return {
    device,
    value,
    by,
    reason: reason ?? '',
    since: at,
    until: entry.until ?? at + forMs,
    untilUp: up + forMs,
    lsn,
    isReleased: false,
  };
};
