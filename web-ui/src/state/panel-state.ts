import {
  stepAlarmStatus,
  type AlarmEntry,
  type AlarmStatus,
  type AutomationStatus,
  type BusStatus,
  type Changes,
  type DeviceEntry,
  type DeviceId,
  type DeviceState,
  type Entry,
  type InterlockStatus,
  type LocationId,
  type Lsn,
  type MeAnswer,
  type OffsetStatus,
  type OverrideStatus,
  type PointId,
  type PointState,
  type SetpointsAhead,
  type SiteLayout,
  type Snapshot,
  type ValueStatus,
} from '@phloem/protocol';
import { startHubClock, stepHubClock, type HubClock } from '../clock/hub-clock.ts';
import type { LinkReport } from '../link/link-view.ts';

/** All that the panel has received, and when. It holds no truth: each item is what the hub said last. */
export type PanelState = {
  readonly report: LinkReport;
  readonly site: SiteLayout | null;
  readonly version: Lsn;
  readonly points: ReadonlyMap<PointId, PointState>;
  readonly devices: ReadonlyMap<DeviceId, DeviceState>;
  readonly alarms: ReadonlyMap<string, AlarmStatus>;
  readonly buses: ReadonlyMap<string, BusStatus>;
  readonly automation: ReadonlyMap<string, AutomationStatus>;
  readonly values: ReadonlyMap<string, ValueStatus>;
  /** The overrides that stand, by device. */
  readonly overrides: ReadonlyMap<DeviceId, OverrideStatus>;
  /** The offsets that stand, by set-point. */
  readonly offsets: ReadonlyMap<string, OffsetStatus>;
  readonly interlocks: ReadonlyMap<string, InterlockStatus>;
  /** What each room is steered to, as the hub answered last. */
  readonly setpoints: ReadonlyMap<LocationId, SetpointsAhead>;
  /** Who sits before this panel; null as long as the hub has not said. */
  readonly me: MeAnswer | null;
  readonly clock: HubClock | null;
  /** What happened to devices since the panel was opened, newest first. */
  readonly activity: readonly DeviceEntry[];
};

/** What can happen to a panel; `running` is the browser's running time. */
export type PanelEvent =
  | { readonly kind: 'status'; readonly report: LinkReport }
  | { readonly kind: 'snapshot'; readonly message: Snapshot; readonly running: number }
  | { readonly kind: 'changes'; readonly message: Changes; readonly running: number }
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  | { readonly kind: 'setpoints'; readonly answer: SetpointsAhead }
  | { readonly kind: 'me'; readonly answer: MeAnswer };

/** How many device entries are kept for the list of what happened. */
export const keptActivity = 100;

/** A panel that has not received anything. */
export const emptyPanel: PanelState = {
  report: { phase: 'dialing', sinceAt: 0, retryAt: null, bye: null, roundTripMs: null, hubClock: null },
  site: null,
  version: 0,
  points: new Map(),
  devices: new Map(),
  alarms: new Map(),
  buses: new Map(),
  automation: new Map(),
  values: new Map(),
  overrides: new Map(),
  offsets: new Map(),
  interlocks: new Map(),
  setpoints: new Map(),
  me: null,
  clock: null,
  activity: [],
};

/** Takes in one event. Pure: reads no clock. What is older than what is known changes nothing. */
export const stepPanel = (state: PanelState, event: PanelEvent): PanelState => {
  switch (event.kind) {
    case 'status':
      return { ...state, report: event.report };
    case 'snapshot':
      return applySnapshot(state, event.message, event.running);
    case 'changes':
      return applyChanges(state, event.message, event.running);
    case 'entries':
      return applyEntries(state, event.entries);
    case 'setpoints':
      return { ...state, setpoints: new Map([...state.setpoints, [event.answer.location, event.answer]]) };
    default:
      return { ...state, me: event.answer };
  }
};

