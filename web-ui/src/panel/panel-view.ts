import {
  toLocation,
  type AlarmPriority,
  type DeviceId,
  type LocationId,
  type MeAnswer,
  type SetpointsAhead,
  type SiteLayout,
} from '@phloem/protocol';
import { toAlarmsView, type AlarmsView } from '../alarms/alarm-view.ts';
import { toHubUp, toHubWall } from '../clock/hub-clock.ts';
import { toActivity, type ActivityLine } from '../devices/activity.ts';
import { toDeviceActions } from '../devices/device-actions.ts';
import { toDeviceView, type DeviceView } from '../devices/device-view.ts';
import { toFeedbackValue } from '../devices/feedback-view.ts';
import { toRoomSentence } from '../devices/room-sentence.ts';
import { toAutomationIndicator, toBusIndicators, type BusIndicator, type IndicatorView } from '../link/indicators.ts';
import { toLinkView, type LinkView } from '../link/link-view.ts';
import { toFreshness, type Freshness } from '../points/freshness.ts';
import { toPointView, type PointView } from '../points/point-view.ts';
import { toOffsetLines, type OffsetLine } from '../offset/offset-line.ts';
import { toOverrideLines, type OverrideLine } from '../override/override-line.ts';
import { toLightTurn } from '../setpoints/setpoint-at.ts';
import { toDurationText } from '../format/duration.ts';
import { createSiteTime, type SiteTime } from '../format/site-time.ts';
import type { PanelState } from '../state/panel-state.ts';
import { toOpenings, type Opening } from './openings.ts';
import { toRight, type Rights } from '../state/rights.ts';
import { toTileRows, type KnownPoint, type TileRow } from './tile-row.ts';

/** What fills the page. */
export type Screen = 'waiting' | 'site' | 'no-rooms' | 'signed-out' | 'version' | 'ended';

/** One cluster of a room with its points, in the site's order. */
export type ClusterView = { readonly id: string; readonly title: string; readonly points: readonly PointView[] };

/** How a room is, in a word or a few; `priority` is that of its worst alarm. */
export type RoomStanding = { readonly text: string; readonly priority: AlarmPriority | null; readonly isCalm: boolean };

/** One room as it is drawn. */
export type TileView = {
  readonly id: LocationId;
  readonly title: string;
  readonly standing: RoomStanding;
  /** What the room is known by, one line each. */
  readonly rows: readonly TileRow[];
  /** Whether its lights are scheduled on, and for how long still; null without a schedule. */
  readonly light: { readonly isDark: boolean; readonly text: string } | null;
  /** When its lights are scheduled off. */
  readonly dark: SetpointsAhead['dark'];
  /** Doors that are open, or not known. */
  readonly openings: readonly Opening[];
  readonly clusters: readonly ClusterView[];
  readonly devices: readonly DeviceView[];
  /** How far what is said of the devices may be taken for what is so now. */
  readonly devicesFreshness: Freshness;
  readonly devicesAge: string;
  readonly why: string;
};

/** Everything on the page, as text and words. */
export type PanelView = {
  readonly screen: Screen;
  readonly message: string;
  readonly title: string;
  readonly link: LinkView;
  /** The hub's clock, or when it was last heard. */
  readonly hubTime: string;
  readonly zone: string;
  readonly skew: string;
  readonly buses: readonly BusIndicator[];
  readonly automation: IndicatorView;
  readonly isDemonstration: boolean;
  readonly tiles: readonly TileView[];
  readonly alarms: AlarmsView;
  /** The overrides that stand, the next to end first. */
  readonly overrides: readonly OverrideLine[];
  /** The set-points that are moved manually, the next to end first. */
  readonly offsets: readonly OffsetLine[];
  /** Who is signed in; null until the hub has reported it. */
  readonly me: MeAnswer | null;
  readonly rights: Rights;
  readonly activity: readonly ActivityLine[];
};

/** The moment of a view by the browser's two clocks. */
export type Now = { readonly running: number; readonly wall: number };

/** How often the hub itself reports something at the least: its pulse. */
const pulseMs = 1000;
const skewMs = 2000;
const shownActivity = 12;

