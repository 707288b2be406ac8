import type { Quantity } from '@phloem/protocol';
import { dimensionOf, parseQuantity, toBase, toDimension, type Path, type SiteSpec } from '@phloem/rules';
import { toMillis, type Complain } from './complain.ts';
import type { PointSpec } from './site.ts';

type Declared = NonNullable<SiteSpec['rateLimits']>[string];

/** How fast a value may move, in canonical units; null where nothing is declared, or after a complaint. */
export const toRateLimit = (
  declared: Declared | undefined,
  quantity: Quantity,
  path: Path,
  complain: Complain,
): NonNullable<PointSpec['rateLimit']> | null => {
  if (declared === undefined) return null;
  if (quantity === 'boolean') {
    complain(path, 'no rate limit: a contact is open or closed', declared.change);
    return null;
  }
  // A difference of temperatures is in kelvins: 5 °C would be a temperature.
  const wanted = quantity === 'temperature' ? toBase('K') : dimensionOf(quantity);
  const written = parseQuantity(declared.change);
  const change = written === undefined ? undefined : toDimension(written, wanted);
  if (change === undefined || !(change > 0)) {
    const hint = quantity === 'temperature' ? 'a difference of temperatures is written in K' : '';
    complain([...path, 'change'], `a difference above 0 in the unit of ${quantity}`, JSON.stringify(declared.change), hint);
    return null;
  }
  const perMs = toMillis(declared.per, 0);
  if (perMs < 1) {
    complain([...path, 'per'], 'a time above 0', declared.per);
    return null;
  }
  return { change, perMs };
};
