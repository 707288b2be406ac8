import { describeHubStore } from './hub-store-contract.ts';
import { createStillClock } from './testing/store-bench.ts';
import { createMemoryStore } from './memory-store.ts';
import { createMemoryDisk } from './memory-disk.ts';

describeHubStore('memory', () => {
  const { clock, hands } = createStillClock();
  const disk = createMemoryDisk();
  let seed = 0.1;
  const random = (): number => (seed = (seed * 7919.3) % 1);
  return { clock: hands, open: (options) => createMemoryStore({ clock, random, disk, ...options }) };
});
