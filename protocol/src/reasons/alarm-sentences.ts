import { toExceptionAdvice, toExceptionWords, toPlaceText, toTableText, type RegisterSpan } from '../registers/exceptions.ts';
import { formatDuration } from '../time.ts';
import type {
  DocumentAlarmParams,
  FieldAlarmParams,
  GapParams,
  HistoryParams,
  HubAlarmParams,
  Missing,
  NamedThings,
  ReasonCode,
} from './reason.ts';
import type { Sayer, Sentences } from './sayer.ts';

const toSecondsText = (ms: number): string => `${Math.round(ms / 1000)} s`;
const toWholeText = (ms: number): string => formatDuration(Math.round(ms / 1000) * 1000);
const toMegabytes = (bytes: number): string => `${Math.floor(bytes / 1e6)} MB`;
const toSwitchText = (value: number | boolean | string | null): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value ?? 'nothing');

/** As many rooms as a sentence names. */
const shownRooms = 5;

/** Names where they are of one room, else how many there are. */
const toNamesText = ({ names, titles, count }: NamedThings, what: string, rooms: number): string => {
  if (rooms > 1) return `${count} ${count === 1 ? what : `${what}s`}`;
  return `${names.join(', ')}${titles > names.length ? ` and ${titles - names.length} more` : ''}`;
};

const toMissingText = (missing: Missing | undefined): string => {
  if (missing === undefined) return '';
  const { rooms, points, devices } = missing;
  const more = rooms.length > shownRooms ? ` and ${rooms.length - shownRooms} more` : '';
  const parts = [
    ...(points.count === 0 ? [] : [`${toNamesText(points, 'point', rooms.length)} cannot be read`]),
    ...(devices.count === 0 ? [] : [`${toNamesText(devices, 'device', rooms.length)} cannot be switched`]),
  ];
  return `. ${rooms.slice(0, shownRooms).join(', ')}${more}: ${parts.join('; ')}`;
};

type Registers = RegisterSpan & { readonly missing?: Missing; readonly isOthersRead: boolean };

const toRegistersText = (params: Registers): string => `${toPlaceText(params)} (${toTableText(params)} address ${params.address})`;
const toRest = ({ missing, isOthersRead }: Registers): string =>
  `${isOthersRead ? '; other registers of the unit are read' : ''}${toMissingText(missing)}`;

type Own<P> = { readonly [C in keyof P & ReasonCode]: Sentences[C] };

const gaps: Own<GapParams> = {
  'log/damaged': () => 'damaged on disk',
  'log/not-found': () => 'not found on disk',
  'log/expired': () => 'kept no longer',
  'log/size-limit': () => 'the log is at its size limit',
};

const history: Own<HistoryParams> = {
  'history/hub-away': () => 'the hub was not running',
  'history/clock-forward': () => 'the clock was set forward',
  'history/entries-lost': ({ from, to, because }, say) => `entries ${from} to ${to} of the log: ${say.of(because)}`,
  'history/not-kept': () => 'alarms and notes were not kept yet',
  'history/not-built': () => 'the history is still being built from the log',
  'history/too-many-gaps': () => 'more gaps than can be distinguished',
};

const toBridgeAdvice = ({ bridge, isRunning, because }: HubAlarmParams['bridge/behind'], say: Sayer): string => {
  if (!isRunning) return `It does not run: start it with phloem bridge run ${bridge}, or remove the cursor bridge-${bridge}.`;
  return because === undefined ? 'It runs, and may catch up by itself.' : `Its last error: ${say.of(because)}`;
};

