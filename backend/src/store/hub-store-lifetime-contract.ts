import { type Position } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { type StoreBench, everything, numbers, pulses, note, command, checkpoint } from './testing/store-bench.ts';

/** What every implementation of the store must keep over starts, and what it may remove. */
export function describeLifetime(name: string, setUp: () => StoreBench): void {
  describe(`${name} keeps what it has`, () => {
    it('[IN6] raises terms strictly, over starts too, and has them on disk when it says so', () => {
      const { open } = setUp();
      const store = open();
      expect(store.terms.last).toBe(0);
      store.log.append(pulses(1));
      expect([store.terms.raise(), store.terms.raise()]).toEqual([1, 2]);
      expect(store.durable).toBe(1);
      store.close();
      const again = open();
      expect([again.terms.last, again.terms.raise()]).toEqual([2, 3]);
      again.close();
    });

    it('keeps cursors, commands and documents over a start', () => {
      const { open } = setUp();
      const store = open();
      store.log.append(pulses(5));
      const cursor: Position = { epoch: store.log.epoch, lsn: 4 };
      store.cursors.set('flower_room', { epoch: store.log.epoch, lsn: 3 });
      store.cursors.set('flower_room', cursor);
      store.documents.put('b'.repeat(64), '{"a":1}');
      store.documents.put('b'.repeat(64), '{"a":1}');
      store.commands.put(command(store, 'cmd-00000002', 5));
      store.commands.put(command(store, 'cmd-00000001', 4));
      store.commands.put({ ...command(store, 'cmd-00000003', 3), stage: 'ended', end: 'confirmed' });
      store.close();
      const again = open();
      expect(again.cursors.get('flower_room')).toEqual(cursor);
      expect(again.cursors.get('propagation')).toBeNull();
      expect(again.documents.get('b'.repeat(64))).toBe('{"a":1}');
      expect(again.documents.get('c'.repeat(64))).toBeNull();
      expect(again.commands.open().map(({ id }) => id)).toEqual(['cmd-00000001', 'cmd-00000002']);
      expect(again.commands.get('cmd-00000003')?.end).toBe('confirmed');
      again.commands.put({ ...command(again, 'cmd-00000001', 4), stage: 'ended', end: 'failed' });
      expect(again.commands.open()).toEqual([command(again, 'cmd-00000002', 5)]);
      again.close();
    });

    it('keeps the last five checkpoints of a scope, and the last one of each day', () => {
      const { open } = setUp();
      const store = open();
      const day = 86_400_000;
      for (let index = 1; index <= 20; index += 1) {
        store.checkpoints.put({ ...checkpoint(store, index), at: Math.floor(index / 7) * day + index });
      }
      store.checkpoints.put({ ...checkpoint(store, 3), scope: 'propagation' });
      expect(store.checkpoints.list('flower_room').map(({ cursor }) => cursor)).toEqual([6, 13, 16, 17, 18, 19, 20]);
      expect(store.checkpoints.newest('flower_room')).toEqual({ ...checkpoint(store, 20), at: 2 * day + 20 });
      expect(store.checkpoints.newest('propagation')?.cursor).toBe(3);
      expect(store.checkpoints.newest('cold_store')).toBeNull();
      store.close();
    });

    it('keeps the epoch while the machine stays up, and after an orderly stop', () => {
      const { open } = setUp();
      const store = open({ bootId: 'one' });
      const { epoch } = store.log;
      expect(epoch).toMatch(/^[A-Za-z0-9]{12}$/);
      store.log.append(pulses(3));
      store.close();
      const again = open({ bootId: 'two' });
      expect([again.log.epoch, again.log.lineage]).toEqual([epoch, []]);
      again.close();
    });

    it('says what is durable, and moves it by sync', async () => {
      const { open } = setUp();
      const store = open();
      expect(store.durable).toBe(0);
      store.log.append(pulses(3));
      expect(store.durable).toBe(0);
      const first = store.sync();
      store.log.append(pulses(2));
      const second = store.sync();
      expect(await first).toBeGreaterThanOrEqual(3);
      expect(await second).toBe(5);
      expect(store.durable).toBe(5);
      store.close();
    });

    it('does not count entries of a transaction that is still open as durable', async () => {
      const { open } = setUp();
      const store = open();
      let syncing = Promise.resolve(0);
      expect(() =>
        store.transact(() => {
          store.log.append(pulses(2));
          syncing = store.sync();
          throw new Error('no');
        }),
      ).toThrow('no');
      expect(await syncing).toBe(0);
      store.close();
    });

    it('answers a sync that a close overtakes', async () => {
      const { open } = setUp();
      const store = open();
      store.log.append(pulses(2));
      const syncing = [store.sync(), store.sync()];
      store.close();
      expect(await Promise.all(syncing)).toEqual([2, 2]);
      expect(() => store.log.append(pulses(1))).toThrow('closed');
    });

    it('[IN10] removes by age only what no scope needs any more', () => {
      const { open, clock } = setUp();
      const store = open();
      for (let index = 1; index <= 100; index += 1) {
        clock.up = index * 1000;
        store.log.append(pulses(1));
      }
      const old = { maxAgeMs: 40_000, maxBytes: 1e9, floor: null };
      store.cursors.set('flower_room', { epoch: store.log.epoch, lsn: 90 });
      expect(store.retain(old).cut).toBeNull();
      store.checkpoints.put(checkpoint(store, 20));
      store.checkpoints.put(checkpoint(store, 50));
      store.commands.put({ ...command(store, 'cmd-00000001', 10), stage: 'ended', end: 'confirmed' });
      store.commands.put(command(store, 'cmd-00000002', 10));
      expect(store.retain({ ...old, floor: 30 })).toEqual({ cut: { from: 1, to: 30 }, isMore: false, alarm: null });
      expect(store.retain(old)).toEqual({ cut: { from: 31, to: 50 }, isMore: false, alarm: null });
      store.checkpoints.put(checkpoint(store, 95));
      expect(store.retain(old)).toEqual({ cut: { from: 51, to: 59 }, isMore: false, alarm: null });
      expect([store.log.first, store.log.head]).toEqual([60, 100]);
      expect(store.checkpoints.list('flower_room').map(({ cursor }) => cursor)).toEqual([95]);
      expect(store.commands.get('cmd-00000001')).toBeNull();
      expect(store.commands.open().map(({ id }) => id)).toEqual(['cmd-00000002']);
      store.close();
      const again = open();
      expect([again.log.first, numbers(again.log.read(59, everything)).at(0)]).toEqual([60, 60]);
      again.close();
    });

    it('[EV5] removes past the size limit all the same, with a gap entry and an alarm', () => {
      const { open } = setUp();
      const store = open({ ringBytes: 1 });
      for (let index = 0; index < 50; index += 1) store.log.append([note('x'.repeat(1000))]);
      store.checkpoints.put(checkpoint(store, 10));
      const { cut, alarm } = store.retain({ maxAgeMs: 1e12, maxBytes: 30_000, floor: null });
      expect(cut?.from).toBe(1);
      expect(cut?.to).toBeGreaterThan(20);
      expect(cut?.to).toBeLessThan(30);
      expect(alarm?.state).toBe('active');
      const [gap] = store.log.read(50, everything);
      expect(gap).toMatchObject({ lsn: 51, kind: 'gap', from: 1, to: cut?.to });
      expect(store.retain({ maxAgeMs: 1e12, maxBytes: 30_000, floor: null }).alarm).toBeNull();
      // A reader that has not got so far learns of the loss in its place. The gap entry itself may have cost one entry more.
      const end = store.log.first - 1;
      expect(end - (cut?.to ?? 0)).toBeLessThan(2);
      const [lost, next] = store.log.read(3, { entries: 2, bytes: 1e6 });
      expect(lost).toMatchObject({ lsn: end, kind: 'gap', from: 4, to: end });
      expect(next?.lsn).toBe(end + 1);
      store.close();
    });

    it('never removes the newest entry, so that numbers go on over a start', () => {
      const { open, clock } = setUp();
      const store = open();
      store.log.append(pulses(3));
      clock.up = 1e9;
      store.retain({ maxAgeMs: 1, maxBytes: 0, floor: null });
      expect([store.log.first, store.log.head]).toEqual([3, 3]);
      store.close();
      const again = open();
      expect(numbers(again.log.append(pulses(1)))).toEqual([4]);
      again.close();
    });
  });
}
