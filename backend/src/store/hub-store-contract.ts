import { textReason, type Entry, type EntryDraft, type Lsn } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { describeLifetime } from './hub-store-lifetime-contract.ts';
import { type StoreBench, everything, numbers, pulses, note, command, checkpoint } from './testing/store-bench.ts';

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
        readings: { temperature: { v: -0, q: 'good' }, ppfd: { v: null, q: 'bad', why: textReason('no answer') } },
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

    it('[NO10] keeps what the notifications remember', () => {
      const { open } = setUp();
      const store = open();
      expect(store.notifications.get()).toBeNull();
      store.notifications.put('first');
      store.notifications.put('second');
      store.close();
      const again = open();
      expect(again.notifications.get()).toBe('second');
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
  });
  describeLifetime(name, setUp);
}