/** What is to be drawn, from all that was reported and the moment. Pure; called four times a second. */
export const toPanelView = (state: PanelState, now: Now): PanelView => {
  const { site, clock, report } = state;
  const time = createZoneTime(site?.timeZone ?? 'UTC');
  const hubUp = clock === null ? 0 : toHubUp(clock, report, now.running);
  const at = clock === null ? now.wall : toHubWall(clock, report, now.running);
  const link = toLinkView(
    { report, lastFrameAt: clock?.arrivedAt ?? null, delayMs: clock?.delayMs ?? 0, frameIntervalMs: toFrameInterval(site) },
    now.running,
  );
  const silentMs = clock === null ? null : now.running - clock.arrivedAt;
  const isHeard = link.isHeard && silentMs !== null && silentMs <= 3 * Math.max(pulseMs, toFrameInterval(site));
  const alarms = toAlarmsView(state.alarms.values(), site, at, time, state.interlocks);
  const known =
    site?.points.map((layout) => {
      const told = state.points.get(layout.id);
      return { layout, state: told, view: toPointView(layout, told, hubUp, time) };
    }) ?? [];
  const titles = toDeviceTitles(site);
  return {
    ...toScreen(state),
    title: site?.title ?? '',
    link,
    hubTime: clock === null ? '' : time.clock(link.isHeard ? at : toHubWall(clock, report, clock.arrivedAt)),
    zone: clock === null ? '' : time.zone(at),
    skew:
      clock === null || Math.abs(now.wall - at) <= skewMs
        ? ''
        : `clock off by ${toDurationText(Math.abs(now.wall - at))}: times are the hub’s`,
    buses: toBusIndicators([...state.buses.values()], isHeard),
    automation: toAutomationIndicator([...state.automation.values()], site?.devices ?? [], isHeard, at),
    isDemonstration: site?.isDemonstration ?? false,
    tiles: toTiles(state, { known, alarms, link, at, time, hubUp, silentMs }),
    alarms,
    me: state.me,
    rights: {
      override: toRight('override', state.me, isHeard),
      acknowledge: toRight('acknowledge', state.me, isHeard),
      shelve: toRight('shelve', state.me, isHeard),
      reset: toRight('reset', state.me, isHeard),
      maintain: toRight('maintain', state.me, isHeard),
      kiosk: toRight('kiosk', state.me, isHeard),
      backtest: toRight('backtest', state.me, isHeard),
    },
    overrides: toOverrideLines(state.overrides.values(), site, hubUp, at, time),
    offsets: toOffsetLines(state.offsets.values(), state.setpoints, site, hubUp, at, time),
    activity: toActivity(state.activity, titles, time, shownActivity),
  };
};

/** What the tiles are made of, besides the state. */
type TileFacts = {
  readonly known: readonly KnownPoint[];
  readonly alarms: AlarmsView;
  readonly link: LinkView;
  readonly at: number;
  readonly time: SiteTime;
  readonly hubUp: number;
  /** How long nothing has been heard; null before the first message. */
  readonly silentMs: number | null;
};

const toTiles = (state: PanelState, { known, alarms, link, at, time, hubUp, silentMs }: TileFacts): readonly TileView[] =>
  (state.site?.locations ?? []).map(({ id, title }) => {
    const moment = { at, time };
    const devices = (state.site?.devices ?? [])
      .filter((layout) => layout.id.startsWith(`${id}/`))
      .map((layout) => ({ layout, state: state.devices.get(layout.id) }));
    const views = devices.map(({ layout, state: told }) =>
      toDeviceView(layout, told, moment, state.overrides.get(layout.id), {
        actions: toDeviceActions(layout.id, { ...state, time }),
        feedback: toFeedbackValue(state, layout.id),
      }),
    );
    const points = known.filter(({ view }) => view.location === id);
    const steered = state.setpoints.get(id);
    const light = steered === undefined ? null : toLightTurn(steered.dark, at);
    return {
      id,
      title,
      standing: toStanding(
        id,
        link,
        alarms,
        points.map(({ view }) => view),
        views,
      ),
      rows: toTileRows(points, steered, state.alarms, at),
      light: light === null ? null : { isDark: light.isDark, text: light.text },
      dark: steered?.dark ?? [],
      openings: toOpenings(points, hubUp),
      clusters: toClusters(points.map(({ view }) => view)),
      devices: views,
      devicesFreshness: toFreshness({ q: 'good' }, silentMs, pulseMs),
      devicesAge: silentMs === null ? '' : toDurationText(silentMs),
      why: toRoomSentence(devices, moment),
    };
  });

