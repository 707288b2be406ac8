import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMemoryStore } from '../store/memory-store.ts';
import { createPulse } from './pulse.ts';

/** A hub's pulse over a disk of which a sync takes as long as the test says. */
const setUp = () => {
  const scheduler = new VirtualTimeScheduler();
  const store = createMemoryStore({ clock: { at: () => scheduler.now(), up: () => scheduler.now() }, random: () => 0.5 });
  const syncs: { readonly end: () => void }[] = [];
  const slow = { log: store.log, sync: () => new Promise<number>((resolve) => syncs.push({ end: () => resolve(store.log.head) })) };
  const running = createPulse({ store: slow, scheduler }).subscribe();
  onTestFinished(() => running.unsubscribe());
  const pass = async (ms: number): Promise<void> => {
    scheduler.maxFrames += ms;
    scheduler.flush();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  scheduler.maxFrames = 0;
  const ups = (): number[] => store.log.read(0, { entries: 100, bytes: 1e6 }).map(({ up }) => up);
  return { pass, ups, syncs };
};

describe('the pulse', () => {
  it('comes every second, whatever a sync takes, and never in a burst', async () => {
    const { pass, ups, syncs } = setUp();
    await pass(5500);
    expect(ups()).toEqual([1000, 2000, 3000, 4000, 5000]);
    expect(syncs).toHaveLength(1);
    syncs[0]?.end();
    await pass(0);
    expect(ups()).toHaveLength(5);
    await pass(1000);
    expect(ups()).toEqual([1000, 2000, 3000, 4000, 5000, 6000]);
    expect(syncs).toHaveLength(2);
  });
});
