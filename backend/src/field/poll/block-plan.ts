import type { Millis } from '@phloem/protocol';
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

/** How far apart two items may be and still be read in one request. What lies between is read for nothing. */
export type BlockLimits = { readonly maxGap: number; readonly maxCount: number };

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

const toEnd = (item: BlockItem): number => item.register.address + toWordCount(item.register.type);

const cut = (place: Omit<PollBlock, 'address' | 'count' | 'items'>, items: readonly BlockItem[]): PollBlock => {
  const address = Math.min(...items.map((item) => item.register.address));
  return { ...place, address, count: Math.max(...items.map(toEnd)) - address, items };
};

/** Claims that a register which must not be read by the way lies between two addresses. */
const isBarred = (quirks: UnitQuirks | undefined, table: RegisterTable, from: number, to: number): boolean =>
  quirks?.avoid.some((hole) => hole.table === table && hole.address < to && hole.address + hole.count > from) === true;

/**
 * The fewest read requests that bring every point and every read-back of a site: items of one unit, table and
 * interval share a request while the gaps between them and the whole stay within the limits of the line and of the
 * unit. A value is never split, and no gap covers a register that is cleared by being read.
 */
export const planBlocks = (site: Pick<Site, 'points' | 'devices' | 'quirks'>, limits: BlockLimits): readonly PollBlock[] => {
  const groups = Map.groupBy(toItems(site), ({ place }) => [place.bus, place.unit, place.function, place.intervalMs].join(' '));
  return [...groups.values()].flatMap((group) => {
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
    return blocks.map((items) => cut(place, items));
  });
};

/** The same items in two smaller requests; the block itself when it cannot be split. */
export const halveBlock = (block: PollBlock): readonly PollBlock[] => {
  const addresses = new Set(block.items.map((item) => item.register.address));
  if (addresses.size < 2) return [block];
  const middle = [...addresses].toSorted((a, b) => a - b)[Math.ceil(addresses.size / 2)] ?? 0;
  return [
    cut(
      block,
      block.items.filter((item) => item.register.address < middle),
    ),
    cut(
      block,
      block.items.filter((item) => item.register.address >= middle),
    ),
  ];
};
