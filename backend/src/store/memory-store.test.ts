import { describe, expect, it } from 'vitest';
import { createMemoryStore } from './memory-store.ts';

describe('a memory store', () => {
  it('numbers entries from 1 and tells the head', () => {
    let up = 0;
    const store = createMemoryStore({ clock: { at: () => 5, up: () => (up += 1) }, random: () => 0.5 });
    const heads: number[] = [];
    store.log.head$.subscribe((head) => heads.push(head));
    store.log.append([{ kind: 'pulse' }, { kind: 'pulse' }]);
    expect(store.log.read(0, { entries: 10, bytes: 1000 }).map(({ lsn }) => lsn)).toEqual([1, 2]);
    expect(heads).toEqual([2]);
    const again = createMemoryStore({ clock: { at: () => 5, up: () => 0 }, random: () => 0.2, disk: store.disk });
    expect(again.log.epoch).toBe(store.log.epoch);
    expect(again.log.append([{ kind: 'pulse' }])[0]?.lsn).toBe(3);
    const lost = createMemoryStore({ clock: { at: () => 5, up: () => 0 }, random: () => 0.2, disk: again.crash(), bootId: 'other' });
    expect(lost.log.head).toBe(2);
    expect(lost.log.lineage).toEqual([{ epoch: store.log.epoch, end: 2 }]);
  });
});
