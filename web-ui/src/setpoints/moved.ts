import type { Quantity, SetpointAhead } from '@phloem/protocol';
import { toNumberText, toUnitText } from '../format/format-value.ts';
import { toSetpointAt } from './setpoint-at.ts';

/** A set-point at a moment: what is wanted, and what its schedule alone would want where an offset has moved it. */
export type Wanted = { readonly value: number; readonly base: number | null };

type Movable = Pick<SetpointAhead, 'steps' | 'now' | 'offset'>;

/** What a set-point asks for at this moment of the hub's wall clock; null without a value for it. */
export const toWanted = (setpoint: Movable, at: number): Wanted | null => {
  const scheduled = toBaseAt(setpoint, at);
  if (scheduled === null) return setpoint.now === null ? null : { value: setpoint.now, base: toMovedBase(setpoint, setpoint.now) };
  const value = scheduled + (isMoved(setpoint) ? (setpoint.offset?.delta ?? 0) : 0);
  return { value, base: toMovedBase(setpoint, value) };
};

/** What the schedule alone asks for at a moment, whatever an offset adds to it now. */
export const toBaseAt = (setpoint: Pick<SetpointAhead, 'steps' | 'offset'>, at: number): number | null => {
  const value = toSetpointAt(setpoint, at);
  const { offset } = setpoint;
  // The line is drawn with what stands from its beginning to its end by the wall clock.
  return value === null || offset === null || at < offset.since || at >= offset.until ? value : value - offset.delta;
};

/** Claims that an operator's offset stands. The hub decides that by its running time: a wall clock may be set. */
export const isMoved = ({ offset }: Pick<SetpointAhead, 'offset'>): boolean => offset !== null && !offset.isReleased;

const toMovedBase = (setpoint: Movable, value: number): number | null => (isMoved(setpoint) ? value - (setpoint.offset?.delta ?? 0) : null);

/** The unit of differences: temperatures differ by K. */
export const toDifferenceUnit = (quantity: Quantity): string => (quantity === 'temperature' ? 'K' : toUnitText(quantity));

/** A difference with its sign and unit: `+1.0 K`, `−100 ppm`. */
export const toDeltaText = (delta: number, quantity: Quantity, decimals: number): string =>
  `${delta > 0 ? '+' : ''}${toNumberText(delta, decimals)} ${toDifferenceUnit(quantity)}`.trim();
