import { textReason, type Entry, type EntryDraft, type Lsn, type Position } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { CommandRecord, HubStore, StoredCheckpoint } from './hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';

/** Opens stores over the same data: each call finds what the last one left. */
export type OpenStore = (options?: { readonly ringBytes?: number; readonly bootId?: string }) => HubStore;

/** A fresh, empty store, cleaned up when the test is over. */
export type StoreBench = { readonly open: OpenStore; readonly clock: { wall: number; up: number } };

const everything = { entries: 100_000, bytes: 1e9 };
const numbers = (entries: readonly Entry[]): readonly Lsn[] => entries.map(({ lsn }) => lsn);
const pulses = (count: number): readonly EntryDraft[] => Array.from({ length: count }, () => ({ kind: 'pulse' }));
const note = (text: string): EntryDraft => ({ kind: 'note', by: 'user:anna', about: 'flower_room/front', text });

/** What every implementation of the store must do. `setUp` makes a fresh one for each test. */
export function describeHubStore(name: string, setUp: () => StoreBench): void {
  describe(`${name} keeps the contract of the hub's store`, () => {
    it('[IN1] numbers entries from 1, in order and without holes, over appends and starts', () => {
      const { open } = setUp();
      const store = open();
      expect([store.log.first, store.log.head]).toEqual([1, 0]);
      expect(numbers(store.log.append(pulses(3)))).toEqual([1, 2, 3]);
      expect(numbers(store.log.append(pulses(1)))).toEqual([4]);
      store.close();
      const again = open();
      expect(again.log.head).toBe(4);
      expect(numbers(again.log.append(pulses(2)))).toEqual([5, 6]);
      expect(numbers(again.log.read(0, everything))).toEqual([1, 2, 3, 4, 5, 6]);
      again.close();
    });

    it('dates entries by both clocks, and never lets `up` decrease', () => {
      const { open, clock } = setUp();
      const store = open();
      Object.assign(clock, { wall: 1000, up: 50 });
      const [first] = store.log.append(pulses(1));
      Object.assign(clock, { wall: 400, up: 20 });
      const [second] = store.log.append(pulses(1));
      expect([first?.at, first?.up]).toEqual([1000, 50]);
      expect([second?.at, second?.up]).toEqual([400, 50]);
      store.close();
      const again = open();
      expect(again.log.append(pulses(1))[0]?.up).toBe(50);
      again.close();
    });

    it('[EV2] gives a live reader the very content that a later one finds on disk', () => {
      const { open } = setUp();
      const store = open();
      const draft: EntryDraft = {
        kind: 'sensor',
        location: 'flower_room',
        cluster: 'front',
        readings: { temperature: { v: -0, q: 'good' }, ppfd: { v: null, q: 'bad', why: 'no answer' } },
      };
      const appended = store.log.append([draft, note('Grüße, 🌱 and a \u2028 line')]);
      draft.readings = {};
      const live = JSON.stringify(store.log.read(0, everything));
      expect(appended).toEqual(store.log.read(0, everything));
      const [sensor] = store.log.read(0, everything);
      expect(Object.is(sensor?.kind === 'sensor' ? sensor.readings['temperature']?.v : null, 0)).toBe(true);
      store.close();
      const again = open();
      expect(JSON.stringify(again.log.read(0, everything))).toBe(live);
      again.close();
    });

    it('[IN1] keeps a transaction whole: log, ring, head and records', () => {
      const { open } = setUp();
      const store = open();
      store.log.append(pulses(2));
      store.cursors.set('flower_room', { epoch: store.log.epoch, lsn: 1 });
      const heads: Lsn[] = [];
      const watching = store.log.head$.subscribe((head) => heads.push(head));
      const fail = (): void =>
        store.transact(() => {
          expect(numbers(store.log.append([note('never was')]))).toEqual([3]);
          expect(numbers(store.log.read(2, everything))).toEqual([3]);
          store.cursors.set('flower_room', { epoch: store.log.epoch, lsn: 2 });
          store.commands.put(command(store, 'cmd-00000001', 2));
          store.documents.put('a'.repeat(64), '{}');
          store.checkpoints.put(checkpoint(store, 2));
          store.terms.raise();
          throw new Error('half way');
        });
      expect(fail).toThrow('half way');
      expect([store.log.head, store.terms.last, heads]).toEqual([2, 0, []]);
      expect(numbers(store.log.read(0, everything))).toEqual([1, 2]);
      expect(store.cursors.get('flower_room')?.lsn).toBe(1);
      expect(store.commands.get('cmd-00000001')).toBeNull();
      expect(store.commands.open()).toEqual([]);
      expect(store.documents.get('a'.repeat(64))).toBeNull();
      expect(store.checkpoints.list('flower_room')).toEqual([]);
      const [next] = store.log.append([note('this was')]);
      expect([next?.lsn, heads]).toEqual([3, [3]]);
      watching.unsubscribe();
      store.close();
      const again = open();
      expect(again.log.read(2, everything)).toEqual([next]);
      expect([again.terms.last, again.checkpoints.newest('flower_room')]).toEqual([0, null]);
      again.close();
    });

    it('[IG4] keeps how far a source is with what else the transaction stores, or not at all', () => {
      const { open } = setUp();
      const store = open();
      const outcome = { lsn: 1, live: 1, late: 0, refusedCount: 0, refused: [] };
      const record = { seq: 1, position: 'row 7', recent: [{ seq: 1, hash: 'a'.repeat(64), outcome }] };
      store.transact(() => {
        store.log.append(pulses(1));
        store.sources.put('zigbee', record);
      });
      const failing = (): void =>
        store.transact(() => {
          store.log.append(pulses(1));
          store.sources.put('zigbee', { ...record, seq: 2 });
          throw new Error('not today');
        });
      expect(failing).toThrow('not today');
      expect([store.sources.get('zigbee'), store.sources.get('none'), store.log.head]).toEqual([record, null, 1]);
      store.close();
      const again = open();
      expect(again.sources.get('zigbee')).toEqual(record);
      again.close();
    });

    it('[CU2] keeps named cursors, by name, until they are removed', () => {
      const { open } = setUp();
      const store = open();
      const cursor = { name: 'history', node: 'bridge', epoch: store.log.epoch, lsn: 3, committedAt: 1000 };
      store.namedCursors.put({ ...cursor, name: 'webhooks' });
      store.namedCursors.put({ ...cursor, lsn: 2 });
      store.namedCursors.put(cursor);
      store.close();
      const again = open();
      expect(again.namedCursors.list()).toEqual([cursor, { ...cursor, name: 'webhooks' }]);
      again.namedCursors.remove('webhooks');
      expect([again.namedCursors.get('history'), again.namedCursors.get('webhooks')]).toEqual([cursor, null]);
      again.close();
    });

    it('[CU6] reports how far the log is on disk whenever that has moved', async () => {
      const { open } = setUp();
      const store = open();
      const told: Lsn[] = [];
      const watching = store.durable$.subscribe((durable) => told.push(durable));
      store.log.append(pulses(2));
      await store.sync();
      await store.sync();
      store.log.append(pulses(1));
      await store.sync();
      expect(told).toEqual([2, 3]);
      watching.unsubscribe();
      store.close();
    });

    it('refuses a transaction within a transaction, and undoes the outer one', () => {
      const { open } = setUp();
      const store = open();
      const nested = (): void =>
        store.transact(() => {
          store.log.append(pulses(1));
          store.transact(() => undefined);
        });
      expect(nested).toThrow('not re-entrant');
      expect(store.log.head).toBe(0);
      store.close();
    });

    it('[IN3] reports the head once a transaction is over, when its entries can be read', () => {
      const { open } = setUp();
      const store = open();
      const seen: (readonly Lsn[])[] = [];
      const watching = store.log.head$.subscribe(() => seen.push(numbers(store.log.read(0, everything))));
      const within = store.transact(() => {
        store.log.append(pulses(1));
        store.log.append(pulses(2));
        return seen.length;
      });
      expect(within).toBe(0);
      expect(seen).toEqual([[1, 2, 3]]);
      watching.unsubscribe();
      store.close();
    });

    it('never reports an older head after a newer one, though a reader appends during the notification', () => {
      const { open } = setUp();
      const store = open();
      const heads: Lsn[] = [];
      const first = store.log.head$.subscribe((head) => {
        if (head === 1) store.log.append(pulses(1));
      });
      const second = store.log.head$.subscribe((head) => heads.push(head));
      store.log.append(pulses(1));
      expect(heads).toEqual([1, 2]);
      first.unsubscribe();
      second.unsubscribe();
      store.close();
    });

    it('[EV2] reads by the same cursor from memory and from disk, whatever the size of the steps', () => {
      const { open } = setUp();
      const store = open({ ringBytes: 2000 });
      for (let index = 1; index <= 60; index += 1) store.log.append([note(`number ${index}`)]);
      for (const limit of [1, 7, 64]) {
        const read: Entry[] = [];
        for (let next = store.log.read(0, { entries: limit, bytes: 1e6 }); next.length > 0;) {
          expect(next.length).toBeLessThanOrEqual(limit);
          read.push(...next);
          next = store.log.read(read.length, { entries: limit, bytes: 1e6 });
        }
        expect(numbers(read)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
        expect(read.map((entry) => (entry.kind === 'note' ? entry.text : ''))).toEqual(
          Array.from({ length: 60 }, (_, index) => `number ${index + 1}`),
        );
      }
      expect(store.log.read(60, everything)).toEqual([]);
      expect(store.log.read(61, everything)).toEqual([]);
      store.close();
    });

    it('returns no more than the bytes asked for, but always one entry', () => {
      const { open } = setUp();
      for (const ringBytes of [1, 1e6]) {
        const store = open({ ringBytes });
        const from = store.log.head;
        store.log.append([note('x'.repeat(1000)), note('y'.repeat(1000)), note('z'.repeat(1000))]);
        expect(store.log.read(from, { entries: 10, bytes: 10 })).toHaveLength(1);
        expect(store.log.read(from, { entries: 10, bytes: 2500 })).toHaveLength(2);
        expect(store.log.read(from, { entries: 0, bytes: 2500 })).toHaveLength(0);
        store.close();
      }
    });

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
      // A reader that has not got so far learns of the loss in its place.
      const [lost, next] = store.log.read(3, { entries: 2, bytes: 1e6 });
      expect(lost).toMatchObject({ lsn: cut?.to, kind: 'gap', from: 4, to: cut?.to });
      expect(next?.lsn).toBe((cut?.to ?? 0) + 1);
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

const command = (store: HubStore, id: string, accepted: Lsn): CommandRecord => ({
  id,
  device: 'flower_room/heater',
  value: true,
  op: 'set',
  by: 'node:automation-1',
  why: textReason('too cold'),
  cause: { epoch: store.log.epoch, lsn: 1 },
  term: 1,
  scope: 'flower_room',
  accepted: { epoch: store.log.epoch, lsn: accepted },
  stage: 'requested',
  end: null,
});

const checkpoint = (store: HubStore, cursor: Lsn): StoredCheckpoint => ({
  scope: 'flower_room',
  epoch: store.log.epoch,
  cursor,
  at: 0,
  bundle: 'b'.repeat(64),
  site: 's'.repeat(64),
  engine: '1',
  hash: `hash-${cursor}`,
  state: `{"after":${cursor}}`,
});

/** Clocks that stand still until a test moves them. */
export const createStillClock = (): { readonly clock: HubClock; readonly hands: { wall: number; up: number } } => {
  const hands = { wall: 1_700_000_000_000, up: 0 };
  return { clock: { at: () => hands.wall, up: () => hands.up }, hands };
};
