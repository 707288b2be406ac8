import type { OverrideEntry } from '../entries/entry.ts';
import { toReleased, toStanding } from '../entries/to-standing.ts';
import { longestOverrideMs } from '../http/overrides.ts';
import type { OverrideStatus } from './state.ts';

/** Pure: how a device's override stands after an entry of the log about it; null where none stood. */
export const stepOverrideStatus = (before: OverrideStatus | null, entry: OverrideEntry): OverrideStatus | null => {
  const { device, value } = entry;
  if (entry.released === true || value === undefined) return toReleased(before, entry.lsn);
  return { device, value, ...toStanding(entry, longestOverrideMs) };
};
