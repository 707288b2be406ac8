import { drawActs, toText, type FaultKind } from './fault.ts';

/** What can happen to services and viewers. */
export const nodeFaults: readonly FaultKind[] = [
  {
    weight: 3,
    draw: (random) => {
      const whom = random.next();
      const acts = drawActs(random, 20);
      const downMs = random.between(20, 3000);
      return {
        name: `service killed${acts === null ? '' : ` after ${acts} acts`}`,
        happen: (world) => world.killService(whom, acts, downMs),
      };
    },
  },
  {
    weight: 3,
    draw: (random) => {
      const whom = random.next();
      const ms = random.between(300, 6000);
      return { name: `service stopped for ${toText(ms)}`, happen: (world) => world.freezeService(whom, ms) };
    },
  },
  {
    weight: 3,
    draw: (random) => {
      const whom = random.next();
      const ms = random.between(1000, 7000);
      return { name: `engine stuck for ${toText(ms)}`, happen: (world) => world.stickService(whom, ms) };
    },
  },
  {
    weight: 1,
    draw: (random) => {
      const whom = random.next();
      const downMs = random.between(20, 2000);
      return { name: 'service restarted', happen: (world) => world.restartService(whom, downMs) };
    },
  },
  {
    weight: 1,
    draw: (random) => {
      const whom = random.next();
      const ms = random.between(1000, 4000);
      return { name: 'a second process of the same name', happen: (world) => world.duplicate(whom, ms) };
    },
  },
  { weight: 2, draw: () => ({ name: 'a bundle is pushed', happen: (world) => world.promoteNext() }) },
  {
    weight: 1,
    draw: (random) => {
      const downMs = random.between(20, 2000);
      return { name: 'bell ringer killed', happen: (world) => world.killRinger(downMs) };
    },
  },
  {
    weight: 1,
    draw: (random) => {
      const whom = random.next();
      const downMs = random.between(20, 2000);
      return { name: 'viewer killed', happen: (world) => world.killViewer(whom, downMs) };
    },
  },
  {
    weight: 1,
    draw: (random) => {
      const whom = random.next();
      const ms = random.between(300, 6000);
      return { name: `viewer stopped for ${toText(ms)}`, happen: (world) => world.freezeViewer(whom, ms) };
    },
  },
];
