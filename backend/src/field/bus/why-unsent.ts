import type { Breaker } from './breaker.ts';

type Asked = { readonly breakers: ReadonlyMap<number, Breaker>; readonly unit: number };

/**
 * Pure: why a request has waited for its turn in vain on a bus that is connected. A unit that fails is the cause and not
 * the load: its own silence first, then that of others, whose time-outs held up the bus.
 */
export const toWhyUnsent = ({ breakers, unit }: Asked): string => {
  const own = breakers.get(unit);
  if (own !== undefined && own.failures > 0) return `unit ${unit} does not answer`;
  const [first, ...others] = [...breakers].flatMap(([other, { failures }]) => (failures > 0 ? [other] : [])).toSorted((a, b) => a - b);
  if (first === undefined) return 'the bus was busy for too long';
  return others.length === 0
    ? `unit ${first} does not answer and held up the bus`
    : `units ${[first, ...others].join(', ')} do not answer and held up the bus`;
};
