import { toPlainReason } from '../why/plain-reason.ts';
import type { DeviceTimeline, LocationId, LocationMarks, PointId, SetpointsAhead } from '@phloem/protocol';
import { buildChart, toSwitchRow } from '../chart/build-chart.ts';
import { ChartWindow } from '../chart/chart-window.svelte.ts';
import type { ChartMark } from '../chart/marks.ts';
import type { ChartChoice, ChartModel } from '../chart/model.ts';
import type { Stretch } from '../chart/time-scale.ts';
import { firstWindow } from '../chart/window.ts';
import { createSiteTime } from '../format/site-time.ts';
import type { Buckets } from '../history/buckets.ts';
import { toLive } from '../history/live.ts';
import {
  toHistoryKey,
  toHistoryQuery,
  toMarksKey,
  toMarksQuery,
  toSetpointsKey,
  toSetpointsQuery,
  toTimelineKey,
  toTimelineQuery,
} from '../history/queries.ts';
import { keepSame } from '../state/keep-same.ts';
import { toSpans } from './device-lane.ts';
import { toMarksNote, toRoomMarks } from './room-marks.ts';
import { joinIds, readMoment, splitIds, type RoomSource } from './room-source.ts';
import { toChartOrder, toFirstShown, toLineTitle } from './room-view.ts';
import { toLineWindow, toMarksWindow, toRoomWindows, toSeriesColours, toToggled } from './room-windows.ts';

const minute = 60_000;
const hour = 60 * minute;
const mostColumns = 960;

/** The chart of a room: what it shows, and what is read for it. Create it while a component is set up. */
export class RoomChartModel {
  readonly window: ChartWindow;
  readonly #source: RoomSource;
  readonly #location: LocationId;
  #reachBefore = { spanMs: 0, setpointsMs: 0, timelineMs: 0 };
  #marksBefore: readonly ChartMark[] = [];

