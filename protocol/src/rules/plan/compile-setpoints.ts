import type { SetpointsDocument } from '../documents/kinds.ts';
import type { Slot } from '../expressions/scope.ts';
import { parseQuantity, unitNames } from '../units.ts';
import type { Builder, Placed } from './builder.ts';

/** Compiles set-points; expressions know them as `sp.<name>`. */
export const compileSetpoints = ({ document, source }: Placed<SetpointsDocument>, builder: Builder): ReadonlyMap<string, Slot> => {
  const { id } = document.metadata;
  const names = new Map<string, Slot>();
  for (const [name, written] of Object.entries(document.spec.setpoints)) {
    const quantity = parseQuantity(written);
    if (quantity === undefined || quantity.isPlusMinus) {
      const hint = `units: ${unitNames.slice(0, 10).join(', ')} …`;
      builder.complain(source, ['spec', 'setpoints', name], {
        expected: 'a quantity, such as "1.25 kPa"',
        found: JSON.stringify(written),
        hint,
      });
      continue;
    }
    const { dimension, value } = quantity;
    const slot = builder.addSlot(`${id}/${name}`, dimension, value);
    names.set(name, { slot, dimension });
    builder.shown.push({ name: `${id}/${name}`, slot, dimension });
  }
  return names;
};
