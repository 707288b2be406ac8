import { toPlainReason } from '../why/plain-reason.ts';
import { toLocation, type PointId, type PointLayout, type PointRecordsAnswer, type SetpointsAhead } from '@phloem/protocol';
import { untrack } from 'svelte';
import { buildChart } from '../chart/build-chart.ts';
import { ChartWindow } from '../chart/chart-window.svelte.ts';
import type { ChartChoice, ChartModel } from '../chart/model.ts';
import { toGapSentence } from '../chart/read-chart.ts';
import type { Stretch } from '../chart/time-scale.ts';
import { toSpanMs, toStretch, type WindowState } from '../chart/window.ts';
import { createSiteTime } from '../format/site-time.ts';
import type { Buckets } from '../history/buckets.ts';
import { isKnown } from '../history/gaps.ts';
import { toLive } from '../history/live.ts';
import {
  toHistoryKey,
  toHistoryQuery,
  toRecordsKey,
  toRecordsQuery,
  toSetpointsKey,
  toSetpointsQuery,
  type PointWindow,
} from '../history/queries.ts';
import type { Panel } from '../panel/panel.ts';
import { toCalibrationText } from '../points/calibration.ts';
import { joinIds, readMoment, splitIds } from '../room/room-source.ts';
import { toInstrument, toLineTitle, toSetpointOf } from '../room/room-view.ts';
import { isSameMeasurement, toCsvHref, toLimitRows, toProbeFacts, toProbeLines, toStats, type CsvChoice } from './point-panel-view.ts';

/** What the panel of a point needs of the panel. */
export type PointSource = Pick<Panel, 'cell' | 'go' | 'history' | 'http' | 'hubUp' | 'hubWall' | 'state' | 'traces'>;

const hour = 3_600_000;
const mostColumns = 960;
const shownGaps = 5;

const toWindow = (id: PointId, { zoom, window }: WindowState): PointWindow => ({
  id,
  spanMs: zoom === null ? toSpanMs(window) : zoom.to - zoom.from,
  to: zoom?.to ?? null,
  buckets: mostColumns,
});

/** The panel of a point: what it shows, and what is read for it. Create it while a component is set up. */
export class PointPanelModel {
  readonly window: ChartWindow;
  readonly location: string;
  readonly #source: PointSource;
  readonly #id: PointId;
  #drawn: ChartModel | null = $state.raw(null);

