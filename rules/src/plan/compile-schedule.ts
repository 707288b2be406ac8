import type { Path, SourceDocument } from '../documents/source.ts';
import { dayNames, type Cycle, type WindowDeclaration } from '../documents/windows.ts';
import { DAY_MS, formatDuration, parseDay } from '@phloem/protocol';
import { createCycle } from '../nodes/cycle.ts';
import type { Moment } from '../nodes/moment.ts';
import type { Maybe } from '../nodes/node.ts';
import { createSchedule } from '../nodes/schedule.ts';
import type { ScheduleWindow } from '../nodes/schedule-window.ts';
import { toNominalMs, toStretch } from '../nodes/schedule-spans.ts';
import type { SiteClock } from '../nodes/site-clock.ts';
import { parseDuration } from '../units/units.ts';
import type { Builder } from './builder.ts';
import { end, moment, tryMoments } from './daylight.ts';
import type { Run } from './run.ts';

type Place = { readonly source: SourceDocument; readonly builder: Builder; readonly clock: SiteClock | undefined };

/** True inside the windows of a schedule. */
export const compileSchedule = (
  node: string,
  windows: readonly WindowDeclaration[],
  path: Path,
  place: Place,
): ((run: Run) => Maybe<boolean>) | undefined => {
  const { source, builder, clock } = place;
  const read = windows.map((window, i) => readWindow(window, [...path, i], place)).filter((window) => window !== undefined);
  if (clock === undefined || read.length < windows.length) return undefined;
  const schedule = tryMoments(() => createSchedule({ clock, windows: read }), source, path, builder);
  if (schedule === undefined) return undefined;
  const placed = builder.addNode(`${node}#schedule`, schedule);
  return (run) => run.step(placed, null).value;
};

/** A duty cycle, given whether its condition holds. */
export const compileCycle = (
  node: string,
  { on, off }: Cycle,
  path: Path,
  { source, builder }: Pick<Place, 'source' | 'builder'>,
): ((run: Run, isRunning: Maybe<boolean>) => Maybe<boolean>) | undefined => {
  const [onMs, offMs] = [builder.duration(on), builder.duration(off)];
  const short = onMs < PULSE_MS ? 'on' : 'off';
  if (Math.min(onMs, offMs) < PULSE_MS) {
    builder.complain(source, [...path, short], {
      expected: 'at least 1s',
      found: short === 'on' ? on : off,
      hint: 'rules run once a second',
    });
    return undefined;
  }
  const placed = builder.addNode(`${node}#cycle`, createCycle({ onMs, offMs }));
  return (run, isRunning) => run.step(placed, isRunning).value;
};

const PULSE_MS = 1000;

/** A window as people read it: `07:00 to 07:10, every 2d from 2026-03-01`. */
export const describeWindow = ({ from, to, days, every, startingOn }: WindowDeclaration): string =>
  `${from} to ${to}${days === undefined ? '' : ` on ${days.join(', ')}`}${every === undefined ? '' : `, every ${every} from ${startingOn}`}`;

const readWindow = (window: WindowDeclaration, path: Path, place: Place): ScheduleWindow | undefined => {
  const { source, builder, clock } = place;
  const from = moment(window.from, source, [...path, 'from'], builder);
  const to = end(window.to, source, [...path, 'to'], builder);
  const every = readEvery(window, path, place);
  if (from === undefined || to === undefined || every === 'invalid') return undefined;
  const days = window.days?.map((day) => dayNames.indexOf(day));
  const read = { from, to, ...(days === undefined ? {} : { days }), ...(every === undefined ? {} : { every }) };
  return clock === undefined || isLengthGood(read, window, path, { ...place, clock }) ? read : undefined;
};

const readEvery = (
  { days, every, startingOn }: WindowDeclaration,
  path: Path,
  { source, builder }: Place,
): ScheduleWindow['every'] | 'invalid' => {
  const complain = (key: string, expected: string, found: string): 'invalid' => {
    builder.complain(source, [...path, key], { expected, found });
    return 'invalid';
  };
  if (every === undefined)
    return startingOn === undefined ? undefined : complain('startingOn', 'every beside startingOn, such as 2d', 'none');
  if (days !== undefined) return complain('every', 'either days or every', 'both');
  if (startingOn === undefined) return complain('every', 'startingOn beside every: the first day, such as 2026-03-01', 'none');
  const since = parseDay(startingOn);
  if (since === undefined) return complain('startingOn', 'a day of the calendar, such as 2026-03-01', startingOn);
  return { days: (parseDuration(every) ?? 0) / DAY_MS, since };
};

/** Claims that a window is neither empty nor longer than a day; else says what is wrong with it. */
const isLengthGood = (
  read: ScheduleWindow,
  window: WindowDeclaration,
  path: Path,
  { source, builder, clock }: Place & { readonly clock: SiteClock },
): boolean => {
  const found = `${window.from} to ${window.to}`;
  const nominal = toNominalMs(read);
  const isSame = isSameMoment(read.from, read.to);
  if (isSame || (nominal !== null && nominal <= 0)) {
    const hint = isSame ? 'a whole day is from "00:00" to "24:00"' : '';
    builder.complain(source, [...path, 'to'], { expected: 'an end after the beginning', found, hint });
    return false;
  }
  const longest = nominal ?? tryMoments(() => toLongest(clock, read), source, path, builder);
  if (longest === undefined || longest <= DAY_MS) return longest !== undefined;
  builder.complain(source, [...path, 'to'], {
    expected: 'a window of at most 24 h',
    found: `${found}, which is ${formatDuration(longest)}`,
    hint: 'for several days on end, write one window from "00:00" to "24:00" on each of them',
  });
  return false;
};

const isSameMoment = (a: Moment, b: Moment): boolean =>
  a.anchor === b.anchor && a.timeOfDayMs === b.timeOfDayMs && a.offsetMs === b.offsetMs;

/** How long a window that hangs on the sun or the lights is at most: on the middle of each month of a year, when no clocks change. */
const toLongest = (clock: SiteClock, window: ScheduleWindow): number => {
  const middle = parseDay('2026-01-15') ?? 0;
  const lengths = Array.from({ length: 12 }, (_, month) => {
    const stretch = toStretch(clock, window, middle + Math.round(month * 30.44));
    return stretch.kind === 'instants' ? stretch.to - stretch.from : 0;
  });
  return Math.max(...lengths);
};
