import type { Quantity } from '@phloem/protocol';

/** What is only noise between these is drawn as a line that hardly moves, in the unit of the quantity. */
const least: Partial<Readonly<Record<Quantity, number>>> = { ppfd: 50, daily_light_integral: 2, illuminance: 500, power: 20 };

/** Of a value that nothing says a band for, the height is at least this share. */
const share = 0.14;

/** What the height of a small trace is judged by. */
export type TraceFacts = {
  readonly quantity: Quantity | undefined;
  readonly decimals: number;
  /** The middle of what is drawn. */
  readonly value: number;
  /** The band that the value is meant to be in; null where there is none. */
  readonly band: { readonly low: number; readonly high: number } | null;
};

/**
 * The least that the height of a small trace stands for: the target band, or a share of the value, so that a quiet signal is a
 * quiet line; and never less than ten of the last decimal, or the least meaningful change of the quantity.
 */
export const toLeastSpan = ({ quantity, decimals, value, band }: TraceFacts): number =>
  Math.max(
    10 * 10 ** -decimals,
    quantity === undefined ? 0 : (least[quantity] ?? 0),
    band === null ? share * Math.abs(value) : band.high - band.low,
  );
