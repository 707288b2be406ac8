import { millis, wordCountOf } from '@phloem/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceSpec, PointSpec } from '../../site/site.ts';
import type { Register } from '../../site/register.ts';
import type { UnitQuirks } from '../../site/unit-quirks.ts';
import { halveBlock, planBlocks } from './block-plan.ts';

const limits = { maxGap: 124, maxCount: 2000 };

const point = (id: string, unit: number, register: Partial<Register> & { readonly address: number }, intervalMs = 1000): PointSpec => ({
  id,
  location: 'house',
  cluster: 'north',
  measurement: id,
  quantity: 'number',
  title: id,
  decimals: 0,
  intervalMs: millis(intervalMs),
  range: { min: -1e9, max: 1e9 },
  source: {
    kind: 'register',
    instrument: 'one',
    bus: 'line',
    unit,
    register: { table: 'input', type: 'u16', wordOrder: 'ABCD', scale: 1, offset: 0, sentinels: [], ...register },
  },
});

const plan = (points: readonly PointSpec[], over: Partial<typeof limits> = {}, devices: readonly DeviceSpec[] = []) =>
  planBlocks({ points, devices }, { ...limits, ...over }).map(({ unit, function: code, address, count }) => [unit, code, address, count]);

describe('the plan of reads', () => {
  it('[FB9] reads neighbours of one unit and table in one request', () => {
    expect(plan([point('a', 1, { address: 0 }), point('b', 1, { address: 1 }), point('c', 1, { address: 4, type: 'f32' })])).toEqual([
      [1, 4, 0, 6],
    ]);
  });

  it('[FB9] keeps units, tables and intervals apart', () => {
    const points = [
      point('a', 1, { address: 0 }),
      point('b', 2, { address: 1 }),
      point('c', 1, { address: 2, table: 'holding' }),
      point('d', 1, { address: 3 }, 5000),
    ];
    expect(plan(points)).toEqual([
      [1, 4, 0, 1],
      [1, 4, 3, 1],
      [2, 4, 1, 1],
      [1, 3, 2, 1],
    ]);
  });

  it('[FB9] reads across a gap only while it is cheaper than another request', () => {
    const points = [point('a', 1, { address: 0 }), point('b', 1, { address: 26 }), point('c', 1, { address: 53 })];
    expect(plan(points, { maxGap: 25 })).toEqual([
      [1, 4, 0, 27],
      [1, 4, 53, 1],
    ]);
  });

  it('[FB9] never splits a value and never exceeds what one request may carry, whatever the map', () => {
    const register = fc.record({
      address: fc.integer({ min: 0, max: 2000 }),
      type: fc.constantFrom('u16', 'f32', 'f64' as const),
      unit: fc.integer({ min: 1, max: 3 }),
      seconds: fc.constantFrom(1, 2, 5),
    });
    fc.assert(
      fc.property(fc.array(register, { maxLength: 60 }), fc.integer({ min: 0, max: 124 }), (registers, maxGap) => {
        const points = registers.map(({ unit, seconds, ...own }, index) => point(`p${index}`, unit, own, seconds * 1000));
        const toCost = ({ count }: { readonly count: number }): number => 10 + count;
        const blocks = planBlocks({ points, devices: [] }, { ...limits, maxGap, toCost });
        expect(blocks.flatMap((block) => block.items)).toHaveLength(points.length);
        for (const block of blocks) {
          expect(block.count).toBeLessThanOrEqual(125);
          for (const item of block.items) {
            expect(item.register.address).toBeGreaterThanOrEqual(block.address);
            expect(item.register.address + wordCountOf(item.register.type)).toBeLessThanOrEqual(block.address + block.count);
          }
        }
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it('[FB9] needs five times fewer requests than a read per point for a map of 500 points', () => {
    const points = Array.from({ length: 500 }, (_, index) =>
      point(`p${index}`, 1 + (index % 10), { address: Math.floor(index / 10) * 2, type: 'f32' }),
    );
    expect(plan(points).length * 5).toBeLessThanOrEqual(points.length);
  });

  it('[FB9] asks a unit for no more at once than it takes', () => {
    const points = [0, 20, 40, 60].map((address) => point(`p${address}`, 1, { address, type: 'f32' }));
    const quirks = [{ bus: 'line', unit: 1, maxBlock: 42, avoid: [] }];
    expect(planBlocks({ points, devices: [], quirks }, limits).map(({ address, count }) => [address, count])).toEqual([
      [0, 42],
      [60, 2],
    ]);
  });

  it('[FB9] does not read across a register that is cleared by being read, unless it is asked for', () => {
    const avoid = [{ table: 'input' as const, address: 3, count: 2 }];
    const quirks = [{ bus: 'line', unit: 1, maxBlock: null, avoid }];
    const around = [point('a', 1, { address: 0 }), point('b', 1, { address: 5 })];
    const plans = (points: readonly PointSpec[]) =>
      planBlocks({ points, devices: [], quirks }, limits).map(({ address, count }) => [address, count]);
    expect(plans(around)).toEqual([
      [0, 1],
      [5, 1],
    ]);
    expect(plans([point('a', 1, { address: 0 }), point('b', 1, { address: 2 }), point('c', 1, { address: 5 })])).toEqual([
      [0, 3],
      [5, 1],
    ]);
  });

  const toCost = ({ count }: { readonly count: number }): number => 10 + count;
  const joined = (points: readonly PointSpec[], quirks: readonly UnitQuirks[] = []) =>
    planBlocks({ points, devices: [], quirks }, { ...limits, toCost }).map(({ address, count, intervalMs }) => [
      address,
      count,
      intervalMs,
    ]);

  it('[FB9] reads what is wanted rarely along with its neighbours, where that takes the line for less than a request of its own', () => {
    const often = [point('a', 1, { address: 0 }), point('b', 1, { address: 1 })];
    // A word each second costs 1 ms a second; a request of its own every 5 s costs 11 / 5.
    expect(joined([...often, point('c', 1, { address: 2 }, 5000)])).toEqual([[0, 3, 1000]]);
    expect(joined([point('c', 1, { address: 0 }, 5000), point('a', 1, { address: 1 })])).toEqual([[0, 2, 1000]]);
    // Once a minute it is not worth a word each second; nor are ten words every 5 s.
    expect(joined([...often, point('c', 1, { address: 2 }, 60_000)])).toEqual([
      [0, 2, 1000],
      [2, 1, 60_000],
    ]);
    expect(joined([...often, point('c', 1, { address: 12 }, 5000)])).toHaveLength(2);
    expect(joined([...often, point('c', 2, { address: 2 }, 5000), point('d', 1, { address: 2, table: 'holding' }, 5000)])).toHaveLength(3);
  });

  it('[FB9] reads no register that is cleared by being read more often than it is asked for, nor by the way', () => {
    const points = [point('a', 1, { address: 0 }), point('c', 1, { address: 2 }, 5000)];
    const hole = [{ table: 'input' as const, address: 1, count: 1 }];
    const count = [{ table: 'input' as const, address: 2, count: 1 }];
    expect(joined(points)).toHaveLength(1);
    expect(joined(points, [{ bus: 'line', unit: 1, maxBlock: null, avoid: hole }])).toHaveLength(2);
    expect(joined(points, [{ bus: 'line', unit: 1, maxBlock: null, avoid: [], cleared: count }])).toHaveLength(2);
    expect(joined(points, [{ bus: 'line', unit: 1, maxBlock: 2, avoid: [] }])).toHaveLength(2);
  });

  it('[FB9] goes back to their own intervals when a joined request is halved', () => {
    const [block] = planBlocks(
      { points: [point('a', 1, { address: 0 }), point('c', 1, { address: 2 }, 5000)], devices: [] },
      { ...limits, toCost },
    );
    expect(block && halveBlock(block)?.map(({ address, intervalMs }) => [address, intervalMs])).toEqual([
      [0, 1000],
      [2, 5000],
    ]);
  });

  it('[FB9] halves a request between its values', () => {
    const [block] = planBlocks(
      { points: [0, 2, 4].map((address) => point(`p${address}`, 1, { address, type: 'f32' })), devices: [] },
      limits,
    );
    expect(block && halveBlock(block)?.map(({ address, count }) => [address, count])).toEqual([
      [0, 4],
      [4, 2],
    ]);
  });

  it('[FB9] does not halve what lies at one address', () => {
    const [block] = planBlocks(
      { points: [point('a', 1, { address: 3 }), point('b', 1, { address: 3, type: 's16' })], devices: [] },
      limits,
    );
    expect(block && halveBlock(block)).toBeNull();
  });
});
