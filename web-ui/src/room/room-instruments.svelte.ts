import { createSiteTime } from '../format/site-time.ts';
import type { LocationId, PointId, PointLayout } from '@phloem/protocol';
import type { Buckets } from '../history/buckets.ts';
import { toColumns, toGrid, type Columns } from '../history/columns.ts';
import { toLive } from '../history/live.ts';
import { shortWindow, toHistoryKey, toHistoryQuery } from '../history/queries.ts';
import { keepSame } from '../state/keep-same.ts';
import { readMoment, type RoomSource } from './room-source.ts';
import { toInstrumentGroups, type InstrumentGroup } from './room-view.ts';
import { laneMs } from './room-windows.ts';
import { hasCrop, toClimateProbes, toMeasuredLeafOffset } from './vpd-map.ts';

/** The rate of a value and the tail on the map are calculated again so often. */
const columnsEveryMs = 10_000;
const columnsPerLane = 260;

/** The instruments of a room. Create it while a component is set up: it reads what the map of its climate needs. */
export class RoomInstruments {
  readonly #source: RoomSource;
  readonly #location: LocationId;
  #kept: { readonly turn: string; readonly columns: Map<PointId, Columns> } = { turn: '', columns: new Map() };
  #groupsBefore: readonly InstrumentGroup[] = [];

  constructor(source: RoomSource, location: LocationId) {
    this.#source = source;
    this.#location = location;
    $effect(() => {
      const points = this.probes.flatMap(({ temperature, humidity }) => [temperature, humidity]);
      const done = points.map(({ id }) => source.history.want(toHistoryQuery(source, shortWindow(id))));
      return () => done.forEach((end) => end());
    });
  }

  readonly #told = $derived.by(() => {
    void this.#source.cell.view;
    return readMoment(this.#source);
  });
  // By itself, so that what follows changes with the site alone, not with every value.
  readonly #site = $derived.by(() => this.#told.state.site);
  readonly layouts = $derived.by(() => (this.#site?.points ?? []).filter(({ id }) => id.startsWith(`${this.#location}/`)));
  readonly #near = $derived.by(() => this.#told.state.setpoints.get(this.#location) ?? null);
  /** Changes when the columns are to be calculated again. */
  readonly turn = $derived.by(() => `${this.#source.history.cell.version} ${Math.floor(this.#told.at / columnsEveryMs)}`);
  readonly #time = $derived.by(() => createSiteTime(this.#site?.timeZone ?? 'UTC'));
  readonly groups = $derived.by(() => {
    const now = { ...this.#told, time: this.#time };
    const groups = toInstrumentGroups(this.#told.state, this.#location, now, (layout) => this.columnsOf(layout));
    this.#groupsBefore = keepSame(this.#groupsBefore, groups);
    return this.#groupsBefore;
  });
  readonly probes = $derived.by(() => (hasCrop(this.layouts, this.#near) ? toClimateProbes(this.layouts, this.#near) : []));
  readonly leafOffset = $derived.by(() => toMeasuredLeafOffset(this.layouts, this.probes, this.#told.state.points));

  /** The last four hours of a point. */
  columnsOf(layout: PointLayout): Columns | null {
    const at = this.#source.hubWall();
    if (at === null) return null;
    if (this.#kept.turn !== this.turn) this.#kept = { turn: this.turn, columns: new Map() };
    const known = this.#kept.columns.get(layout.id);
    if (known !== undefined) return known;
    const buckets = this.#source.history.page<Buckets>(toHistoryKey(shortWindow(layout.id))).value;
    const grid = toGrid(at - laneMs, at, columnsPerLane);
    const columns = toColumns(grid, buckets, toLive(this.#source, layout.id), layout.intervalMs);
    this.#kept.columns.set(layout.id, columns);
    return columns;
  }
}
