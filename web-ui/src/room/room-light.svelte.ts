import type { LocationId, PointId, PointLayout, SetpointsAhead } from '@phloem/protocol';
import { createSiteZone } from '../format/site-zone.ts';
import type { Buckets } from '../history/buckets.ts';
import { toLive } from '../history/live.ts';
import { toHistoryKey, toHistoryQuery, toSetpointsKey, toSetpointsQuery, type PointWindow } from '../history/queries.ts';
import { toDayLight, toKnownPieces } from './dli.ts';
import { readMoment, type RoomSource } from './room-source.ts';

const hour = 3_600_000;
const dayMs = 24 * hour;

/** What the light of a day is read from. */
const toDayWindow = (id: PointId): PointWindow => ({ id, spanMs: 26 * hour, to: null, buckets: 312 });

/** The light of the day of a room, where it is measured. Create it while a component is set up. */
export class RoomLight {
  readonly #source: RoomSource;
  readonly #location: LocationId;
  readonly #layouts: () => readonly PointLayout[];
  readonly #turn: () => string;

  /** `turn` changes when the light is to be added up again. */
  constructor(source: RoomSource, location: LocationId, layouts: () => readonly PointLayout[], turn: () => string) {
    this.#source = source;
    this.#location = location;
    this.#layouts = layouts;
    this.#turn = turn;
    $effect(() => source.history.want(toSetpointsQuery(source, location, dayMs)));
    $effect(() => (this.#sensorId === null ? undefined : source.history.want(toHistoryQuery(source, toDayWindow(this.#sensorId)))));
  }

  readonly sensor = $derived.by(() => this.#layouts().find(({ quantity }) => quantity === 'ppfd'));
  readonly #sensorId = $derived.by(() => this.sensor?.id ?? null);
  readonly #steered = $derived.by(() => {
    const { history, cell } = this.#source;
    void [history.cell.version, cell.view];
    const near = readMoment(this.#source).state.setpoints.get(this.#location) ?? null;
    return history.page<SetpointsAhead>(toSetpointsKey(this.#location, dayMs)).value ?? near;
  });
  readonly target = $derived.by(() => this.#steered?.setpoints.find(({ quantity }) => quantity === 'daily_light_integral')?.now ?? null);
  readonly today = $derived.by(() => {
    void this.#turn();
    const { sensor } = this;
    const at = this.#source.hubWall();
    if (sensor === undefined || at === null) return { day: null, trouble: '' };
    const zone = createSiteZone(this.#source.state().site?.timeZone ?? 'UTC');
    const { value, fault } = this.#source.history.page<Buckets>(toHistoryKey(toDayWindow(sensor.id)));
    const pieces = value === null ? null : toKnownPieces(value, toLive(this.#source, sensor.id), sensor.intervalMs);
    const day = pieces === null ? null : toDayLight(pieces, at, zone, this.#steered?.dark ?? []);
    return { day, trouble: fault === null ? '' : `The history could not be read: ${fault}` };
  });
}
