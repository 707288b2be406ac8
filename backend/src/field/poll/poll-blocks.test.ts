import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { createVirtualScheduler } from '../testing/virtual-scheduler.ts';
import type { PointSpec } from '../../site/site.ts';
import { planBlocks, type PollBlock } from './block-plan.ts';
import { pollBlocks, type Polled } from './poll-blocks.ts';

const block = (unit: number): PollBlock => ({
  bus: 'line',
  unit,
  function: 4,
  address: 0,
  count: 1,
  intervalMs: millis(1_000),
  items: [],
});
const good: BusOutcome = { kind: 'words', values: [1] };

/** Polls in virtual time; `answer` says when each read ends and how. */
const run = async (
  blocks: readonly PollBlock[],
  untilMs: number,
  answer: (unit: number, now: number) => readonly [afterMs: number, BusOutcome],
) => {
  const scheduler = createVirtualScheduler();
  const asked: { readonly unit: number; readonly at: number }[] = [];
  const polled: Polled[] = [];
  const polling = pollBlocks(
    blocks,
    async ({ unit }) => {
      asked.push({ unit, at: scheduler.now() });
      const [after, outcome] = answer(unit, scheduler.now());
      return new Promise((resolve) => scheduler.schedule(() => resolve(outcome), after));
    },
    scheduler,
  ).subscribe((one) => polled.push(one));
  while (scheduler.now() < untilMs && scheduler.advance()) for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
  polling.unsubscribe();
  return { at: (unit: number) => asked.filter((ask) => ask.unit === unit && ask.at <= untilMs).map((ask) => ask.at), polled };
};

describe('polls', () => {
  it('[FB11] are spread over their interval and keep their phase', async () => {
    const { at } = await run([1, 2, 3, 4].map(block), 2_900, () => [30, good]);
    expect([1, 2, 3, 4].map(at)).toEqual([
      [0, 1_000, 2_000],
      [250, 1_250, 2_250],
      [500, 1_500, 2_500],
      [750, 1_750, 2_750],
    ]);
  });

  it('[FB11] never pile up: what a slow answer covers is skipped and counted', async () => {
    const { at, polled } = await run([block(1)], 9_500, (_unit, now) => [now === 0 ? 3_400 : 10, good]);
    expect(at(1).slice(0, 3)).toEqual([0, 4_000, 5_000]);
    expect(polled.map(({ skipped }) => skipped).slice(0, 3)).toEqual([0, 3, 0]);
  });

  it('[FB8] leave a unit that fails alone for longer and longer, in their phase, and count nothing as skipped', async () => {
    const { at, polled } = await run([block(1)], 120_000, () => [10, { kind: 'exception', code: 4 }]);
    const pauses = at(1)
      .slice(1)
      .map((time, index) => time - (at(1)[index] ?? 0));
    expect(pauses.slice(0, 6)).toEqual([2_000, 3_000, 5_000, 9_000, 17_000, 31_000]);
    expect(Math.max(...pauses)).toBe(31_000);
    expect(polled.every(({ skipped }) => skipped === 0)).toBe(true);
  });

  it.each([1, 2, 3])(
    '[FB8] do not repeat what exception %i says is a mistake of the configuration, but for a look now and then',
    async (code) => {
      const { at } = await run([block(1)], 300_000, () => [10, { kind: 'exception', code }]);
      expect(at(1).length).toBeLessThan(10);
      expect(at(1).length).toBeGreaterThan(5);
    },
  );

  it('[FB8] go on as before once the unit answers', async () => {
    const { at } = await run([block(1)], 12_000, (_unit, now) => [10, now < 3_000 ? { kind: 'exception', code: 4 } : good]);
    expect(at(1)).toEqual([0, 2_000, 5_000, 6_000, 7_000, 8_000, 9_000, 10_000, 11_000, 12_000]);
  });

  it('[FB9] report what is wanted rarely no more often than that, though it is read with what is wanted often', async () => {
    const toPoint = (measurement: string, address: number, intervalMs: number): PointSpec => ({
      id: `house/north/${measurement}`,
      location: 'house',
      cluster: 'north',
      measurement,
      quantity: 'number',
      title: measurement,
      decimals: 0,
      intervalMs: millis(intervalMs),
      range: { min: 0, max: 1 },
      source: {
        kind: 'register',
        instrument: 'one',
        bus: 'line',
        unit: 1,
        register: { table: 'input', address, type: 'u16', wordOrder: 'ABCD', scale: 1, offset: 0, sentinels: [] },
      },
    });
    const site = { points: [toPoint('a', 0, 1000), toPoint('b', 1, 2500)], devices: [] };
    const blocks = planBlocks(site, { maxGap: 25, maxCount: 2000, toCost: ({ count }) => 10 + count });
    expect(blocks).toHaveLength(1);
    const toDue = ({ polled }: Awaited<ReturnType<typeof run>>): string[] =>
      polled.map(({ due }) => due.map((item) => (item.kind === 'point' ? item.point.measurement : '')).join(''));
    // 2.5 s is no multiple of the slots: it comes every 2 s rather than every 3.
    expect(toDue(await run(blocks, 6_500, () => [10, good]))).toEqual(['ab', 'a', 'ab', 'a', 'ab', 'a', 'ab']);
    // A slot that passed by is not waited for again.
    expect(toDue(await run(blocks, 6_500, (_unit, now) => [now === 0 ? 2_400 : 10, good])).slice(0, 3)).toEqual(['ab', 'ab', 'a']);
    const halved = await run(blocks, 6_500, (_unit, now) => [10, now === 0 ? { kind: 'exception', code: 2 } : good]);
    expect(halved.polled.slice(1).every(({ due }) => due.length === 1)).toBe(true);
    expect(halved.polled.filter(({ block: { address } }) => address === 1).length).toBeLessThan(
      halved.polled.filter(({ block: { address } }) => address === 0).length,
    );
  });

  it.each([5, 6, 0x0a, 0x0b])('[FB8] ask again in the next slot after exception %i', async (code) => {
    const { at } = await run([block(1)], 3_500, () => [10, { kind: 'exception', code }]);
    expect(at(1)).toEqual([0, 1_000, 2_000, 3_000]);
  });
});