const hub: Own<HubAlarmParams> = {
  'log/needed-entries-removed': () =>
    'Entries that automation still needs for a restart were removed, because the log is at its size limit.',
  'log/repaired': ({ kept, entries, lost }) =>
    `The hub's log was damaged and has been repaired: ${entries} entries were saved, ${lost === 0 ? 'none between them is' : `${lost} are`} missing. ` +
    `The damaged file is kept as ${kept}. Check the disk, and check that rules, overrides and set-points are as you expect.`,
  'hub/was-away': ({ forMs, isInOrder }) =>
    `The hub restarted after ${toWholeText(forMs)}${isInOrder ? '' : '. The previous run did not end in an orderly way: a crash, or a loss of power'}`,
  'hub/clock-set': ({ byMs }) =>
    `The clock was set ${byMs > 0 ? 'forward' : 'back'} by ${toWholeText(Math.abs(byMs))}. Schedules follow it at once`,
  'disk/low': ({ free }) => `The disk of the data folder is filling up: ${toMegabytes(free)} are free. Free some space.`,
  'disk/full': ({ free }) =>
    `The disk of the data folder is full: ${toMegabytes(free)} are free. Control continues; the oldest log entries are removed, and the history waits. Free some space.`,
  'history/building': ({ entries }) => `the history is being built from ${entries} entries of the log`,
  'history/unwritable': ({ because }, say) => `the history is not written: ${say.of(because)}`,
  'automation/not-running': ({ devices }) =>
    `Automation is not running: ${devices} ${devices === 1 ? 'device is in its safe state' : 'devices are in their safe states'}`,
  'bridge/behind': (params, say) =>
    `The target of the bridge ${params.bridge} lacks ${params.entries} entries, the oldest for ${toSecondsText(params.forMs)}. ${toBridgeAdvice(params, say)}`,
  'bridge/stopped': ({ bridge, because }, say) =>
    `The bridge ${bridge} has stopped for good: ${because === undefined ? 'it did not say why' : say.of(because)}. Correct it, then start the bridge again.`,
  'notification/failing': ({ channel, because, lastAt }, say) =>
    `Notifications by ${channel} are not delivered: ${say.of(because)}. It delivered ${lastAt === null ? 'nothing so far' : `last at ${say.time(lastAt)}`}. Check the channel with phloem notify test ${channel}.`,
  'cursor/behind': ({ node }) => `The node ${node} has not read entries that the log will soon remove. Start it, or remove its cursor.`,
  'cursor/lost': ({ node }) =>
    `The log has removed entries that the node ${node} had not read. The hub reports which when the node connects.`,
  'source/silent': ({ source, node, forMs }) =>
    `The source ${source} has sent nothing for ${toSecondsText(forMs)}. Check the node ${node}.`,
  'node/duplicate': ({ node }) => `two processes run under the name ${node}`,
  'offset/ending': ({ setpoint, by, until }, say) => `the offset by ${say.person(by)} on ${setpoint} ends at ${say.time(until)}`,
  'calibration/due': ({ title, day }) => `${title === undefined ? '' : `${title}: `}calibration was due on ${day}`,
  'device/feedback-mismatch': ({ confirmed, title, read, forMs }) =>
    `confirmed ${toSwitchText(confirmed)}, but ${title} says ${toSwitchText(read)} for ${toSecondsText(forMs)}: ` +
    (confirmed === false || confirmed === 0
      ? 'it runs all the same; check its contactor'
      : 'it does not run; check its fuse and contactor'),
};

const field: Own<FieldAlarmParams> = {
  'bus/silent': ({ bus, isPartial, seen, missing }, say) => {
    const silence = isPartial ? `most units of bus ${bus} do not answer` : `bus ${bus} does not answer`;
    return `${seen === undefined ? silence : `no unit of bus ${bus} answers as it should: ${say.of(seen)}`}${toMissingText(missing)}`;
  },
  'unit/silent': ({ bus, unit, seen, missing }, say) =>
    `unit ${unit} of bus ${bus} does not answer${seen === undefined ? '' : ` as it should: ${say.of(seen)}`}${toMissingText(missing)}`,
  'register/unanswered': (params, say) =>
    `unit ${params.unit} of bus ${params.bus} does not answer for ${toRegistersText(params)}: ${say.of(params.because)}${toRest(params)}`,
  'register/refused': (params) => {
    const words = params.isOthersRead ? toExceptionWords(params.exception) : toExceptionAdvice(params.exception, params);
    return `unit ${params.unit} of bus ${params.bus} cannot be read at ${toRegistersText(params)}, ${words}${toRest(params)}`;
  },
};

const subjects = {
  alarm: (title: string) => `Cannot evaluate the alarm "${title}"`,
  limits: (title: string) => `Cannot check the alarm limits of ${title}`,
  text: (title: string) => title,
} as const;

const documents: Own<DocumentAlarmParams> = {
  'alarm/condition': ({ title, because }, say) => `${title}: ${say.condition(because)}`,
  'alarm/limit': ({ title, value, limit, side }) =>
    value === null ? `${title} unknown` : `${title} ${value} is ${side} its alarm limit of ${limit ?? 'unknown'}`,
  'alarm/last-known': ({ title }) => `${title}: last known before its readings were lost`,
  'alarm/unknown': ({ subject, forMs, because }, say) =>
    `${subjects[subject.kind](subject.title)}: unknown for ${formatDuration(forMs)}: ${say.of(because)}`,
};

/** The sentences of gaps, of the history, and of alarms. */
export const alarmSentences = { ...gaps, ...history, ...hub, ...field, ...documents };
