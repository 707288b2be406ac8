import { Type, type Static } from 'typebox';
import { Author } from '../author.ts';
import { UpTime, WallTime, type OffsetEntry } from '../entries/entry.ts';
import { toReleased, toStanding } from '../entries/to-standing.ts';
import { longestOffsetMs } from './offsets.ts';
import { Lsn, SetpointName } from '../names.ts';

/** An operator's offset on a set-point as it stands: it ends at `untilUp`, in the hub's `up`; `until` is for people. */
export const OffsetStatus = Type.Object(
  {
    setpoint: SetpointName,
    /** In the unit of differences of the set-point's quantity: K, %, kPa, ppm; never 0. */
    delta: Type.Number(),
    by: Author,
    reason: Type.String({ maxLength: 400 }),
    since: WallTime,
    until: WallTime,
    untilUp: UpTime,
    lsn: Lsn,
    /** Over: released, or expired. Reported once; then it is not shown any more. */
    isReleased: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type OffsetStatus = Static<typeof OffsetStatus>;

/** Pure: how the offset of a set-point stands after an entry of the log about it; null where none stood. */
export const stepOffsetStatus = (before: OffsetStatus | null, entry: OffsetEntry): OffsetStatus | null => {
  const { setpoint, delta } = entry;
  if (entry.released === true || delta === undefined) return toReleased(before, entry.lsn);
  return { setpoint, delta, ...toStanding(entry, longestOffsetMs) };
};
