import { expect, it } from 'vitest';
import { histogram } from './report.ts';
import { runStorm } from './storm.ts';

// A fixed sample; `pnpm faults --minutes M --seed S` runs as long as one likes.
const seed = 457;
const faults = 10;

it('[IN1, IN2, IN3, IN6, IN7, IN8, IN9, IN10] loses nothing, doubles nothing and commands nothing late, whatever is killed, frozen or cut off', async () => {
  const aftermath = await runStorm({ seed, goesOn: (done) => done < faults });
  expect(aftermath.breaches).toEqual([]);
  expect(aftermath.statesCompared).toBe(2);
  expect(aftermath.survived).toHaveLength(faults);
  // Without commands under way when it struck, nothing would have been tried.
  expect(histogram(aftermath).some(([stage]) => stage !== 'no command open')).toBe(true);
}, 600_000);

it.each([
  { rig: 'single-process', joined: 'a linked pair', count: faults },
  { rig: 'worker', joined: 'a message port', count: 4 },
] as const)(
  '[IN1, IN2, IN3, IN6, IN7, IN8, IN9, IN10] so it is where hub and automation run in one process, joined by $joined',
  async ({ rig, count }) => {
    const aftermath = await runStorm({ seed, rig, goesOn: (done) => done < count });
    expect(aftermath.breaches).toEqual([]);
    expect(aftermath.statesCompared).toBe(1);
    expect(aftermath.survived).toHaveLength(count);
    expect(histogram(aftermath).some(([stage]) => stage !== 'no command open')).toBe(true);
  },
  600_000,
);
