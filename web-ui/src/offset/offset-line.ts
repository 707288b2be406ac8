import { quantities, type LocationId, type OffsetStatus, type SetpointAhead, type SetpointsAhead, type SiteLayout } from '@phloem/protocol';
import { toPersonText } from '../devices/device-view.ts';
import { toDeltaText } from '../setpoints/moved.ts';
import { toCountText } from '../words/duration.ts';
import type { SiteTime } from '../words/site-time.ts';

/** One offset that stands, as it is drawn. */
export type OffsetLine = {
  readonly setpoint: string;
  /** `Flower room 1 Temperature` */
  readonly title: string;
  /** `+1.0 K` */
  readonly value: string;
  readonly by: string;
  readonly reason: string;
  /** How long it stands still: `41:07`. */
  readonly left: string;
  readonly until: string;
  readonly untilUp: number;
  readonly isEnding: boolean;
  readonly lsn: number;
};

const endingMs = 120_000;

/** The offsets that stand, the next to end first. What is left is counted in the hub's running time. */
export const toOffsetLines = (
  offsets: Iterable<OffsetStatus>,
  setpoints: ReadonlyMap<LocationId, SetpointsAhead>,
  site: SiteLayout | null,
  hubUp: number,
  at: number,
  time: SiteTime,
): readonly OffsetLine[] =>
  [...offsets]
    .toSorted((a, b) => a.untilUp - b.untilUp)
    .map(({ setpoint, delta, by, reason, until, untilUp, lsn }) => {
      const found = findSetpoint(setpoints, setpoint);
      const room = site?.locations.find(({ id }) => id === found?.location)?.title ?? '';
      const quantity = found?.setpoint.quantity;
      const leftMs = Math.max(0, untilUp - hubUp);
      return {
        setpoint,
        title: found === null ? setpoint : `${room} ${found.setpoint.title}`.trim(),
        value: quantity === undefined ? `${delta > 0 ? '+' : ''}${delta}` : toDeltaText(delta, quantity, quantities[quantity].decimals),
        by: toPersonText(by),
        reason,
        left: toCountText(leftMs),
        until: time.moment(until, at),
        untilUp,
        isEnding: leftMs < endingMs,
        lsn,
      };
    });

/** A set-point by its name, and the first room that it steers; null where no room knows it. */
export const findSetpoint = (
  setpoints: ReadonlyMap<LocationId, SetpointsAhead>,
  name: string,
): { readonly setpoint: SetpointAhead; readonly location: LocationId } | null => {
  for (const [location, steered] of setpoints) {
    const setpoint = steered.setpoints.find((one) => one.name === name);
    if (setpoint !== undefined) return { setpoint, location };
  }
  return null;
};
