import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { BusSpec } from '../site/site.ts';
import type { UnitQuirks } from '../site/unit-quirks.ts';
import { toBusTiming } from './bus-quirks.ts';
import { noGap, stepGap, type GapSample } from './bus/gap-learning.ts';
import type { LearnedPause } from './bus/gap-watch.ts';
import { createMbapDial } from './io/mbap-link.ts';
import { openBus } from './io/open-bus.ts';
import { createRtuDial } from './io/rtu-link.ts';
import type { PollBlock } from './poll/block-plan.ts';
import { pollBlocks } from './poll/poll-blocks.ts';
import type { Framing } from './testing/hostile-line.ts';
import { createSlowLine } from './testing/slow-line.ts';
import { createVirtualScheduler } from './testing/virtual-scheduler.ts';

const answerMs = 300;

/** Eight registers far apart, of a unit that wants 100 ms between its answer and the next request. */
const runEight = async (
  framing: Framing,
  seconds: number,
  { quirks = {}, pauses = [] }: { readonly quirks?: Partial<UnitQuirks>; readonly pauses?: readonly LearnedPause[] } = {},
) => {
  const scheduler = createVirtualScheduler();
  const line = createSlowLine(framing, scheduler, (unit) => (unit === 17 ? 100 : 0));
  const spec: BusSpec = {
    id: 'slow',
    transport: { kind: framing === 'tcp' ? 'tcp' : 'rtu-over-tcp', host: '127.0.0.1', port: 1 },
    connectTimeoutMs: millis(2_000),
    answerTimeoutMs: millis(answerMs),
  };
  const quietMs = millis(2 * answerMs);
  const bus = openBus({
    connectTimeoutMs: millis(2_000 + 2 * quietMs),
    answerTimeoutMs: millis(answerMs),
    silenceMs: framing === 'tcp' ? millis(0) : quietMs,
    toTiming: (learned) => toBusTiming(spec, [{ bus: 'slow', unit: 17, maxBlock: null, avoid: [], ...quirks }], learned),
    dial: framing === 'tcp' ? createMbapDial(line.openWire) : createRtuDial(line.openWire, { quietMs, gapMs: millis(4), scheduler }),
    pauses,
    scheduler,
    random: () => 0.5,
  });
  const blocks = Array.from({ length: 8 }, (_, index): PollBlock => ({
    bus: 'slow',
    unit: 17,
    function: 3,
    address: 200 * index,
    count: 1,
    // Those of two seconds fall together with those of one.
    intervalMs: millis(index < 4 ? 1_000 : 2_000),
    items: [],
  }));
  const answered = new Map<number, number>();
  const polling = pollBlocks(blocks, async (request, options) => bus.request(request, options), scheduler).subscribe(
    ({ block, outcome }) => {
      if (outcome.kind === 'words') answered.set(block.address, scheduler.now());
    },
  );
  while (scheduler.now() < seconds * 1_000) {
    scheduler.advance();
    for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
  }
  const learnedMs = bus.learnedGapMs(17);
  const learned = bus.learnedPauses();
  polling.unsubscribe();
  await bus.close();
  return { heard: line.heard, answered, learnedMs, learned, now: seconds * 1_000 };
};

describe('a unit that needs a pause between requests', () => {
  it.each(['tcp', 'rtu'] as const)('[FB15] answers everything over %s where the pause is declared', async (framing) => {
    const { heard, answered, learnedMs } = await runEight(framing, 60, { quirks: { requestGapMs: millis(100) } });
    expect(heard.filter(({ isAnswered }) => !isAnswered)).toEqual([]);
    expect(answered.size).toBe(8);
    expect(heard.length).toBeGreaterThan(6 * 55);
    expect(learnedMs).toBe(0);
  });

  it.each(['tcp', 'rtu'] as const)('[FB15] is found to need it over %s, and answers everything from then on', async (framing) => {
    const { heard, answered, learnedMs, now } = await runEight(framing, 300);
    expect(learnedMs).toBeGreaterThanOrEqual(100);
    expect(learnedMs).toBeLessThanOrEqual(200);
    expect(heard.filter(({ at, isAnswered }) => !isAnswered && at > now - 60_000)).toEqual([]);
    expect([...answered.values()].every((at) => at > now - 5_000)).toBe(true);
  });

  it('[FB15] answers everything from the first request on after a restart', async () => {
    const { learned } = await runEight('tcp', 300);
    expect(learned).toHaveLength(1);
    const { heard, answered } = await runEight('tcp', 60, { pauses: learned });
    expect(heard.filter(({ isAnswered }) => !isAnswered)).toEqual([]);
    expect(answered.size).toBe(8);
  });
});

describe('what a pause is learned from', () => {
  const learn = (samples: readonly GapSample[]): number => samples.reduce(stepGap, noGap).gapMs;
  const sample = (key: string, idleMs: number, isAnswered: boolean): GapSample => ({ key, idleMs, isAnswered });

  it('a request that fails soon after an answer and succeeds after a pause', () => {
    expect(learn(Array.from({ length: 8 }, (_, at) => sample('a', at % 2 === 0 ? 300 : 2, at % 2 === 0)))).toBe(50);
  });

  it('not from a register that never answers beside others that always do', () => {
    expect(learn(Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? sample('good', 900, true) : sample('hole', 1, false))))).toBe(0);
  });

  it('not from a dead unit, nor from one that fails after every pause alike', () => {
    expect(learn(Array.from({ length: 40 }, () => sample('a', 2, false)))).toBe(0);
    expect(learn(Array.from({ length: 40 }, (_, at) => sample('a', (at * 37) % 300, at % 3 !== 0)))).toBe(0);
  });
});
