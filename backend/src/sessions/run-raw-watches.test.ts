import type { HubMessage, WatchRequest } from '@phloem/protocol';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createFakeBusDiagnostics, fakePlace, toFakeTransaction } from '../field/testing/fake-bus-diagnostics.ts';
import { createEventGate } from './event-gate.ts';
import { runRawWatches, type Watcher } from './run-raw-watches.ts';

/** Watches over a fake bus, under virtual time. */
const open = () => {
  const time = new VirtualTimeScheduler();
  const diagnostics = createFakeBusDiagnostics();
  const watches = runRawWatches({ diagnostics, clock: { up: () => time.now() }, scheduler: time });
  const told: HubMessage[] = [];
  const link = { isWritable: true };
  const watcher = (id = 's1', locations?: readonly string[]): Watcher => ({
    id,
    locations,
    get isWritable() {
      return link.isWritable;
    },
    send: (message) => void told.push(message),
  });
  const of = <E extends HubMessage['event']>(event: E) =>
    told.flatMap((message) => (message.event === event ? [message.payload as Extract<HubMessage, { event: E }>['payload']] : []));
  return {
    diagnostics,
    watches,
    link,
    watcher,
    of,
    items: () => of('transactions').flatMap(({ items }) => items.map(({ n }) => n)),
    dropped: () => of('transactions').reduce((sum, { dropped }) => sum + dropped, 0),
    pass: (ms: number) => {
      time.maxFrames = time.frame + ms;
      time.flush();
      time.frame = time.maxFrames;
    },
  };
};
const ofUnit: WatchRequest = { watch: 'raw', target: { bus: 'line', unit: 3 } };
const allowed = ['technician', 'engineer', 'admin'] as const;
const refused = ['viewer', 'automation', 'relay', 'ingest'] as const;
const fast: WatchRequest = { watch: 'fast', target: { point: fakePlace.id, isFast: true } };

describe('a raw watch', () => {
  it('[LA4] sees what happens from now on, and as much of the past as it asks for', () => {
    const hub = open();
    for (let n = 1; n <= 3; n += 1) hub.diagnostics.happen(toFakeTransaction(n));
    hub.watches.watch(hub.watcher(), { ...ofUnit, recent: 2 });
    hub.diagnostics.happen(toFakeTransaction(4));
    hub.diagnostics.happen(toFakeTransaction(5, { unit: 9 }));
    hub.pass(250);
    expect(hub.of('watching')).toMatchObject([{ watch: 'raw', state: 'on', bus: 'line', unit: 3, forMs: 120_000 }]);
    expect(hub.items()).toEqual([2, 3, 4]);
    expect(hub.dropped()).toBe(0);
  });

  it('[LA4] ends by itself after two minutes, announces that, and then costs nothing', () => {
    const hub = open();
    hub.watches.watch(hub.watcher(), ofUnit);
    hub.pass(119_900);
    expect(hub.diagnostics.isWatched()).toBe(true);
    hub.pass(500);
    expect(hub.of('watching').at(-1)).toMatchObject({ watch: 'raw', state: 'ended', why: /two minutes/ });
    expect(hub.diagnostics.isWatched()).toBe(false);
    hub.diagnostics.happen(toFakeTransaction(1));
    hub.pass(1000);
    expect(hub.items()).toEqual([]);
  });

  it('[LA4] goes on for two minutes more each time that it is renewed, and sends nothing twice', () => {
    const hub = open();
    hub.watches.watch(hub.watcher(), ofUnit);
    hub.diagnostics.happen(toFakeTransaction(1));
    for (let turn = 0; turn < 4; turn += 1) {
      hub.pass(100_000);
      hub.watches.watch(hub.watcher(), ofUnit);
    }
    hub.diagnostics.happen(toFakeTransaction(2));
    hub.pass(250);
    expect(hub.items()).toEqual([1, 2]);
  });

  it('[LA4] drops the oldest for somebody who reads slowly, and counts them', () => {
    const hub = open();
    hub.watches.watch(hub.watcher(), ofUnit);
    hub.link.isWritable = false;
    for (let n = 1; n <= 10_000; n += 1) hub.diagnostics.happen(toFakeTransaction(n));
    hub.pass(10_000);
    expect(hub.items()).toEqual([]);
    hub.link.isWritable = true;
    hub.pass(250);
    const items = hub.items();
    expect(items.length).toBeLessThanOrEqual(256);
    expect(items.at(-1)).toBe(10_000);
    expect(items.length + hub.dropped()).toBe(10_000);
    expect(JSON.stringify(hub.of('transactions')[0]).length).toBeLessThan(128 * 1024);
  });

  it('[LA4] is gone with its session', () => {
    const hub = open();
    hub.watches.watch(hub.watcher(), ofUnit);
    hub.watches.watch(hub.watcher('s2'), ofUnit);
    hub.watches.forget('s1');
    hub.diagnostics.happen(toFakeTransaction(1));
    hub.pass(250);
    expect(hub.of('transactions')).toHaveLength(1);
    hub.watches.forget('s2');
    expect(hub.diagnostics.isWatched()).toBe(false);
  });

  it('[LA4] of a bus that is not there, or of too many, is refused in words and ends nothing else', () => {
    const hub = open();
    hub.watches.watch(hub.watcher(), { watch: 'x', target: { bus: 'nowhere' } });
    for (let n = 0; n < 5; n += 1) hub.watches.watch(hub.watcher(), { watch: `w${n}`, target: { bus: 'line' } });
    const answers = hub.of('watching');
    expect(answers[0]).toMatchObject({ watch: 'x', state: 'refused', why: /no bus nowhere; it has line/ });
    expect(answers.slice(1).map(({ state }) => state)).toEqual(['on', 'on', 'on', 'on', 'refused']);
  });

  it('[SE5] of a technician elsewhere is refused', () => {
    const hub = open();
    hub.watches.watch(hub.watcher('s1', ['nursery']), ofUnit);
    hub.watches.watch(hub.watcher('s2', ['flower_room']), ofUnit);
    expect(hub.of('watching').map(({ state }) => state)).toEqual(['refused', 'on']);
  });
});

