import { checkConvergence, isQuiet } from './checks/convergence.ts';
import type { MomentOfCommand } from './checks/commands.ts';
import { drained } from './engine/event-loop.ts';
import { createRandom } from './engine/random.ts';
import type { Violation } from './engine/witness.ts';
import { World } from './world.ts';

/** What came of one power cut. */
export type PowerCut = {
  readonly seed: number;
  readonly act: number;
  readonly violation: Violation | null;
  /** Where the commands were that were under way. */
  readonly moments: ReadonlySet<MomentOfCommand>;
  /** Entries that were written and are gone, and the running time over which they had been written. */
  readonly lost: number;
  readonly lostMs: number;
  readonly hasNewEpoch: boolean;
};

/** How long a hub is let work before the cut, and how long at the most until it has done the act in question. */
const workMs = { least: 1800, most: 3500 } as const;
const cutWithinMs = 2500;
const downMs = 200;
const afterwardsMs = 2000;
const calmAfterMs = 800;
const settledAfterMs = 1300;
const quietWithinMs = 75_000;
/** The log is synced with each pulse: what a cut may take was written in the second since then, and while that sync was under way. */
const maxLostMs = 1000 + 2 * 8;

/** Amid the work, or when everything has come to rest: then no command is open, and the log alone goes on. */
export type When = 'at work' | 'at rest';

/**
 * Cuts the power of the hub's machine just before the hub does something to the world for the `act`th time: a
 * transaction, a sync, a write to the field, a message. The hub works on the files of production, and starts again from
 * what the cut leaves of them. Null when the hub did not come to do so much.
 */
export const cutPower = async (
  seed: number,
  act: number,
  when: When,
  tell: ((line: string) => void) | null = null,
): Promise<PowerCut | null> => {
  const world = new World(seed, tell, 'files');
  const { loop, witness, hub, truth, commands, network } = world;
  const run = async (forMs: number, isDone: () => boolean = () => false): Promise<void> => {
    const until = loop.now + forMs;
    while (witness.violation === null && !isDone() && loop.step(until)) await drained();
  };
  try {
    world.start();
    await run(createRandom(seed, 'cut').between(workMs.least, workMs.most));
    if (when === 'at rest') {
      world.calm();
      await run(settledAfterMs);
      await run(quietWithinMs, () => isQuiet(world));
    }
    const { process } = hub;
    if (process === null) throw new Error('the hub does not run');
    process.atEnd(() => network.killed(process, true));
    process.killAfter(act);
    await run(cutWithinMs, () => !process.isAlive);
    if (process.isAlive && witness.violation === null) return null;

    const moments = commands.moments();
    const written = truth.entries();
    const epoch = truth.epoch;
    hub.cutPower();
    const lost = written.slice(truth.head);
    const lostMs = lost.length === 0 ? 0 : (written.at(-1)?.up ?? 0) - (lost[0]?.up ?? 0);
    if (lostMs > maxLostMs) witness.fail('EV2', `${lost.length} entries of ${lostMs} ms are gone`);
    await run(downMs);
    hub.boot();
    truth.checkStored(hub.stored());
    if (lost.length > 0 && truth.epoch === epoch) witness.fail('EV6', `the epoch ${epoch} goes on, and entries of it are lost`);
    await run(afterwardsMs);
    world.heal();
    await run(calmAfterMs);
    world.calm();
    await run(settledAfterMs);
    await run(quietWithinMs, () => isQuiet(world));
    truth.checkStored(hub.stored());
    if (witness.violation === null) checkConvergence(world);
    return { seed, act, violation: witness.violation, moments, lost: lost.length, lostMs, hasNewEpoch: truth.epoch !== epoch };
  } finally {
    hub.remove();
  }
};
