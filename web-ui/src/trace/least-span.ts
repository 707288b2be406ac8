import type { Quantity } from '@phloem/protocol';

/** What is only noise between these is drawn as a line that hardly moves, in the unit of the quantity. */
const least: Partial<Readonly<Record<Quantity, number>>> = { ppfd: 50, daily_light_integral: 2, illuminance: 500, power: 20 };

/** The least that the height of a small trace stands for: ten of the last decimal, or what says something of the quantity. */
export const toLeastSpan = (quantity: Quantity | undefined, decimals: number): number =>
  Math.max(10 * 10 ** -decimals, quantity === undefined ? 0 : (least[quantity] ?? 0));