const applySnapshot = (state: PanelState, message: Snapshot, running: number): PanelState => ({
  ...state,
  site: message.site,
  version: message.version,
  points: toMap(message.points, ({ id }) => id),
  devices: toMap(message.devices, ({ id }) => id),
  alarms: toMap(message.alarms, ({ alarm }) => alarm),
  buses: toMap(message.buses, ({ bus }) => bus),
  automation: toMap(message.automation, ({ scope }) => scope),
  values: toMap(message.values, ({ name }) => name),
  overrides: withoutReleased(toMap(message.overrides, ({ device }) => device)),
  offsets: withoutReleased(toMap(message.offsets, ({ setpoint }) => setpoint)),
  interlocks: toMap(message.interlocks, ({ id }) => id),
  clock: startHubClock(message, running),
});

const applyChanges = (state: PanelState, message: Changes, running: number): PanelState => {
  if (state.clock === null) return state; // Changes of a snapshot that has not come mean nothing.
  const isNews = message.version >= state.version;
  return {
    ...state,
    version: Math.max(state.version, message.version),
    points: merge(state.points, message.points, ({ id }) => id, isNotOlder),
    devices: merge(state.devices, message.devices, ({ id }) => id, isNotOlder),
    alarms: merge(state.alarms, message.alarms, ({ alarm }) => alarm, isNotOlder),
    buses: merge(
      state.buses,
      message.buses,
      ({ bus }) => bus,
      () => isNews,
    ),
    automation: merge(
      state.automation,
      message.automation,
      ({ scope }) => scope,
      () => isNews,
    ),
    values: merge(
      state.values,
      message.values,
      ({ name }) => name,
      () => isNews,
    ),
    overrides: withoutReleased(merge(state.overrides, message.overrides, ({ device }) => device, isNotOlder)),
    offsets: withoutReleased(merge(state.offsets, message.offsets, ({ setpoint }) => setpoint, isNotOlder)),
    interlocks: merge(state.interlocks, message.interlocks, ({ id }) => id, isNotOlder),
    clock: stepHubClock(state.clock, message, running),
  };
};

const applyEntries = (state: PanelState, entries: readonly Entry[]): PanelState => {
  const newest = state.activity[0]?.lsn ?? 0;
  const news = entries.filter((entry) => entry.kind === 'device').filter(({ lsn }) => lsn > newest);
  return {
    ...state,
    alarms: entries.filter((entry) => entry.kind === 'alarm').reduce(applyAlarm, state.alarms),
    activity: news.length === 0 ? state.activity : [...news.toReversed(), ...state.activity].slice(0, keptActivity),
  };
};

const applyAlarm = (alarms: PanelState['alarms'], entry: AlarmEntry): PanelState['alarms'] => {
  const status = stepAlarmStatus(alarms.get(entry.alarm) ?? null, entry);
  return status === null ? alarms : new Map([...alarms, [entry.alarm, status]]);
};

/** What is released is reported once, and is nothing to be shown. */
const withoutReleased = <T extends { readonly isReleased: boolean }>(all: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
  [...all.values()].some(({ isReleased }) => isReleased) ? new Map([...all].filter(([, { isReleased }]) => !isReleased)) : all;

const isNotOlder = (known: { readonly lsn: Lsn }, told: { readonly lsn: Lsn }): boolean => told.lsn >= known.lsn;

const toMap = <T>(items: readonly T[], toKey: (item: T) => string): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [toKey(item), item]));

const merge = <T>(
  known: ReadonlyMap<string, T>,
  told: readonly T[],
  toKey: (item: T) => string,
  isNews: (known: T, told: T) => boolean,
): ReadonlyMap<string, T> => {
  if (told.length === 0) return known;
  const merged = new Map(known);
  for (const item of told) {
    const before = merged.get(toKey(item));
    if (before === undefined || isNews(before, item)) merged.set(toKey(item), item);
  }
  return merged;
};
