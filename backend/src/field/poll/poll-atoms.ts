import type { RegisterTable } from '../../site/register.ts';
import type { Stretch, UnitQuirks } from '../../site/unit-quirks.ts';
import { toSpan } from '../../site/register-span.ts';
import type { BlockItem } from './block-item.ts';

/** Items that one request must bring together, with the registers that it must cover. A fixed one stands for itself. */
export type Atom = {
  readonly items: readonly BlockItem[];
  readonly address: number;
  readonly count: number;
  readonly isFixed: boolean;
};

const toStart = ({ register }: BlockItem): number => toSpan(register).address;
const toEnd = ({ register }: BlockItem): number => {
  const { address, count } = toSpan(register);
  return address + count;
};

const overlaps = (stretch: Stretch, table: RegisterTable, from: number, to: number): boolean =>
  stretch.table === table && stretch.address < to && stretch.address + stretch.count > from;

const findStretch = (stretches: readonly Stretch[] | undefined, item: BlockItem): Stretch | undefined =>
  stretches?.find((stretch) => overlaps(stretch, item.register.table, toStart(item), toEnd(item)));

/** What of a unit may be read by itself and what may not: by its whole blocks, groups and registers that stand alone. */
export const toAtoms = (items: readonly BlockItem[], quirks: UnitQuirks | undefined): readonly Atom[] => {
  const groups = Map.groupBy(items, (item): Stretch | string => {
    const found = findStretch(quirks?.blocks, item) ?? findStretch(quirks?.together, item);
    return found ?? `${item.register.table} ${toStart(item)}`;
  });
  return [...groups]
    .map(([stretch, own]): Atom => {
      const isFixed = own.some((item) => findStretch(quirks?.blocks, item) !== undefined || findStretch(quirks?.alone, item) !== undefined);
      const from = Math.min(...own.map(toStart), ...(typeof stretch === 'string' ? [] : [stretch.address]));
      const to = Math.max(...own.map(toEnd), ...(typeof stretch === 'string' ? [] : [stretch.address + stretch.count]));
      return { items: own, address: from, count: to - from, isFixed };
    })
    .toSorted((a, b) => a.address - b.address);
};

/** Claims that a register which must not be read by the way lies between two addresses. */
export const isBarred = (quirks: UnitQuirks | undefined, table: RegisterTable, from: number, to: number): boolean =>
  quirks !== undefined && [...quirks.avoid, ...(quirks.alone ?? [])].some((stretch) => overlaps(stretch, table, from, to));

/** Claims that some of these registers are cleared by being read. */
export const isCleared = (quirks: UnitQuirks | undefined, table: RegisterTable, from: number, to: number): boolean =>
  quirks?.cleared?.some((stretch) => overlaps(stretch, table, from, to)) === true;

/** The most registers or bits of a table that the unit takes in one request, as far as it is known. */
export const toMaxBlock = (quirks: UnitQuirks | undefined, table: RegisterTable): number =>
  quirks?.maxBlocks?.[table] ?? quirks?.maxBlock ?? Number.POSITIVE_INFINITY;
