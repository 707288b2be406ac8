import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createMbapDial } from '../io/mbap-link.ts';
import { openBus } from '../io/open-bus.ts';
import type { PollBlock } from '../poll/block-plan.ts';
import { pollBlocks } from '../poll/poll-blocks.ts';
import { createHostileLine } from '../testing/hostile-line.ts';
import { createVirtualScheduler } from '../testing/virtual-scheduler.ts';

const answerMs = 500;

/** Ten units polled each second over TCP, in virtual time; `isSilent` says which of them answers nothing now. */
const runTen = async (seconds: number, isSilent: (unit: number, now: number) => boolean) => {
  const scheduler = createVirtualScheduler();
  const line = createHostileLine('tcp', { scheduler, random: () => 0.5, lateMs: answerMs, mischief: 0, isSilent });
  const bus = openBus({
    connectTimeoutMs: millis(2_000),
    answerTimeoutMs: millis(answerMs),
    dial: createMbapDial(line.openWire),
    scheduler,
    random: () => 0.5,
  });
  const blocks = Array.from({ length: 10 }, (_, index): PollBlock => ({
    bus: 'line',
    unit: index + 1,
    function: 3,
    address: 0,
    count: 4,
    intervalMs: millis(1_000),
    items: [],
  }));
  const answered = new Map<number, number[]>();
  let skipped = 0;
  const watching = pollBlocks(blocks, async (request, options) => bus.request(request, options), scheduler).subscribe((polled) => {
    skipped += polled.skipped;
    const { unit } = polled.block;
    if (polled.outcome.kind === 'words') answered.set(unit, [...(answered.get(unit) ?? []), scheduler.now()]);
  });
  const waits: number[] = [];
  const write = (): void => {
    const begun = scheduler.now();
    void bus
      .request({ function: 6, unit: 1, address: 1, values: [1] }, { priority: 'write' })
      .then((outcome) => outcome.kind === 'echoed' && waits.push(scheduler.now() - begun));
    scheduler.schedule(write, 777);
  };
  write();
  while (scheduler.now() < seconds * 1000) {
    scheduler.advance();
    for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
  }
  watching.unsubscribe();
  await bus.close();
  return { answeredBy: (unit: number): readonly number[] => answered.get(unit) ?? [], waits, skipped };
};

describe('a dead unit among ten', () => {
  it('[FB7] costs the others at most a tenth of their readings; all of them when nobody is dead', async () => {
    const healthy = await runTen(120, () => false);
    const one = await runTen(120, (unit) => unit === 4);
    for (let unit = 1; unit <= 10; unit += 1) expect(healthy.answeredBy(unit).length).toBe(120);
    expect(healthy.skipped).toBe(0);
    for (const unit of [1, 2, 3, 5, 6, 7, 8, 9, 10]) expect(one.answeredBy(unit).length).toBeGreaterThanOrEqual(108);
    expect(one.answeredBy(4)).toEqual([]);
  });

  it('[FB2] lets a write wait for at most one deadline', async () => {
    const { waits } = await runTen(120, (unit) => unit === 4);
    expect(waits.length).toBeGreaterThan(140);
    expect(Math.max(...waits)).toBeLessThanOrEqual(answerMs + 20);
  });

  it('[FB7] is back within 10 s of its return after half a minute of silence', async () => {
    const { answeredBy } = await runTen(60, (unit, now) => unit === 4 && now < 30_000);
    expect(answeredBy(4)[0]).toBeLessThanOrEqual(40_000);
  });

  it('[FB11] keeps the phase of its polls and skips what it cannot meet', async () => {
    const { answeredBy } = await runTen(30, () => false);
    const phases = answeredBy(3).map((at) => at % 1000);
    expect(Math.max(...phases) - Math.min(...phases)).toBeLessThan(20);
  });
});
