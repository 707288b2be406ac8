import { millis } from '@phloem/protocol';
import type { SchedulerLike } from 'rxjs';
import type { BusOutcome } from '../bus/bus-outcome.ts';
import { plainTiming, type BusTiming } from '../bus/bus-timing.ts';
import { plainLink, type LinkQuirks } from '../bus-quirks.ts';
import { openBus } from '../io/open-bus.ts';
import { createMbapDial } from '../io/mbap-link.ts';
import { createRtuDial } from '../io/rtu-link.ts';
import { createHostileLine, toTellingWord, type Framing, type HostileLine, type LineQuirks } from './hostile-line.ts';
import { createVirtualScheduler } from './virtual-scheduler.ts';

/** What came of many reads on a hostile line. */
export type FuzzReport = {
  readonly framing: Framing;
  readonly seed: number;
  readonly reads: number;
  readonly answered: number;
  readonly exceptions: number;
  readonly failed: number;
  /** Values that are not those of the request. */
  readonly wrong: readonly string[];
  /** Requests that did not settle within their deadline. */
  readonly overdue: number;
  readonly deeds: Readonly<Record<string, number>>;
  /** How long it would have taken. */
  readonly virtualMs: number;
};

/** mulberry32: small, and the same everywhere. */
export const createDice = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const answerMs = 100;
const waitMs = 2_000;
const atOnce = 3;
/** How long a client thinks before it asks again, at most. */
const thinkMs = 400;

/** The bus as the hub opens it. `isTelling`: each answer names its request. */
const openFuzzedBus = (
  framing: Framing,
  line: HostileLine,
  { scheduler, random, isTelling }: { readonly scheduler: SchedulerLike; readonly random: () => number; readonly isTelling: boolean },
): ReturnType<typeof openBus> => {
  const quietMs = millis(2 * answerMs);
  const silenceMs = framing === 'tcp' ? millis(0) : quietMs;
  const takesAny: LinkQuirks = { ...plainLink, takesAnyTransaction: () => !isTelling };
  const dial =
    framing === 'tcp'
      ? createMbapDial(line.openWire, { quirks: takesAny, quietMs, scheduler })
      : createRtuDial(line.openWire, { quietMs, gapMs: millis(4), scheduler });
  const toTiming = (learnedMs: (unit: number) => number): BusTiming => ({ ...plainTiming, gapMs: learnedMs, answersLate: () => isTelling });
  return openBus({ toTiming, connectTimeoutMs: millis(1_000), answerTimeoutMs: millis(answerMs), silenceMs, dial, scheduler, random });
};

/** Reads `reads` times, in virtual time, from units that misbehave in three answers of ten. */
export const fuzzBus = async (
  framing: Framing,
  reads: number,
  seed: number,
  mischief = 0.3,
  quirks: LineQuirks = {},
): Promise<FuzzReport> => {
  const random = createDice(seed);
  const scheduler = createVirtualScheduler();
  const line = createHostileLine(framing, { scheduler, random, lateMs: answerMs, mischief, quirks });
  const isTelling = framing === 'tcp' && quirks.namesNoTransaction !== true;
  const bus = openFuzzedBus(framing, line, { scheduler, random, isTelling });
  // A probe before the request has a deadline and a pause of its own; timers are whole milliseconds.
  const deadline = waitMs + (!isTelling ? 2 * answerMs + plainLink.probePauseMs(0) : answerMs) + 1;

  const wrong: string[] = [];
  const counts = { answered: 0, exceptions: 0, failed: 0, overdue: 0 };
  let asked = 0;
  let settled = 0;

  const ask = (): void => {
    asked += 1;
    const unit = 1 + Math.floor(random() * 5);
    const address = Math.floor(random() * 60);
    const count = 1 + Math.floor(random() * 4);
    const begun = scheduler.now();
    const check = (outcome: BusOutcome): void => {
      settled += 1;
      askSoon();
      if (scheduler.now() - begun > deadline) counts.overdue += 1;
      if (outcome.kind === 'exception') counts.exceptions += 1;
      else if (outcome.kind !== 'words') counts.failed += 1;
      else {
        counts.answered += 1;
        const expected = Array.from({ length: count }, (_, index) => toTellingWord(unit, address + index, line.heard()));
        if (expected.join() !== outcome.values.join()) {
          wrong.push(`read ${settled}: unit ${unit}, address ${address}: ${outcome.values.join()} instead of ${expected.join()}`);
        }
      }
    };
    void bus.request({ function: random() < 0.5 ? 3 : 4, unit, address, count }, { priority: 'poll', waitMs: millis(waitMs) }).then(check);
  };

  const askSoon = (): void => {
    if (asked < reads) scheduler.schedule(ask, random() * thinkMs);
  };
  for (let client = 0; client < atOnce; client += 1) askSoon();

  const isDone = (): boolean => settled >= reads;
  while (!isDone() && scheduler.advance()) {
    // A promise reports its end in a few turns of the microtask queue.
    for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
  }
  const virtualMs = scheduler.now();
  await bus.close();
  return {
    framing,
    seed,
    reads,
    ...counts,
    overdue: counts.overdue + (reads - settled),
    wrong,
    deeds: Object.fromEntries([...line.deeds].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    virtualMs,
  };
};