  constructor(source: PointSource, id: PointId) {
    this.#source = source;
    this.#id = id;
    this.location = toLocation(id);
    this.window = new ChartWindow(source, { name: 'point-chart', usual: '24h' });
    const { history } = source;
    $effect(() => {
      const done = splitIds(this.#shownIds).map((one) => history.want(toHistoryQuery(source, toWindow(one, this.window.state))));
      return () => done.forEach((end) => end());
    });
    $effect(() => history.want(toSetpointsQuery(source, this.location, this.#setpointsMs)));
    $effect(() => history.want(toRecordsQuery(source, id)));
  }

  readonly #told = $derived.by(() => {
    void this.#source.cell.view;
    return readMoment(this.#source);
  });
  readonly #site = $derived.by(() => this.#told.state.site);
  readonly time = $derived.by(() => createSiteTime(this.#site?.timeZone ?? 'UTC'));
  readonly #near = $derived.by(() => this.#told.state.setpoints.get(this.location) ?? null);
  readonly room = $derived.by(() => this.#source.cell.view.tiles.find((tile) => tile.id === this.location)?.title ?? this.location);
  readonly layout = $derived.by(() => this.#site?.points.find((point) => point.id === this.#id));
  /** The points that measure the same in other clusters of the room, this one included. */
  readonly #siblings = $derived.by((): readonly PointLayout[] => {
    const { layout } = this;
    const own = (this.#site?.points ?? []).filter((point) => point.id.startsWith(`${this.location}/`));
    return layout === undefined ? [] : own.filter((point) => isSameMeasurement(point, layout));
  });
  readonly hasSiblings = $derived.by(() => this.#siblings.length > 1);

  readonly #beside = $derived.by(() => new Set((this.window.series ?? []).map((one) => `${this.location}/${one}`)));
  readonly choices = $derived.by((): readonly ChartChoice[] =>
    this.#siblings.map((point, index) => ({
      id: point.id,
      title: toLineTitle(point),
      lane: point.quantity,
      colour: point.id === this.#id ? 0 : 1 + (index % 4),
      isShown: point.id === this.#id || this.#beside.has(point.id),
    })),
  );
  readonly #shownIds = $derived.by(() => joinIds(this.choices.filter(({ isShown }) => isShown).map(({ id }) => id)));
  readonly #setpointsMs = $derived.by(() => (this.window.state.window === '7d' || this.window.state.zoom !== null ? 8 : 1) * 24 * hour);
  readonly #pages = $derived.by(() => {
    const { history } = this.#source;
    void history.cell.version;
    return {
      own: history.page<Buckets>(toHistoryKey(toWindow(this.#id, this.window.state))),
      records: history.page<PointRecordsAnswer>(toRecordsKey(this.#id)).value,
      steered: history.page<SetpointsAhead>(toSetpointsKey(this.location, this.#setpointsMs)).value ?? this.#near,
    };
  });
  readonly history = $derived.by(() => this.#pages.own);
  readonly trouble = $derived.by(() => {
    const { fault } = this.history;
    return fault === null ? '' : `The history could not be read: ${fault}. Only data received since this page was opened is shown.`;
  });

  /** Makes the model of the chart for a stretch. It is another function when what it draws from has changed. */
  readonly build = $derived.by(() => {
    const { history } = this.#source;
    const { steered } = this.#pages;
    const { state } = this.window;
    const points = this.choices.flatMap(({ id, colour, isShown }) => {
      const layout = this.#siblings.find((point) => point.id === id);
      return isShown && layout !== undefined ? [{ layout, title: toLineTitle(layout), colour }] : [];
    });
    const pageOf = (one: PointId) => history.page<Buckets>(toHistoryKey(toWindow(one, state)));
    return (stretch: Stretch, now: number, columns: number): ChartModel => {
      const made = buildChart({
        stretch,
        time: this.time,
        now,
        most: Math.min(columns, mostColumns),
        points,
        bucketsOf: (one) => pageOf(one).value,
        liveOf: (one) => toLive(this.#source, one),
        faultOf: (one) => pageOf(one).fault,
        whyOf: (one) => toPlainReason(this.#source.state().points.get(one)?.why, { time: this.time }),
        cuts: history.cuts(),
        steered,
        marks: [],
        switches: [],
      });
      untrack(() => (this.#drawn = made));
      return made;
    };
  });

  readonly #own = $derived.by(() => this.#drawn?.lanes[0]?.series.find((series) => series.id === this.#id));
  readonly gaps = $derived.by(() => this.#own?.gaps ?? []);
  readonly gapLines = $derived.by(() => {
    const lane = this.#drawn?.lanes[0];
    const own = this.#own;
    if (lane === undefined || own === undefined) return [];
    const newest = this.gaps.filter(isKnown).slice(-shownGaps).toReversed();
    return newest.map((gap) => toGapSentence(gap, own, lane, this.time, this.#told.at));
  });
  /** Of the whole window or of nothing: what came since the page was opened is no minimum of a day. */
  readonly stats = $derived.by(() => {
    const { layout } = this;
    if (this.#own === undefined || layout === undefined || this.history.value === null) return null;
    return toStats(this.#own.columns, layout.decimals, this.time, this.#told.at);
  });
  readonly #now = $derived.by(() => ({ ...this.#told, time: this.time, alarms: this.#told.state.alarms }));
  readonly instrument = $derived.by(() => {
    const { layout } = this;
    return layout === undefined ? null : toInstrument(layout, this.#told.state.points.get(this.#id), this.#near, this.#now, null);
  });
  readonly setpoint = $derived.by(() => (this.layout === undefined ? null : toSetpointOf(this.#near, this.layout)));
  readonly limits = $derived.by(() =>
    this.layout === undefined || this.instrument === null ? [] : toLimitRows(this.layout, this.instrument, this.setpoint),
  );
  readonly probes = $derived.by(() =>
    toProbeLines(
      this.#siblings.map((layout) => {
        const state = this.#told.state.points.get(layout.id);
        return toProbeFacts(layout, toInstrument(layout, state, this.#near, this.#now, null).point, state);
      }),
    ),
  );
  readonly calibration = $derived.by(() => toCalibrationText(this.#pages.records, this.time));

  toCsvHref(choice: CsvChoice): string {
    const { from, now } = toStretch(this.window.state, this.#told.at);
    return toCsvHref(this.#id, { from, to: now }, choice);
  }

  toggle(other: PointId): void {
    if (other === this.#id) return;
    const next = new Set(this.#beside);
    if (!next.delete(other)) next.add(other);
    this.window.choose(next.size === 0 ? null : [...next].map((one) => one.slice(this.location.length + 1)));
  }
}
