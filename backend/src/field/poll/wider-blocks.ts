import { toAtoms, isBarred } from './poll-atoms.ts';
import type { PollBlock } from './block-plan.ts';

/** What boards with relays or inputs are built with. */
const boardSizes = [8, 16, 32] as const;

/**
 * The requests that a board of relays or inputs may answer where it refuses single ones: all of its eight, sixteen or 32 at
 * once. None for registers, and none where the unit's whole blocks are known.
 */
export const toWiderBlocks = (block: PollBlock): readonly PollBlock[] => {
  const { function: code, address, count, quirks, items } = block;
  const table = items[0]?.register.table;
  if ((code !== 1 && code !== 2) || table === undefined || toAtoms(items, quirks).some(({ isFixed }) => isFixed)) return [];
  if (quirks?.maxBlock !== undefined && quirks.maxBlock !== null) return [];
  return boardSizes.flatMap((size): readonly PollBlock[] => {
    const from = Math.floor(address / size) * size;
    if (address + count > from + size || (from === address && count === size)) return [];
    if (from + size > 65_536 || isBarred(quirks, table, from, from + size)) return [];
    return [{ ...block, address: from, count: size }];
  });
};
