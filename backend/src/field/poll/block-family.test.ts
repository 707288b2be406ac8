import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { PointSpec } from '../../site/site.ts';
import type { UnitQuirks } from '../../site/unit-quirks.ts';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { planBlocks, type PollBlock } from './block-plan.ts';
import { createBlockRegistry } from './block-registry.ts';
import { toUnitFacts } from './unit-facts.ts';

const toPoint = (address: number): PointSpec => ({
  id: `lab/one/p${address}`,
  location: 'lab',
  cluster: 'one',
  measurement: `p${address}`,
  quantity: 'number',
  title: `p${address}`,
  decimals: 0,
  intervalMs: millis(1_000),
  range: { min: 0, max: 65_535 },
  source: {
    kind: 'register',
    instrument: 'one',
    bus: 'line',
    unit: 1,
    register: { table: 'holding', address, type: 'u16', wordOrder: 'ABCD', scale: 1, offset: 0, sentinels: [] },
  },
});

const toBlock = (addresses: readonly number[], quirks: Partial<UnitQuirks> = {}): PollBlock => {
  const site = { points: addresses.map(toPoint), devices: [], quirks: [{ bus: 'line', unit: 1, maxBlock: null, avoid: [], ...quirks }] };
  const [block] = planBlocks(site, { maxGap: 124, maxCount: 2_000 });
  if (block === undefined) throw new Error('nothing is planned');
  return block;
};

const refused = (code: number): BusOutcome => ({ kind: 'exception', code });
const silent: BusOutcome = { kind: 'failed', code: 'modbus/timeout', why: 'unit 1 did not answer within 300 ms', isSent: true };
const good: BusOutcome = { kind: 'words', values: [] };

/** Asks a block once a second for so long; the unit says what it makes of each request. */
const run = (block: PollBlock, seconds: number, answer: (from: number, to: number, at: number) => BusOutcome) => {
  const registry = createBlockRegistry([block]);
  const asked: { readonly at: number; readonly from: number; readonly to: number; readonly isGood: boolean }[] = [];
  for (let at = 0; at < seconds * 1_000; at += 1_000) {
    for (const ask of registry.asks(block, at, () => true)) {
      const [from, to] = [ask.block.address, ask.block.address + ask.block.count - 1];
      const outcome = answer(from, to, at);
      asked.push({ at, from, to, isGood: outcome.kind === 'words' });
      registry.step(block, ask, outcome, at);
    }
  }
  const family = registry.family(block);
  const read = family.pieces.flatMap((piece) => (piece.state === 'good' ? piece.block.items.map(({ register }) => register.address) : []));
  return { asked, family, read, facts: toUnitFacts([{ planned: block, family }], 1) };
};

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a block of which one register is bad', () => {
  it.each([1, 2, 3, 4, 8, 0x2a])('[FB9] is read but for it when the unit answers exception %i, by few requests', (code) => {
    const bad = 37;
    const { asked, read, facts } = run(toBlock(range(0, 99)), 60, (from, to) => (from <= bad && bad <= to ? refused(code) : good));
    expect(read.toSorted((a, b) => a - b)).toEqual(range(0, 99).filter((address) => address !== bad));
    expect(facts.holes).toMatchObject([{ address: bad, count: 1 }]);
    // Two for each time that the block was cut in half, and some more looks at the hole.
    expect(asked.filter(({ isGood }) => !isGood).length).toBeLessThan(20);
    const rounds = Map.groupBy(asked, ({ at }) => at);
    expect(Math.max(...[...rounds.values()].map((round) => round.filter(({ isGood }) => !isGood).length))).toBeLessThanOrEqual(2);
  });

  it('[FB9] is read but for it when the unit does not answer for it', () => {
    const bad = 6;
    const { asked, read, facts } = run(toBlock(range(0, 9)), 60, (from, to) => (from <= bad && bad <= to ? silent : good));
    expect(read.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 7, 8, 9]);
    expect(facts.holes).toMatchObject([{ address: bad, count: 1, why: 'unit 1 did not answer within 300 ms' }]);
    expect(asked.filter(({ isGood }) => !isGood).length).toBeLessThan(20);
  });

  it('[FB9] asks the hole more and more rarely, and reads it again once it is none', () => {
    const isBad = (at: number): boolean => at < 8 * 3_600_000;
    const { asked, family } = run(toBlock(range(0, 3)), 10 * 3_600, (from, to, at) =>
      isBad(at) && from <= 2 && 2 <= to ? refused(2) : good,
    );
    const tries = asked.filter(({ from, to }) => from === 2 && to === 2).map(({ at }) => at);
    const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(pauses[0]).toBe(60_000);
    expect(Math.max(...pauses)).toBe(3_600_000);
    expect(tries.length).toBeLessThan(20);
    expect(family.pieces).toHaveLength(1);
  });
});

