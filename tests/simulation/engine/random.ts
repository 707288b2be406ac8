import { createSeededRandom } from '../../support/seeded-random.ts';

/** Randomness that a seed and a name decide: each use has a stream of its own, so that one more draw moves no other. */
export type Random = {
  /** Evenly distributed in [0, 1). */
  next(): number;
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
};

/** A stream of the seed (FNV-1a over the name). */
export const createRandom = (seed: number, name: string): Random => {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  for (const letter of name) state = Math.imul(state ^ letter.charCodeAt(0), 16_777_619) >>> 0;
  const next = createSeededRandom(state);
  return {
    next,
    between: (min, max) => min + next() * (max - min),
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]): T => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
};
