import { checkConvergence, isQuiet } from './checks/convergence.ts';
import { checkReplayed } from './checks/replayed.ts';
import { drained } from './engine/event-loop.ts';
import { createRandom } from './engine/random.ts';
import type { Violation } from './engine/witness.ts';
import { drawFaults } from './faults/draw-faults.ts';
import { drawOverrides, drawOffsets } from './faults/draw-hands.ts';
import type { DiskKind } from './parts/hub-machine.ts';
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
const maxEvents = 100_000;
const calmAfterMs = 800;
/** Every device is polled once a second. */
const settledAfterMs = 1300;
const quietWithinMs = 75_000;

/** Runs one seed: everything that happens in it follows from the number, and happens again with it. */
export const simulate = async (seed: number, tell: ((line: string) => void) | null = null, disk: DiskKind = 'memory'): Promise<Outcome> => {
  const world = new World(seed, tell, disk);
  const { loop, witness } = world;
  const random = createRandom(seed, 'faults');
  // In some runs nobody commands for so long that the safe states come.
  const theme = random.next();
  const silenceMs = theme < 0.1 ? random.between(6000, 9000) : 0;
  // In others the engine that commands stands still for so long that it must lose its lease.
  const stuckMs = theme > 0.95 ? random.between(8500, 10_000) : 0;
  const longMs = silenceMs + stuckMs;
  const faultsToMs = faultsFromMs + longMs + random.between(2000, 6500);

  const runUntil = async (until: number, isDone: () => boolean = () => false): Promise<void> => {
    while (witness.violation === null && !isDone() && loop.step(until)) {
      await drained();
      if (loop.count > maxEvents) witness.fail('storm', `${maxEvents} events, and no end`);
    }
  };
  world.start();
  const hands = drawOverrides(createRandom(seed, 'hands'), faultsFromMs, faultsToMs);
  const offsets = drawOffsets(createRandom(seed, 'offsets'), faultsFromMs, faultsToMs);
  for (const { at, name, happen } of [...drawFaults(random, faultsFromMs, faultsToMs), ...hands, ...offsets]) {
    loop.after(at, () => {
      witness.note(() => `## ${name}`);
      witness.count(`fault: ${name.replaceAll(/\d+/g, 'n')}`);
      happen(world);
    });
  }
  const longFrom = random.between(faultsFromMs, faultsToMs - longMs);
  if (silenceMs > 0) loop.after(longFrom, () => world.silence(silenceMs));
  if (stuckMs > 0) loop.after(longFrom, () => world.stickService(0, stuckMs));
  await runUntil(faultsToMs);
  witness.note(() => '## all is healed');
  world.heal();
  await runUntil(loop.now + calmAfterMs);
  world.calm();
  await runUntil(loop.now + settledAfterMs);
  await runUntil(loop.now + quietWithinMs, () => isQuiet(world));
  if (witness.violation === null) checkConvergence(world);
  if (witness.violation === null) checkReplayed(world);
  world.hub.remove();
  return { seed, violation: witness.violation, events: loop.count, virtualMs: loop.now, counts: witness.counts };
};
