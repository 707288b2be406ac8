import type {
  AlarmEntry,
  AlarmStatus,
  AutomationStatus,
  BusStatus,
  Changes,
  DeviceEntry,
  DeviceId,
  DeviceState,
  Entry,
  Lsn,
  PointId,
  PointState,
  SiteLayout,
  Snapshot,
} from '@phloem/protocol';
import { startHubClock, stepHubClock, type HubClock } from '../clock/hub-clock.ts';
import type { LinkReport } from '../link/link-view.ts';

/** All that the panel has been told, and when. It holds no truth: each item is what the hub said last. */
export type PanelState = {
  readonly report: LinkReport;
  readonly site: SiteLayout | null;
  readonly version: Lsn;
  readonly points: ReadonlyMap<PointId, PointState>;
  readonly devices: ReadonlyMap<DeviceId, DeviceState>;
  readonly alarms: ReadonlyMap<string, AlarmStatus>;
  readonly buses: ReadonlyMap<string, BusStatus>;
  readonly automation: ReadonlyMap<string, AutomationStatus>;
  readonly clock: HubClock | null;
  /** What happened to devices since the panel was opened, newest first. */
  readonly activity: readonly DeviceEntry[];
};

/** What can happen to a panel; `running` is the browser's running time. */
export type PanelEvent =
  | { readonly type: 'status'; readonly report: LinkReport }
  | { readonly type: 'snapshot'; readonly message: Snapshot; readonly running: number }
  | { readonly type: 'changes'; readonly message: Changes; readonly running: number }
  | { readonly type: 'entries'; readonly entries: readonly Entry[] };

/** How many device entries are kept for the list of what happened. */
export const keptActivity = 100;

/** A panel that has not been told anything. */
export const emptyPanel: PanelState = {
  report: { phase: 'dialing', sinceAt: 0, retryAt: null, bye: null, roundTripMs: null, hubClock: null },
  site: null,
  version: 0,
  points: new Map(),
  devices: new Map(),
  alarms: new Map(),
  buses: new Map(),
  automation: new Map(),
  clock: null,
  activity: [],
};

/** Takes in one event. Pure: reads no clock. What is older than what is known changes nothing. */
export const stepPanel = (state: PanelState, event: PanelEvent): PanelState => {
  switch (event.type) {
    case 'status':
      return { ...state, report: event.report };
    case 'snapshot':
      return applySnapshot(state, event.message, event.running);
    case 'changes':
      return applyChanges(state, event.message, event.running);
    default:
      return applyEntries(state, event.entries);
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
    clock: stepHubClock(state.clock, message, running),
  };
};

const applyEntries = (state: PanelState, entries: readonly Entry[]): PanelState => {
  const alarms = entries.filter((entry) => entry.kind === 'alarm').map(toAlarmStatus);
  const newest = state.activity[0]?.lsn ?? 0;
  const news = entries.filter((entry) => entry.kind === 'device').filter(({ lsn }) => lsn > newest);
  return {
    ...state,
    alarms: merge(state.alarms, alarms, ({ alarm }) => alarm, isNotOlder),
    activity: news.length === 0 ? state.activity : [...news.toReversed(), ...state.activity].slice(0, keptActivity),
  };
};

const toAlarmStatus = ({ alarm, state, priority, reason, at, lsn }: AlarmEntry): AlarmStatus => ({
  alarm,
  state,
  priority,
  reason: reason ?? null,
  since: at,
  lsn,
});

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
