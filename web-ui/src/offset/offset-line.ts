import { quantities, type LocationId, type OffsetStatus, type SetpointAhead, type SetpointsAhead, type SiteLayout } from '@phloem/protocol';
import { toManualHold, type ManualHold } from '../override/manual-hold.ts';
import { toDeltaText } from '../setpoints/moved.ts';
import type { SiteTime } from '../format/site-time.ts';

/** One offset that stands, as it is drawn. */
export type OffsetLine = ManualHold & {
  readonly setpoint: string;
  /** `Flower room 1 Temperature` */
  readonly title: string;
  /** `+1.0 K` */
  readonly value: string;
  readonly lsn: number;
};

/** The offsets that stand, the next to end first. */
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
    .map((offset) => {
      const { setpoint, delta, lsn } = offset;
      const found = findSetpoint(setpoints, setpoint);
      const room = site?.locations.find(({ id }) => id === found?.location)?.title ?? '';
      const quantity = found?.setpoint.quantity;
      return {
        setpoint,
        title: found === null ? setpoint : `${room} ${found.setpoint.title}`.trim(),
        value: quantity === undefined ? `${delta > 0 ? '+' : ''}${delta}` : toDeltaText(delta, quantity, quantities[quantity].decimals),
        ...toManualHold(offset, hubUp, at, time),
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
