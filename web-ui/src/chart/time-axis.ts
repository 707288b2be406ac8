import { toLocal, toLocalDay, toOffsetSpans, type TimeZone } from '@phloem/protocol';
import { toAxis, toEnd, type Stretch } from './time-scale.ts';

/** A mark of a time axis. */
export type Tick = { readonly at: number; readonly label: string; readonly isDay: boolean };

/** Which stretch the axis shows, how many marks have room, and in which zone it is read. */
export type AxisFrame = {
  readonly from: number;
  readonly to: number;
  readonly mostTicks: number;
  readonly zone: TimeZone;
  /** `23 Nov`, of an instant in the same zone. */
  readonly toDate: (at: number) => string;
};

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720].map((minutes) => minutes * minute);
const daySteps = [1, 2, 7, 14, 28].map((days) => days * day);

/**
 * The marks of a time axis, at round times of the site's own clock. On the day when the clock goes forward an hour has
 * no mark; on the day when it goes back the hour that comes twice has its mark twice, if there is room for both.
 */
export const toTicks = (frame: AxisFrame): readonly Tick[] => {
  const { from, to, mostTicks, zone, toDate } = frame;
  const step = [...steps, ...daySteps].find((candidate) => (to - from) / candidate <= Math.max(1, mostTicks)) ?? 28 * day;
  const instants = toSegments(from, to, zone).flatMap((segment) => toInstants(segment, step));
  return thin(instants, step).map((at) => {
    const isDay = toLocal(zone, at) % day === 0 || isDayBegun(at, zone);
    return { at, label: isDay ? toDate(at) : toClock(toLocal(zone, at)), isDay };
  });
};

/** The marks of a chart of this width: of the past, and fewer of what is ahead, which is narrowed. */
export const toChartTicks = (
  stretch: Stretch,
  { width, zone, toDate }: { readonly width: number } & Pick<AxisFrame, 'zone' | 'toDate'>,
): readonly Tick[] => {
  const { from, now, aheadMs } = stretch;
  const end = toEnd(stretch);
  const past = toTicks({ from, to: now, mostTicks: Math.max(2, Math.floor(width / 84)), zone, toDate });
  if (aheadMs === 0) return past;
  const ahead = toTicks({ from: now, to: end, mostTicks: Math.max(1, Math.floor(width / 420)), zone, toDate });
  // Two marks that touch cannot be read: what is near the present gives way.
  const room = (toAxis(stretch, end) - from) / Math.max(1, width / 48);
  return [...past.filter(({ at }) => now - at > room * 0.6), ...ahead.filter(({ at }) => toAxis(stretch, at) - now > room * 0.5)];
};

/** A stretch within which the zone keeps its offset. */
type Segment = { readonly from: number; readonly to: number; readonly offset: number; readonly before: number | null };

const toSegments = (from: number, to: number, zone: TimeZone): readonly Segment[] =>
  toOffsetSpans(zone, { from, to }).map(({ offsetMs, ...span }, index, spans) => ({
    ...span,
    offset: offsetMs,
    before: spans[index - 1]?.offsetMs ?? null,
  }));

const toInstants = ({ from, to, offset, before }: Segment, step: number): readonly number[] => {
  const instants: number[] = [];
  // A clock that is put forward over midnight has no midnight: the day begins with the change.
  const isMidnightSkipped =
    before !== null && (from + offset) % day !== 0 && Math.floor((from + offset) / day) > Math.floor((from - 1 + before) / day);
  if (isMidnightSkipped) instants.push(from);
  for (let local = Math.ceil((from + offset) / step) * step; local - offset <= to; local += step) {
    if (local - offset !== instants.at(-1)) instants.push(local - offset);
  }
  return instants;
};

/** Leaves out what a change of the clock has brought too close to the mark before it; an hour apart is enough for hours. */
const thin = (instants: readonly number[], step: number): readonly number[] => {
  const kept: number[] = [];
  for (const at of instants) {
    const last = kept.at(-1);
    if (last === undefined || at - last >= step * 0.7) kept.push(at);
  }
  return kept;
};

const isDayBegun = (at: number, zone: TimeZone): boolean => toLocalDay(zone, at) > toLocalDay(zone, at - 1);

const two = (n: number): string => String(n).padStart(2, '0');
const toClock = (local: number): string => {
  const within = ((local % day) + day) % day;
  return `${two(Math.floor(within / hour))}:${two(Math.floor((within % hour) / minute))}`;
};
