import { millis, type Millis } from '@phloem/protocol';
import type { Site } from '../../site/site.ts';
import type { Register, RegisterTable } from '../../site/register.ts';
import { findQuirks, type UnitQuirks } from '../../site/unit-quirks.ts';
import type { ReadFunction } from '../modbus/bus-request.ts';
import { countLimits } from '../../site/request-limits.ts';
import { isBarred, isCleared, toAtoms, toMaxBlock, type Atom } from './poll-atoms.ts';
import { type BlockItem, toItemInterval } from './block-item.ts';

/** One read request that is made again and again, and what its answer holds; items in the order of their addresses. */
export type PollBlock = {
  readonly bus: string;
  readonly unit: number;
  readonly function: ReadFunction;
  readonly address: number;
  readonly count: number;
  readonly intervalMs: Millis;
  readonly items: readonly BlockItem[];
  /** How its unit must be asked; undefined where nothing is special about it. */
  readonly quirks?: UnitQuirks | undefined;
};

type Place = Omit<PollBlock, 'address' | 'count' | 'items'>;

/**
 * How far apart two items may be and still be read in one request; what lies between is read for nothing. `toCost` says how
 * long a request takes the line, so that what is read rarely joins what is read often only where that is less; never when
 * it is left out.
 */
export type BlockLimits = {
  readonly maxGap: number;
  readonly maxCount: number;
  readonly toCost?: (block: Omit<PollBlock, 'items' | 'bus' | 'intervalMs'>) => number;
};

const readFunctions = { coil: 1, discrete: 2, holding: 3, input: 4 } as const satisfies Record<RegisterTable, ReadFunction>;

/** The function that reads a table of a unit. */
export const toReadFunction = (table: RegisterTable, quirks: UnitQuirks | undefined): ReadFunction =>
  table === 'coil' || table === 'discrete' ? readFunctions[table] : (quirks?.readFunction ?? readFunctions[table]);

const toItems = (site: Pick<Site, 'points' | 'devices' | 'quirks'>): readonly { place: Place; item: BlockItem }[] => {
  const toPlace = (bus: string, unit: number, { table }: Register, intervalMs: Millis): Place => {
    const quirks = findQuirks(site.quirks, bus, unit);
    return { bus, unit, function: toReadFunction(table, quirks), intervalMs, ...(quirks !== undefined && { quirks }) };
  };
  return [
    ...site.points.flatMap((point) => {
      const { source } = point;
      if (source.kind !== 'register') return [];
      const { bus, unit, register } = source;
      const item: BlockItem = { kind: 'point', register, point: { ...point, source } };
      return [{ place: toPlace(bus, unit, register, point.intervalMs), item }];
    }),
    ...site.devices.map((device) => {
      const { bus, unit, register } = device.readBack;
      return { place: toPlace(bus, unit, register, device.pollMs), item: { kind: 'device' as const, register, device } };
    }),
  ];
};

const toInterval = (items: readonly BlockItem[]): Millis => millis(Math.min(...items.map(toItemInterval)));

const byAddress = (a: BlockItem, b: BlockItem): number => a.register.address - b.register.address;

/** The request that brings these atoms, and nothing beyond them but what lies between. */
const cut = (place: Place, atoms: readonly Atom[]): PollBlock => {
  const address = Math.min(...atoms.map((atom) => atom.address));
  const end = Math.max(...atoms.map((atom) => atom.address + atom.count));
  const items = atoms.flatMap((atom) => atom.items).toSorted(byAddress);
  return { ...place, address, count: end - address, items };
};

const toTable = ({ items }: Pick<Atom, 'items'>): RegisterTable => items[0]?.register.table ?? 'holding';

/** Neighbours in one request, as far as the limits of the line and of the unit let them. */
const pack = (place: Place, atoms: readonly Atom[], { maxCount, quirks }: Fits, maxGap: number): readonly PollBlock[] => {
  const blocks: Atom[][] = [];
  let end = 0;
  for (const atom of atoms) {
    const open = blocks.at(-1);
    const start = open?.[0]?.address ?? 0;
    const ownEnd = atom.address + atom.count;
    const isNear =
      open?.every(({ isFixed }) => !isFixed) === true &&
      !atom.isFixed &&
      atom.address - end <= (quirks?.readGaps === false ? 0 : maxGap) &&
      Math.max(end, ownEnd) - start <= maxCount &&
      !isBarred(quirks, toTable(atom), end, atom.address);
    if (open !== undefined && isNear) open.push(atom);
    else blocks.push([atom]);
    end = isNear ? Math.max(end, ownEnd) : ownEnd;
  }
  return blocks.map((own) => cut(place, own));
};

