import { setTimeout as pause } from 'node:timers/promises';
import { createSeededRandom } from '../../support/seeded-random.ts';
import { pauseForOutage, type Part, type Rig, type Written } from './rig.ts';

/** What became of the frames of a storm. */
export type Toll = { readonly frames: number; readonly lost: number; readonly duplicated: number; readonly late: number };

/** A state that comes later than this after its frame is late, whatever held it up; so is one that comes after that of a newer frame. */
export const lateAfterMs = 5000;

type Strike = { readonly part: Part; readonly isInFlight: boolean; readonly afterMs: number };

const parts: readonly Part[] = ['automation', 'server', 'backend', 'link'];

/** The strikes of a seed: the same for every way. Each part once, then by chance; before the frame has come through, or while the part is away. */
export const toStrikes = (seed: number, kills: number): readonly Strike[] => {
  const random = createSeededRandom(seed);
  return Array.from({ length: kills }, (_, index) => {
    const [which, when, how] = [random(), random(), random()];
    const part = parts[index < parts.length ? index : Math.floor(which * parts.length)] ?? 'automation';
    const isInFlight = when < 0.5;
    return { part, isInFlight, afterMs: isInFlight ? how * 3 : 20 + how * 100 };
  });
};

/** Frames one after the other, half of them struck, each given the time to come through before the next. */
export const runStorm = async (rig: Rig, strikes: readonly Strike[], patienceMs: number): Promise<Toll> => {
  const handed = new Map<number, number>();
  const settle = async (n: number): Promise<void> => {
    const giveUpAt = performance.now() + patienceMs;
    while (performance.now() < giveUpAt && !rig.written().some((state) => state.n === n)) await pause(10);
  };
  const hand = (n: number): void => {
    handed.set(n, Date.now());
    rig.hand(n);
  };
  let n = 0;
  hand(n);
  await settle(n);
  for (const { part, isInFlight, afterMs } of strikes) {
    n += 1;
    if (isInFlight) {
      hand(n);
      await pause(afterMs);
    }
    const repair = await rig.strike(part);
    if (!isInFlight) {
      await pause(afterMs);
      hand(n);
    }
    await pauseForOutage();
    await repair?.();
    await settle(n);
    // One frame in calm: a way that is not back yet loses it too.
    n += 1;
    hand(n);
    await settle(n);
  }
  // What was on its way may still come.
  await pause(1000);
  return toToll(handed, rig.written());
};

/** Counts by the ledger of the actuator. */
export const toToll = (handed: ReadonlyMap<number, number>, written: readonly Written[]): Toll => {
  const known = written.filter(({ n }) => handed.has(n));
  const byFrame = Map.groupBy(known, ({ n }) => n);
  let newest = -1;
  let late = 0;
  for (const { n, at } of known) {
    if (n < newest || at - (handed.get(n) ?? at) > lateAfterMs) late += 1;
    newest = Math.max(newest, n);
  }
  return {
    frames: handed.size,
    lost: [...handed.keys()].filter((n) => !byFrame.has(n)).length,
    duplicated: [...byFrame.values()].reduce((sum, { length }) => sum + length - 1, 0),
    late,
  };
};
