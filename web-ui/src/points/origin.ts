import type { PointLayout } from '@phloem/protocol';

/** Where the value of a point comes from, where it is not a register: a sentence. Empty for a point that the hub reads from a bus. */
export const toOriginText = ({ source, isDerived }: Pick<PointLayout, 'source' | 'isDerived'>): string => {
  if (source !== undefined) return `The source ${source} sends this value over the network. No register of a bus has it.`;
  return isDerived ? 'The hub calculates this value from other points, which have registers of their own.' : '';
};
