import { textReason, type EntryDraft, type Reading } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createPointRegistry } from '../records/point-registry.ts';
import { testSite } from '../sessions/testing/hub-fixture.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import type { HubStore } from '../store/hub-store.ts';
import { HubView } from '../view/hub-view.ts';
import { activateSite } from './activate-site.ts';

const alarm = (name: string, state: 'active' | 'cleared'): EntryDraft => ({
  kind: 'alarm',
  alarm: name,
  state,
  priority: 'P2',
  by: { kind: 'hub' },
});
const confirmed = (value: boolean): EntryDraft => ({
  kind: 'device',
  device: 'flower_room/heater',
  phase: 'confirmed',
  value,
  by: { kind: 'hub' },
});
const pulses = (count: number): EntryDraft[] => Array.from({ length: count }, () => ({ kind: 'pulse' }));

const openStore = (): HubStore => createMemoryStore({ clock: { at: () => 0, up: () => 0 }, random: () => 0.5 });

/** A start of the hub on this store: what it knows, stored at once as a hub does. */
const start = (store: HubStore) => {
  const started = activateSite({ store, site: testSite, text: '{}' });
  store.standing.put(started.standing.toStored());
  const view = new HubView({ site: testSite, revision: started.revision, clock: store.clock, deviceStates: () => [] });
  started.view(view);
  return { ...started, view };
};

describe('how things stand after a start', () => {
  it('an alarm, the site and the bundle are known, though their entries are months old', () => {
    const store = openStore();
    start(store);
    store.log.append([
      alarm('device/flower_room/heater/latched', 'active'),
      alarm('bus/simulator/down', 'active'),
      { kind: 'bundle', scope: 'flower_room', hash: 'b'.repeat(64), revision: 7, mode: 'live' },
      alarm('bus/simulator/down', 'cleared'),
    ]);
    start(store);
    for (let n = 0; n < 3; n += 1) store.log.append(pulses(2500));
    const head = store.log.head;
    const { view, revision } = start(store);
    expect(revision).toBe(1);
    expect(store.log.head).toBe(head);
    expect(view.alarms()).toMatchObject([
      { alarm: 'device/flower_room/heater/latched', state: 'active', count: 1 },
      { alarm: 'bus/simulator/down', state: 'cleared', isAcknowledged: false },
    ]);
    expect(view.automation()).toMatchObject([{ scope: 'flower_room', bundle: { revision: 7 } }]);
  });

  it('a device counts from its last start or stop, not from the last time that it was seen', () => {
    const store = openStore();
    start(store);
    const [off, on, again] = store.log.append([confirmed(false), confirmed(true), confirmed(true)]);
    store.log.append(pulses(6000));
    start(store);
    store.log.append(pulses(6000));
    const { remembered } = start(store);
    // Its starts and stops of the last hour, and the newest that proves what it is.
    expect(remembered.filter(({ kind }) => kind === 'device')).toEqual([off, on, again]);
  });

  it('[RE7] a running total is known, though its meter has been silent for months', () => {
    const store = openStore();
    start(store);
    const tell = (readings: Readonly<Record<string, Reading>>): void => {
      store.log.append([{ kind: 'sensor', location: 'flower_room', cluster: 'meters', readings }]);
    };
    tell({ energy: { v: 5, q: 'good', counter: 500 }, water: { v: 2, q: 'good', counter: 20 } });
    tell({ energy: { v: 6, q: 'good', counter: 600 } });
    tell({ energy: { v: null, q: 'stale', why: textReason('no longer read') } });
    start(store);
    store.log.append(pulses(6000));
    start(store);
    store.log.append(pulses(6000));
    const { remembered, standing } = start(store);
    expect(remembered.some(({ kind }) => kind === 'sensor')).toBe(false);
    const registry = createPointRegistry(store.clock, 'UTC');
    for (const entry of standing.totals()) registry.apply(entry);
    expect(registry.stored('flower_room/meters/energy')).toMatchObject({ v: 6, counter: 600 });
    expect(registry.stored('flower_room/meters/water')).toMatchObject({ v: 2, counter: 20 });
  });

  it('what was stored of a log that a power cut has shortened is left aside', () => {
    const store = openStore();
    store.standing.put({ lsn: 10, entries: [] });
    expect(store.standing.get()).toBeNull();
  });
});
