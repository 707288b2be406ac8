import type { Quantity, SetpointAhead } from '@phloem/protocol';
import { toNumberText, toUnitText } from '../points/format-value.ts';
import { toSetpointAt } from './setpoint-at.ts';

/** A set-point at a moment: what is wanted, and what its schedule alone would want where a hand has moved it. */
export type Wanted = { readonly value: number; readonly base: number | null };

/** What a set-point asks for at this moment of the hub's wall clock; null where nothing says so. */
export const toWanted = (setpoint: Pick<SetpointAhead, 'steps' | 'now' | 'offset'>, at: number): Wanted | null => {
  const value = toSetpointAt(setpoint, at) ?? setpoint.now;
  return value === null ? null : { value, base: isMoved(setpoint, at) ? value - (setpoint.offset?.delta ?? 0) : null };
};

/** Claims that an operator's offset is in it at this moment. */
export const isMoved = ({ offset }: Pick<SetpointAhead, 'offset'>, at: number): boolean =>
  offset !== null && !offset.isReleased && offset.since <= at && at < offset.until;

/** The unit of differences: temperatures differ by K. */
export const toDifferenceUnit = (quantity: Quantity): string => (quantity === 'temperature' ? 'K' : toUnitText(quantity));

/** A difference with its sign and unit: `+1.0 K`, `−100 ppm`. */
export const toDeltaText = (delta: number, quantity: Quantity, decimals: number): string =>
  `${delta > 0 ? '+' : ''}${toNumberText(delta, decimals)} ${toDifferenceUnit(quantity)}`.trim();
