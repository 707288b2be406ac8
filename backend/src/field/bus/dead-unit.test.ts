import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createMbapDial } from '../io/mbap-link.ts';
import { openBus } from '../io/open-bus.ts';
import { createRtuDial } from '../io/rtu-link.ts';
import type { PollBlock } from '../poll/block-plan.ts';
import { pollBlocks } from '../poll/poll-blocks.ts';
import { createHostileLine, type Framing } from '../testing/hostile-line.ts';
import { createVirtualScheduler } from '../testing/virtual-scheduler.ts';

const answerMs = 500;

/** Ten units polled each second, in virtual time; `isSilent` says which of them answers nothing now. */
const runTen = async (seconds: number, isSilent: (unit: number, now: number) => boolean, framing: Framing = 'tcp') => {
  const scheduler = createVirtualScheduler();
  const line = createHostileLine(framing, { scheduler, random: () => 0.5, lateMs: answerMs, mischief: 0, isSilent });
  const quietMs = millis(framing === 'tcp' ? 0 : 2 * answerMs);
  const bus = openBus({
    connectTimeoutMs: millis(2_000),
    answerTimeoutMs: millis(answerMs),
    silenceMs: quietMs,
    dial: framing === 'tcp' ? createMbapDial(line.openWire) : createRtuDial(line.openWire, { quietMs, gapMs: millis(4), scheduler }),
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
  const attempts: number[] = [];
  bus.exchanges$.subscribe(({ request, outcome, tookMs }) => {
    if (request?.unit === 4 && outcome.kind === 'failed' && tookMs !== null) attempts.push(Math.round(tookMs));
  });
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
  return { answeredBy: (unit: number): readonly number[] => answered.get(unit) ?? [], waits, skipped, attempts };
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

  it('[FB7] costs the others at most a tenth on RTU, where the line is left alone after each attempt', async () => {
    const one = await runTen(300, (unit, now) => unit === 4 && now > 5_000, 'rtu');
    for (const unit of [1, 2, 3, 5, 6, 7, 8, 9, 10]) expect(one.answeredBy(unit).length).toBeGreaterThanOrEqual(270);
  });

  it('[FB7] is waited for in full by every second attempt alone, once it is known how fast it used to answer', async () => {
    const { attempts } = await runTen(60, (unit, now) => unit === 4 && now > 5_000);
    expect(attempts.slice(0, 7)).toEqual([500, 500, 500, 100, 500, 100, 500]);
    // One that never answered may be a slow one.
    const never = await runTen(40, (unit) => unit === 4);
    expect(new Set(never.attempts)).toEqual(new Set([500]));
  });

  it.each(['tcp', 'rtu'] as const)('[FB7] is back within 10 s of its return after 20 s, over %s', async (framing) => {
    const { answeredBy } = await runTen(60, (unit, now) => unit === 4 && now > 5_000 && now < 25_000, framing);
    expect(answeredBy(4).find((at) => at > 25_000)).toBeLessThanOrEqual(35_000);
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