describe('a unit of which nothing can be read', () => {
  it.each([1, 2, 3, 4])('[FB9] is not asked register by register when it answers exception %i to everything', (code) => {
    const { asked, family } = run(toBlock(range(0, 99)), 600, () => refused(code));
    expect(family.pieces).toHaveLength(1);
    expect(asked.length).toBeLessThan(60);
  });

  it('[FB9] is not asked register by register when it says nothing', () => {
    const { asked, family } = run(toBlock(range(0, 99)), 600, () => silent);
    expect(family.pieces).toHaveLength(1);
    const perSecond = Map.groupBy(asked, ({ at }) => at);
    expect(Math.max(...[...perSecond.values()].map(({ length }) => length))).toBe(1);
    expect(new Set(asked.map(({ from, to }) => `${from} ${to}`)).size).toBeLessThanOrEqual(5);
  });

  it('[FB9] is one request again when it comes back', () => {
    const { family } = run(toBlock(range(0, 9)), 120, (_from, _to, at) => (at < 60_000 ? silent : good));
    expect(family.pieces.map(({ state, block }) => [state, block.count])).toEqual([['good', 10]]);
  });
});

describe('what is found out of a unit', () => {
  it('[FB9] is how much it takes at once', () => {
    const { facts, read } = run(toBlock(range(0, 39)), 60, (from, to) => (to - from + 1 > 20 ? refused(3) : good));
    expect(read).toHaveLength(40);
    expect(facts.advice).toEqual(['unit 1 refuses 40 from holding address 0 at once; set quirks: { maxBlock: { holding: 20 } }']);
  });

  it('[FB9] is what lies between its registers and must not be read', () => {
    const { facts, read, asked } = run(toBlock([0, 1, 5, 6]), 60, (from, to) => (from <= 4 && to >= 2 ? refused(4) : good));
    expect(read).toEqual([0, 1, 5, 6]);
    expect(facts.holes).toMatchObject([{ address: 2, count: 3, why: '04: the unit failed' }]);
    expect(facts.advice).toEqual(['unit 1 has nothing at 40003 to 40005 (04: the unit failed); set quirks: { readGaps: false }']);
    expect(asked.filter(({ isGood }) => !isGood)).toHaveLength(2);
  });
});

describe('registers that belong together, or stand alone', () => {
  const plan = (addresses: readonly number[], quirks: Partial<UnitQuirks>): readonly (readonly number[])[] =>
    planBlocks(
      { points: addresses.map(toPoint), devices: [], quirks: [{ bus: 'line', unit: 1, maxBlock: null, avoid: [], ...quirks }] },
      { maxGap: 124, maxCount: 2_000 },
    ).map(({ address, count }) => [address, count]);

  it('[FB9] are read in one request that covers all of the group, and are never cut apart', () => {
    const quirks = { together: [{ table: 'holding' as const, address: 4, count: 8 }] };
    expect(plan([4, 5], quirks)).toEqual([[4, 8]]);
    const { family } = run(toBlock([0, 4, 5, 11], quirks), 60, (from, to) => (from <= 5 && 5 <= to ? refused(2) : good));
    expect(family.pieces.map(({ block }) => [block.address, block.count])).toEqual([
      [0, 1],
      [4, 8],
    ]);
  });

  it('[FB9] are read by themselves, and nothing else is read across them', () => {
    expect(plan([0, 1, 2, 3], { alone: [{ table: 'holding', address: 2, count: 1 }] })).toEqual([
      [0, 2],
      [2, 1],
      [3, 1],
    ]);
    expect(plan([0, 4], { alone: [{ table: 'holding', address: 2, count: 1 }] })).toEqual([
      [0, 1],
      [4, 1],
    ]);
  });

  it('[FB9] are read in the blocks that the unit answers, and in no others', () => {
    const blocks = [
      { table: 'holding' as const, address: 0, count: 8 },
      { table: 'holding' as const, address: 8, count: 8 },
    ];
    expect(plan([1, 2, 9], { blocks })).toEqual([
      [0, 8],
      [8, 8],
    ]);
  });

  it('[FB9] are never read with what nobody asked for, where the unit does not want that', () => {
    expect(plan([0, 1, 5, 6], { readGaps: false })).toEqual([
      [0, 2],
      [5, 2],
    ]);
  });

  it('[FB9] fit into what each table takes at once, down to one', () => {
    expect(plan([0, 1, 2], { maxBlock: 60, maxBlocks: { holding: 1 } })).toHaveLength(3);
    expect(plan([0, 1, 2], { maxBlocks: { input: 1 } })).toEqual([[0, 3]]);
  });
});
