import { drawActs, toText, type FaultKind } from './fault.ts';

/** What can happen to the hub and its machine. */
export const hubFaults: readonly FaultKind[] = [
  {
    weight: 3,
    draw: (random) => {
      const acts = drawActs(random, 40);
      const downMs = random.between(20, 4000);
      return { name: `hub killed${acts === null ? '' : ` after ${acts} acts`}`, happen: (world) => world.killHub(acts, downMs) };
    },
  },
  {
    weight: 3,
    draw: (random) => {
      const acts = drawActs(random, 40);
      const downMs = random.between(200, 4000);
      return { name: `power cut${acts === null ? '' : ` after ${acts} acts`}`, happen: (world) => world.cutPower(acts, downMs) };
    },
  },
  {
    weight: 1,
    draw: (random) => {
      const downMs = random.between(200, 3000);
      return { name: 'power cut of everything', happen: (world) => world.cutAllPower(downMs) };
    },
  },
  {
    weight: 3,
    draw: (random) => {
      const ms = random.between(300, 6000);
      return { name: `hub stopped for ${toText(ms)}`, happen: (world) => world.freezeHub(ms) };
    },
  },
  {
    weight: 1,
    draw: (random) => {
      const outputs = random.pick(['keep', 'safe'] as const);
      const downMs = random.between(20, 2000);
      return { name: `hub restarted, outputs ${outputs}`, happen: (world) => world.restartHub(outputs, downMs) };
    },
  },
  {
    weight: 1,
    draw: (random) => {
      const ms = random.pick([-7_200_000, -5000, 5000, 3_600_000]);
      return { name: `the wall clock jumps by ${toText(ms)}`, happen: (world) => world.jumpWall(ms) };
    },
  },
  {
    weight: 1,
    draw: (random) => {
      const ms = random.between(1000, 5000);
      const syncMs = random.between(100, 900);
      return { name: `the disk takes ${toText(syncMs)}`, happen: (world) => world.slowDisk(syncMs, ms) };
    },
  },
];