/**
 * The fewest read requests that bring every point and every read-back of a site: items of one unit and table share a
 * request while the gaps between them and the whole stay within the limits of the line and of the unit; those of a longer
 * interval join only where that takes the line for less than a request of their own. A value is never split, no gap covers a
 * register that is cleared by being read, and none of these is read more often than it is asked for.
 */
export const planBlocks = (site: Pick<Site, 'points' | 'devices' | 'quirks'>, limits: BlockLimits): readonly PollBlock[] => {
  const places = Map.groupBy(toItems(site), ({ place }) => [place.bus, place.unit, place.function].join(' '));
  return [...places.values()].flatMap((group): readonly PollBlock[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { quirks } = first.place;
    const table = first.item.register.table;
    const maxCount = Math.min(limits.maxCount, countLimits[first.place.function], toMaxBlock(quirks, table));
    const fits: Fits = { maxCount, quirks };
    const atoms = Map.groupBy(
      toAtoms(
        group.map(({ item }) => item),
        quirks,
      ),
      ({ items }) => toInterval(items),
    );
    const intervals = [...new Set(group.map(({ place }) => place.intervalMs))];
    const blocks = intervals.flatMap((intervalMs) =>
      pack({ ...first.place, intervalMs }, atoms.get(intervalMs) ?? [], fits, limits.maxGap),
    );
    return joinIntervals(blocks, fits, limits);
  });
};

type Fits = { readonly maxCount: number; readonly quirks: UnitQuirks | undefined };

/** One request instead of two of different intervals; null where they may not be one, or where that costs more. */
const join = (often: PollBlock, rarely: PollBlock, { maxCount, quirks }: Fits, { maxGap, toCost }: BlockLimits): PollBlock | null => {
  const table = toTable(often);
  if (toCost === undefined || often.items.length === 0) return null;
  const own = [toAtoms(often.items, quirks), toAtoms(rarely.items, quirks)] as const;
  if (own.flat().some(({ isFixed }) => isFixed)) return null;
  const joined = cut(often, own.flat());
  const gap = joined.count - often.count - rarely.count;
  const end = joined.address + joined.count;
  if (gap > (quirks?.readGaps === false ? 0 : maxGap) || joined.count > maxCount || isBarred(quirks, table, joined.address, end))
    return null;
  if (isCleared(quirks, table, rarely.address, rarely.address + rarely.count)) return null;
  const apart = toCost(often) / often.intervalMs + toCost(rarely) / rarely.intervalMs;
  return toCost(joined) / often.intervalMs < apart ? joined : null;
};

/** The blocks of one table of a unit, the rare ones joined to the frequent ones where they may be. */
const joinIntervals = (own: readonly PollBlock[], fits: Fits, limits: BlockLimits): readonly PollBlock[] => {
  const joined: PollBlock[] = [];
  for (const block of own.toSorted((a, b) => a.intervalMs - b.intervalMs)) {
    const at = joined.findIndex((often) => often.intervalMs < block.intervalMs && join(often, block, fits, limits) !== null);
    const often = joined[at];
    const both = often === undefined ? null : join(often, block, fits, limits);
    if (both === null) joined.push(block);
    else joined[at] = both;
  }
  return joined;
};

/** Where to cut a request in two: at its widest hole, else in the middle; null where it must stay as it is. */
const toCutIndex = (atoms: readonly Atom[]): number | null => {
  if (atoms.length < 2) return null;
  let widest = { at: Math.ceil(atoms.length / 2), gap: 0 };
  atoms.forEach((atom, at) => {
    const before = atoms[at - 1];
    const gap = before === undefined ? 0 : atom.address - before.address - before.count;
    if (gap > widest.gap) widest = { at, gap };
  });
  return widest.at;
};

/** The first `count` atoms of a block and the rest, as two requests; null where it has no more than these. */
export const cutBlock = (block: PollBlock, count: number): readonly [PollBlock, PollBlock] | null => {
  const atoms = toAtoms(block.items, block.quirks);
  if (count < 1 || count >= atoms.length) return null;
  // What was read often only for the sake of others is not any more.
  const own = (part: readonly Atom[]): PollBlock => cut({ ...block, intervalMs: toInterval(part.flatMap(({ items }) => items)) }, part);
  return [own(atoms.slice(0, count)), own(atoms.slice(count))];
};

/** The same items in two smaller requests; null when it cannot be cut. */
export const halveBlock = (block: PollBlock): readonly [PollBlock, PollBlock] | null => {
  const index = toCutIndex(toAtoms(block.items, block.quirks));
  return index === null ? null : cutBlock(block, index);
};
