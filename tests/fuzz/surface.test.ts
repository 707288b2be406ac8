import { findMisfit, Hello, nodeEvents } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../support/seeded-random.ts';
import { createDraw, drawLarge, spoil } from './hostile-value.ts';
import { fuzzSurface } from './surface.ts';

describe('whatever comes over sockets, HTTP and as documents', () => {
  it('[PI4] [SE7] ends no hub and finds no mistake in it', async () => {
    const { exits, bugs, outcomes, cases } = await fuzzSurface({ cases: 400, seed: 20_261_130, users: 10 });
    expect({ exits, bugs }).toEqual({ exits: [], bugs: [] });
    expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(cases);
    // A hub that refuses everybody at the door would pass as well.
    expect(outcomes.get('HTTP 200')).toBeGreaterThan(5);
    expect(outcomes.get('socket welcomed')).toBeGreaterThan(5);
    expect(outcomes.get('bundle 422')).toBeGreaterThan(20);
  }, 300_000);

  it('[PI4] costs a bounded number of looks: what is wrong is found, and the rest of it is left alone', () => {
    const schemas = [Hello, ...Object.values(nodeEvents)];
    let most = 0;
    for (let seed = 0; seed < 2000; seed += 1) {
      const draw = createDraw(createSeededRandom(seed));
      const work = { visits: 0 };
      findMisfit(draw.pick(schemas), draw.below(2) === 0 ? drawLarge(draw, 20_000) : spoil(draw, { commands: [] }, 20_000), work);
      most = Math.max(most, work.visits);
    }
    expect(most).toBeLessThan(100);
  });
});
