import { checkConvergence, isQuiet } from './checks/convergence.ts';
import { drained } from './engine/event-loop.ts';
import { createRandom } from './engine/random.ts';
import type { Violation } from './engine/witness.ts';
import { drawFaults } from './faults/draw-faults.ts';
import { World } from './world.ts';

/** What came of one seed. */
export type Outcome = {
  readonly seed: number;
  readonly violation: Violation | null;
  readonly events: number;
  readonly virtualMs: number;
  readonly counts: ReadonlyMap<string, number>;
};

const faultsFromMs = 800;
/** Far more than any run needs: somebody goes round in circles. */
const mostEvents = 100_000;
const calmAfterMs = 1500;
/** Every device is polled once a second. */
const settledAfterMs = 2200;
const quietWithinMs = 75_000;

/** Runs one seed: everything that happens in it follows from the number, and happens again with it. */
export const simulate = async (seed: number, tell: ((line: string) => void) | null = null): Promise<Outcome> => {
  const world = new World(seed, tell);
  const { loop, witness } = world;
  const random = createRandom(seed, 'faults');
  const faultsToMs = faultsFromMs + random.between(2000, 8000);

  const runUntil = async (until: number, isDone: () => boolean = () => false): Promise<void> => {
    while (witness.violation === null && !isDone() && loop.step(until)) {
      await drained();
      if (loop.count > mostEvents) witness.fail('storm', `${mostEvents} events, and no end`);
    }
  };
  world.start();
  for (const { at, name, happen } of drawFaults(random, faultsFromMs, faultsToMs)) {
    loop.after(at, () => {
      witness.note(() => `## ${name}`);
      witness.count(`fault: ${name.replaceAll(/\d+/g, 'n')}`);
      happen(world);
    });
  }
  await runUntil(faultsToMs);
  witness.note(() => '## all is healed');
  world.heal();
  await runUntil(loop.now + calmAfterMs);
  world.calm();
  await runUntil(loop.now + settledAfterMs);
  await runUntil(loop.now + quietWithinMs, () => isQuiet(world));
  if (witness.violation === null) checkConvergence(world);
  return { seed, violation: witness.violation, events: loop.count, virtualMs: loop.now, counts: witness.counts };
};
