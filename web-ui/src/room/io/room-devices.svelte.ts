import type { DeviceShape, DeviceSpan, DeviceTimeline, LocationId } from '@phloem/protocol';
import type { DeviceView } from '../../devices/device-view.ts';
import { toTimelineKey, toTimelinePrefix, toTimelineQuery } from '../../history/queries.ts';
import { toConfirmations, toNewlyConfirmed } from '../confirmations.ts';
import { toHolder, toSpans } from '../device-lane.ts';
import { joinIds, readMoment, splitIds, type RoomSource } from '../room-source.ts';
import { laneMs } from '../room-windows.ts';

/** One device of a room with its last hours. */
export type RoomDevice = {
  readonly view: DeviceView;
  readonly holder: string;
  readonly spans: readonly DeviceSpan[];
  readonly shape: DeviceShape;
  /** Why its history is not there; empty when it is. */
  readonly trouble: string;
};

/** The hub's history has a confirmation a moment after the live view has it. */
const recordedAfterMs = 1500;

/** The devices of a room. Create it while a component is set up: it reads their timelines for as long as the component is there. */
export class RoomDevices {
  readonly #source: RoomSource;
  readonly #location: LocationId;
  #heard: readonly string[] = [];
  #movesBefore = '';

  constructor(source: RoomSource, location: LocationId) {
    this.#source = source;
    this.#location = location;
    $effect(() => {
      const done = splitIds(this.#ids).map((id) => source.history.want(toTimelineQuery(source, id, laneMs)));
      return () => done.forEach((end) => end());
    });
    $effect(() => this.#readConfirmed(splitIds(this.#confirmations)));
    $effect(() => {
      // When somebody moves a set-point, or releases it, its line is another one.
      if (this.#moves !== this.#movesBefore) source.history.again('setpoints ');
      this.#movesBefore = this.#moves;
    });
  }

  readonly #told = $derived.by(() => {
    void this.#source.cell.view;
    return readMoment(this.#source);
  });
  readonly #ids = $derived.by(() =>
    joinIds((this.#told.state.site?.devices ?? []).filter(({ id }) => id.startsWith(`${this.#location}/`)).map(({ id }) => id)),
  );
  readonly #confirmations = $derived.by(() => joinIds(toConfirmations(splitIds(this.#ids), this.#told.state.devices)));
  readonly #moves = $derived.by(() => [...this.#told.state.offsets.values()].map(({ lsn }) => lsn).join(' '));

  readonly all = $derived.by((): readonly RoomDevice[] => {
    const { history, cell } = this.#source;
    void history.cell.version;
    const { state, at } = this.#told;
    const tile = cell.view.tiles.find(({ id }) => id === this.#location);
    return (tile?.devices ?? []).flatMap((view) => {
      const shape = state.site?.devices.find(({ id }) => id === view.id);
      const known = state.devices.get(view.id);
      const page = history.page<DeviceTimeline>(toTimelineKey(view.id, laneMs));
      if (shape === undefined) return [];
      return [
        {
          view,
          holder: toHolder(shape, known, state.overrides.get(view.id), at),
          spans: toSpans(page.value, known),
          shape,
          trouble: page.fault === null ? '' : `The history could not be read: ${page.fault}`,
        },
      ];
    });
  });

  #readConfirmed(now: readonly string[]): (() => void) | undefined {
    const moved = toNewlyConfirmed(this.#heard, now);
    this.#heard = now;
    if (moved.length === 0) return undefined;
    const timer = setTimeout(() => moved.forEach((id) => this.#source.history.again(toTimelinePrefix(id))), recordedAfterMs);
    return () => clearTimeout(timer);
  }
}