  /** `namedAt` is the moment that the address names; null where it names none. */
  constructor(source: RoomSource, location: LocationId, namedAt: () => number | null) {
    this.#source = source;
    this.#location = location;
    const { history } = source;
    this.window = new ChartWindow(source, {
      name: 'chart',
      usual: firstWindow.window,
      zoom: () => {
        const at = namedAt();
        return at === null ? null : { from: at - hour, to: at + hour };
      },
    });
    $effect(() => {
      const done = splitIds(this.#wanted).map((id) =>
        history.want(toHistoryQuery(source, toLineWindow(id, this.window.state, this.#reach))),
      );
      return () => done.forEach((end) => end());
    });
    $effect(() => history.want(toSetpointsQuery(source, location, this.#reach.setpointsMs)));
    $effect(() => {
      const done = splitIds(this.#deviceIds).map((id) => history.want(toTimelineQuery(source, id, this.#reach.timelineMs)));
      return () => done.forEach((end) => end());
    });
    $effect(() => history.want(toMarksQuery(source, this.#marksWindow)));
  }

  readonly #told = $derived.by(() => {
    void this.#source.cell.view;
    return readMoment(this.#source);
  });
  readonly #site = $derived.by(() => this.#told.state.site);
  readonly #time = $derived.by(() => createSiteTime(this.#site?.timeZone ?? 'UTC'));
  readonly #near = $derived.by(() => this.#told.state.setpoints.get(this.#location) ?? null);
  readonly #isHeard = $derived.by(() => this.#source.cell.view.link.isHeard);
  readonly drawable = $derived.by(() => toChartOrder((this.#site?.points ?? []).filter(({ id }) => id.startsWith(`${this.#location}/`))));
  readonly #shown = $derived.by(() => {
    const { series } = this.window;
    return series === null ? toFirstShown(this.drawable, this.#near) : new Set(series.map((id) => `${this.#location}/${id}`));
  });
  readonly #colours = $derived.by(() => toSeriesColours(this.drawable));
  readonly choices = $derived.by((): readonly ChartChoice[] =>
    this.drawable.map((layout) => ({
      id: layout.id,
      title: toLineTitle(layout),
      lane: layout.quantity,
      colour: this.#colours.get(layout.id) ?? 0,
      isShown: this.#shown.has(layout.id),
    })),
  );

  readonly #reach = $derived.by(() => {
    this.#reachBefore = keepSame(this.#reachBefore, toRoomWindows(this.window.state, this.#told.at));
    return this.#reachBefore;
  });
  readonly #wanted = $derived.by(() => joinIds(this.drawable.filter(({ id }) => this.#shown.has(id)).map(({ id }) => id)));
  readonly #deviceIds = $derived.by(() =>
    joinIds((this.#site?.devices ?? []).filter(({ id }) => id.startsWith(`${this.#location}/`)).map(({ id }) => id)),
  );
  readonly #steered = $derived.by(() => {
    const { history } = this.#source;
    void history.cell.version;
    return history.page<SetpointsAhead>(toSetpointsKey(this.#location, this.#reach.setpointsMs)).value ?? this.#near;
  });

  readonly #marksWindow = $derived.by(() => toMarksWindow(this.#location, this.window.state, this.#reach));
  readonly #marksPage = $derived.by(() => {
    const { history } = this.#source;
    void history.cell.version;
    return history.page<LocationMarks>(toMarksKey(this.#marksWindow));
  });
  readonly #marks = $derived.by(() => {
    // To the minute: the words of a mark say on which day it was, and nothing finer of now.
    const now = Math.floor(this.#told.at / minute) * minute;
    const about = { site: this.#site, time: this.#time, now };
    this.#marksBefore = keepSame(this.#marksBefore, toRoomMarks(this.#marksPage.value, this.#told.state, this.#location, about));
    return this.#marksBefore;
  });
  /** What is to be said of all marks. */
  readonly announceMarks = $derived.by(() => {
    const page = this.#marksPage;
    const isHeard = this.#isHeard;
    const { at } = this.#told;
    return (count: number, { from, now }: Stretch): string =>
      toMarksNote(page, count, { from, to: Math.min(now, at), isHeard }, { time: this.#time, now: at });
  });
  readonly trouble = $derived.by(() => {
    const { history } = this.#source;
    void history.cell.version;
    const faults = splitIds(this.#wanted).flatMap((id) => history.page(this.#toKey(id)).fault ?? []);
    return faults[0] === undefined
      ? ''
      : `The history could not be read: ${faults[0]}. Only data received since this page was opened is shown.`;
  });

  /** Makes the model of the chart for a stretch. It is another function when what it draws from has changed. */
  readonly build = $derived.by(() => {
    const { history } = this.#source;
    void history.cell.version;
    const points = this.drawable
      .filter(({ id }) => this.#shown.has(id))
      .map((layout) => ({ layout, title: toLineTitle(layout), colour: this.#colours.get(layout.id) ?? 0 }));
    const isZoomed = this.window.state.zoom !== null;
    const isCut = !this.#isHeard;
    const common = { time: this.#time, steered: this.#steered, marks: this.#marks, points };
    const devices = splitIds(this.#deviceIds);
    const { timelineMs } = this.#reach;
    const toKey = (id: PointId): string => this.#toKey(id);
    return (stretch: Stretch, now: number, columns: number): ChartModel =>
      buildChart({
        ...common,
        stretch,
        now,
        most: isZoomed ? columns : Math.min(columns, mostColumns),
        bucketsOf: (id) => history.page<Buckets>(toKey(id)).value,
        liveOf: (id) => toLive(this.#source, id),
        faultOf: (id) => history.page(toKey(id)).fault,
        whyOf: (id) => (isCut ? 'no link to the hub' : toPlainReason(this.#source.state().points.get(id)?.why, { time: this.#time })),
        cuts: history.cuts(),
        switches: devices.map((id) => this.#toSwitches(id, timelineMs, { from: stretch.from, now })),
      });
  });

  toggle(id: PointId): void {
    const series = toToggled(this.#shown, id, this.#location);
    if (series !== null) this.window.choose(series);
  }

  #toKey(id: PointId): string {
    return toHistoryKey(toLineWindow(id, this.window.state, this.#reach));
  }

  #toSwitches(id: string, timelineMs: number, span: { readonly from: number; readonly now: number }): ReturnType<typeof toSwitchRow> {
    const shape = this.#site?.devices.find((device) => device.id === id);
    const timeline = this.#source.history.page<DeviceTimeline>(toTimelineKey(id, timelineMs)).value;
    return toSwitchRow({ id, title: shape?.title ?? id, shape }, toSpans(timeline, this.#source.state().devices.get(id)), span);
  }
}
