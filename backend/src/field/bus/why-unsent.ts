import { reasonOf, type Reason } from '@phloem/protocol';
import type { Breaker } from './breaker.ts';

type Asked = { readonly breakers: ReadonlyMap<number, Breaker>; readonly unit: number };

/**
 * Pure: why a request has waited for its turn in vain on a bus that is connected. A unit that fails is the cause and not
 * the load: its own silence first, then that of others, whose time-outs held up the bus.
 */
export const toWhyUnsent = ({ breakers, unit }: Asked): Reason => {
  const own = breakers.get(unit);
  if (own !== undefined && own.failures > 0) return reasonOf('bus/unit-silent', { unit });
  const units = [...breakers].flatMap(([other, { failures }]) => (failures > 0 ? [other] : [])).toSorted((a, b) => a - b);
  return units.length === 0 ? reasonOf('bus/busy') : reasonOf('bus/held-up', { units });
};
