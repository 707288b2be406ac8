import { millis, type Millis } from '@phloem/protocol';
import type { DeviceSpec, PointSpec, Register, RegisterTable, Site, UnitQuirks } from '../../site/site.ts';
import { countLimits, type ReadFunction } from '../modbus/bus-request.ts';
import { toWordCount } from '../readings/register-codec.ts';

/** A point that is read from a register. */
export type ReadPoint = PointSpec & { readonly source: Extract<PointSpec['source'], { kind: 'register' }> };

/** What a stretch of registers is read for. */
export type BlockItem = { readonly register: Register } & (
  | { readonly kind: 'point'; readonly point: ReadPoint }
  | { readonly kind: 'device'; readonly device: DeviceSpec }
);

/** One read request that is made again and again, and what its answer holds; items in the order of their addresses. */
export type PollBlock = {
  readonly bus: string;
  readonly unit: number;
  readonly function: ReadFunction;
  readonly address: number;
  readonly count: number;
  readonly intervalMs: Millis;
  readonly items: readonly BlockItem[];
};

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

const toItems = (
  site: Pick<Site, 'points' | 'devices'>,
): readonly { place: Omit<PollBlock, 'address' | 'count' | 'items'>; item: BlockItem }[] => [
  ...site.points.flatMap((point) => {
    const { source } = point;
    if (source.kind !== 'register') return [];
    const { bus, unit, register } = source;
    const place = { bus, unit, function: readFunctions[register.table], intervalMs: point.intervalMs };
    return [{ place, item: { kind: 'point' as const, register, point: { ...point, source } } }];
  }),
  ...site.devices.map((device) => {
    const { bus, unit, register } = device.readBack;
    const place = { bus, unit, function: readFunctions[register.table], intervalMs: device.pollMs };
    return { place, item: { kind: 'device' as const, register, device } };
  }),
];

/** How often an item is to be told. */
export const toItemInterval = (item: BlockItem): Millis => (item.kind === 'point' ? item.point.intervalMs : item.device.pollMs);

const toEnd = (item: BlockItem): number => item.register.address + toWordCount(item.register.type);

const cut = (place: Omit<PollBlock, 'address' | 'count' | 'items'>, items: readonly BlockItem[]): PollBlock => {
  const address = Math.min(...items.map((item) => item.register.address));
  return { ...place, address, count: Math.max(...items.map(toEnd)) - address, items };
};

const overlaps = (hole: UnitQuirks['avoid'][number], table: RegisterTable, from: number, to: number): boolean =>
  hole.table === table && hole.address < to && hole.address + hole.count > from;

/** Claims that a register which must not be read by the way lies between two addresses. */
const isBarred = (quirks: UnitQuirks | undefined, table: RegisterTable, from: number, to: number): boolean =>
  quirks?.avoid.some((hole) => overlaps(hole, table, from, to)) === true;

/**
 * The fewest read requests that bring every point and every read-back of a site: items of one unit and table share a
 * request while the gaps between them and the whole stay within the limits of the line and of the unit; those of a longer
 * interval join only where that takes the line for less than a request of their own. A value is never split, no gap covers a
 * register that is cleared by being read, and none of these is read more often than it is asked for.
 */
export const planBlocks = (site: Pick<Site, 'points' | 'devices' | 'quirks'>, limits: BlockLimits): readonly PollBlock[] => {
  const groups = Map.groupBy(toItems(site), ({ place }) => [place.bus, place.unit, place.function, place.intervalMs].join(' '));
  const byInterval = [...groups.values()].flatMap((group): readonly { block: PollBlock; fits: Fits }[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { place } = first;
    const quirks = site.quirks?.find((candidate) => candidate.bus === place.bus && candidate.unit === place.unit);
    const maxCount = Math.min(limits.maxCount, countLimits[place.function], quirks?.maxBlock ?? Number.POSITIVE_INFINITY);
    const blocks: BlockItem[][] = [];
    let end = 0;
    for (const { item } of group.toSorted((a, b) => a.item.register.address - b.item.register.address)) {
      const open = blocks.at(-1);
      const start = open?.[0]?.register.address ?? 0;
      const { address, table } = item.register;
      const isNear =
        address - end <= limits.maxGap && Math.max(end, toEnd(item)) - start <= maxCount && !isBarred(quirks, table, end, address);
      if (open !== undefined && isNear) open.push(item);
      else blocks.push([item]);
      end = open !== undefined && isNear ? Math.max(end, toEnd(item)) : toEnd(item);
    }
    const fits: Fits = { maxCount, quirks };
    return blocks.map((items) => ({ block: cut(place, items), fits }));
  });
  const places = Map.groupBy(byInterval, ({ block }) => [block.bus, block.unit, block.function].join(' '));
  return [...places.values()].flatMap((own) => joinIntervals(own, limits));
};

type Fits = { readonly maxCount: number; readonly quirks: UnitQuirks | undefined };

/** One request instead of two of different intervals; null where they may not be one, or where that costs more. */
const join = (often: PollBlock, rarely: PollBlock, { maxCount, quirks }: Fits, { maxGap, toCost }: BlockLimits): PollBlock | null => {
  const table = often.items[0]?.register.table;
  if (toCost === undefined || table === undefined) return null;
  const items = [...often.items, ...rarely.items].toSorted((a, b) => a.register.address - b.register.address);
  const joined = cut(often, items);
  const gap = joined.count - often.count - rarely.count;
  const end = joined.address + joined.count;
  if (gap > maxGap || joined.count > maxCount || isBarred(quirks, table, joined.address, end)) return null;
  if (quirks?.cleared?.some((hole) => overlaps(hole, table, rarely.address, rarely.address + rarely.count)) === true) return null;
  const apart = toCost(often) / often.intervalMs + toCost(rarely) / rarely.intervalMs;
  return toCost(joined) / often.intervalMs < apart ? joined : null;
};

/** The blocks of one table of a unit, the rare ones joined to the frequent ones where they may be. */
const joinIntervals = (own: readonly { readonly block: PollBlock; readonly fits: Fits }[], limits: BlockLimits): readonly PollBlock[] => {
  const joined: PollBlock[] = [];
  for (const { block, fits } of own.toSorted((a, b) => a.block.intervalMs - b.block.intervalMs)) {
    const at = joined.findIndex((often) => often.intervalMs < block.intervalMs && join(often, block, fits, limits) !== null);
    const often = joined[at];
    const both = often === undefined ? null : join(often, block, fits, limits);
    if (both === null) joined.push(block);
    else joined[at] = both;
  }
  return joined;
};

/** The same items in two smaller requests; the block itself when it cannot be split. */
export const halveBlock = (block: PollBlock): readonly PollBlock[] => {
  const addresses = new Set(block.items.map((item) => item.register.address));
  if (addresses.size < 2) return [block];
  const middle = [...addresses].toSorted((a, b) => a - b)[Math.ceil(addresses.size / 2)] ?? 0;
  const half = (isIn: (item: BlockItem) => boolean): PollBlock => {
    const items = block.items.filter(isIn);
    // What was read often only for the sake of others is not any more.
    return cut({ ...block, intervalMs: millis(Math.min(...items.map(toItemInterval))) }, items);
  };
  return [half((item) => item.register.address < middle), half((item) => item.register.address >= middle)];
};