/** Where there are several rooms, a device is named with its own: each of them has its lights. */
const toDeviceTitles = (site: SiteLayout | null): ReadonlyMap<DeviceId, string> => {
  const rooms = new Map(site?.locations.map(({ id, title }) => [id, title]));
  return new Map(
    site?.devices.map(({ id, title }) => {
      const room = rooms.size > 1 ? rooms.get(toLocation(id)) : undefined;
      return [id, room === undefined ? title : `${room}: ${title}`];
    }),
  );
};

const times = new Map<string, SiteTime>();
const createZoneTime = (timeZone: string): SiteTime => {
  const known = times.get(timeZone);
  if (known !== undefined) return known;
  const made = createSiteTime(timeZone);
  times.set(timeZone, made);
  return made;
};

const toFrameInterval = (site: SiteLayout | null): number => {
  const fastest = Math.min(...(site?.points.map(({ intervalMs }) => intervalMs) ?? []));
  return Number.isFinite(fastest) ? Math.max(pulseMs, fastest) : pulseMs;
};

const toScreen = ({ report, site }: PanelState): { readonly screen: Screen; readonly message: string } => {
  const code = report.phase === 'closed' ? report.bye?.code : undefined;
  if (code === 'unauthorised') return { screen: 'signed-out', message: '' };
  if (code === 'version') return { screen: 'version', message: '' };
  if (report.phase === 'closed' && site === null) return { screen: 'ended', message: report.bye?.message ?? '' };
  if (site === null) return { screen: 'waiting', message: '' };
  return { screen: site.locations.length === 0 ? 'no-rooms' : 'site', message: '' };
};

const toClusters = (points: readonly PointView[]): readonly ClusterView[] => {
  const groups = Map.groupBy(points, ({ cluster }) => cluster);
  return [...groups].map(([id, own]) => ({ id, title: id.replaceAll('_', ' '), points: own }));
};

const toStanding = (
  id: LocationId,
  link: LinkView,
  alarms: AlarmsView,
  points: readonly PointView[],
  devices: readonly DeviceView[],
): RoomStanding => {
  const own = alarms.lines.filter(({ rooms }) => rooms.some((room) => room.id === id));
  const [worst] = own;
  const counts = [
    [points.filter(({ freshness }) => freshness === 'bad').length, 'bad'],
    [points.filter(({ freshness }) => freshness === 'stale').length, 'stale'],
    [points.filter(({ freshness }) => freshness === 'dead').length, 'dead'],
  ] as const;
  const words = counts.flatMap(([n, word]) => (n === 0 ? [] : [`${n} ${word}`]));
  const troubled = devices.filter(({ tone }) => tone === 'abnormal');
  const troubles = [...Map.groupBy(troubled, ({ phase }) => (phase === 'safe' ? 'in fail-safe' : phase))].map(([word, some]) =>
    some.length > 2 ? `${some.length} devices ${word}` : `${some.map(({ title }) => title).join(', ')} ${word}`,
  );
  if (worst !== undefined) {
    const others = own.length > 1 ? ` and ${own.length - 1} more` : '';
    return { text: `${worst.text} ${worst.time}${others}`, priority: worst.priority, isCalm: false };
  }
  if (!link.isHeard) return { text: link.word === 'down' ? 'no link to the hub' : link.text, priority: null, isCalm: false };
  // A device of which nothing was ever read back is not a calm one.
  const silent = devices.filter(({ fill, tone }) => fill === 'unknown' && tone !== 'abnormal').length;
  const unknown = silent === 0 ? [] : [`${silent} ${silent === 1 ? 'device' : 'devices'} not known`];
  const text = [...troubles, ...words, ...unknown].join(', ');
  return text === '' ? { text: 'normal', priority: null, isCalm: true } : { text, priority: null, isCalm: false };
};