describe('who may watch', () => {
  it.each(allowed)('[PI4] a session of the role %s may', (role) => {
    const gate = createEventGate(role);
    expect([gate('watch', ofUnit, 0).event, gate('unwatch', { watch: 'raw' }, 0).event]).toEqual(['watch', 'unwatch']);
  });

  it.each(refused)('[PI4] a session of the role %s may not', (role) => {
    const gate = createEventGate(role);
    expect(() => gate('watch', ofUnit, 0)).toThrow(`the role ${role} may not send watch`);
    expect(() => gate('unwatch', { watch: 'raw' }, 0)).toThrow(`the role ${role} may not send unwatch`);
  });

  it('[PI4] what is no watch is refused before anybody looks at it', () => {
    const gate = createEventGate('admin');
    expect(() => gate('watch', { watch: 'raw', target: { bus: 'line', unit: 300 } }, 0)).toThrow(/watch/);
    expect(() => gate('watch', { watch: 'raw', target: {} }, 0)).toThrow(/watch/);
    expect(() => gate('watch', { ...ofUnit, recent: 51 }, 0)).toThrow(/watch/);
  });
});

describe('a fast watch of a point', () => {
  it('[LA4] reads it five times a second, says what that costs, and returns by itself', async () => {
    const hub = open();
    hub.watches.watch(hub.watcher(), fast);
    for (let turn = 0; turn < 10; turn += 1) {
      hub.pass(200);
      // The read is a promise, which virtual time does not wait for.
      await new Promise(setImmediate);
    }
    expect(hub.of('watching')).toMatchObject([{ state: 'on', isFast: true, load: 0.06 }]);
    expect(hub.diagnostics.reads.length).toBe(10);
    hub.pass(120_000);
    await new Promise(setImmediate);
    const reads = hub.diagnostics.reads.length;
    hub.pass(10_000);
    expect(hub.diagnostics.reads.length).toBe(reads);
    expect(hub.of('watching').at(-1)).toMatchObject({ state: 'ended' });
  });

  it('[LA4] that would take more than half of the bus is refused', () => {
    const hub = open();
    const slow = { ...hub.diagnostics, cost: () => 0.9 };
    const watches = runRawWatches({ diagnostics: slow, clock: { up: () => 0 }, scheduler: new VirtualTimeScheduler() });
    watches.watch(hub.watcher(), fast);
    expect(hub.of('watching')).toMatchObject([{ state: 'refused', why: /90 % of the bus line/ }]);
    expect(hub.diagnostics.reads).toEqual([]);
  });

  it('[LA4] counts with those of everybody else on the same bus, until one of them ends', () => {
    const hub = open();
    const watches = runRawWatches({
      diagnostics: { ...hub.diagnostics, cost: () => 0.2 },
      clock: { up: () => 0 },
      scheduler: new VirtualTimeScheduler(),
    });
    for (const id of ['anna', 'ben', 'cleo']) watches.watch(hub.watcher(id), fast);
    expect(hub.of('watching').map(({ state }) => state)).toEqual(['on', 'on', 'refused']);
    expect(hub.of('watching').at(-1)?.why).toMatch(/20 % of the bus line, and other fast watches take 40 % already; at most 50 %/);
    watches.forget('anna');
    watches.watch(hub.watcher('cleo'), fast);
    expect(hub.of('watching').at(-1)).toMatchObject({ state: 'on' });
    // Renewing one's own counts nobody twice.
    watches.watch(hub.watcher('cleo'), fast);
    expect(hub.of('watching').at(-1)).toMatchObject({ state: 'on' });
    watches.close();
  });

  it('[LA4] lets its slots pass while all that is asked manually has taken its share', async () => {
    const hub = open();
    let isSpent = true;
    const time = new VirtualTimeScheduler();
    const watches = runRawWatches({
      diagnostics: { ...hub.diagnostics, isSpent: () => isSpent },
      clock: { up: () => time.now() },
      scheduler: time,
    });
    watches.watch(hub.watcher(), fast);
    const pass = async (ms: number): Promise<void> => {
      time.maxFrames = time.frame + ms;
      time.flush();
      time.frame = time.maxFrames;
      await new Promise(setImmediate);
    };
    await pass(1000);
    expect(hub.diagnostics.reads).toEqual([]);
    isSpent = false;
    await pass(200);
    expect(hub.diagnostics.reads).toHaveLength(1);
    watches.close();
  });
});
