import { describe, expect, it } from 'vitest';
import type { PatchName } from './patches.ts';
import { runSimulation } from './run-simulation.ts';

/** The rules of which one has to be seen broken. */
const guilty: Readonly<Record<PatchName, readonly string[]>> = {
  'no-prev-check': ['IN2'],
  'a-lost-batch-not-seen': ['convergence'],
  'durable-before-the-sync': ['CO5', 'EV4'],
  'term-not-checked-at-the-write': ['IN7'],
  'window-ignored': ['IN11'],
  'id-not-remembered': ['IN8', 'IN9', 'CO2'],
  'cursor-recorded-before-the-frames': ['EV4'],
};

describe('the simulation finds', () => {
  it.each(Object.entries(guilty))('%s', { timeout: 1_200_000 }, async (patch, rules) => {
    const { code, output } = await runSimulation('--seeds', '2000', '--patch', patch);
    expect(code).toBe(1);
    const broken = /^seed \d+ breaks (\S+) at/m.exec(output)?.[1];
    expect(rules).toContain(broken);
    expect(output).toMatch(/pnpm simulate --from \d+ --seeds 1 --verbose/);
  });
});
