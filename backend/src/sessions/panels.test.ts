import { textReason, type NodeMessages } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createHubFixture, everything } from './testing/hub-fixture.ts';

type Hub = ReturnType<typeof createHubFixture>;

const alarmsOf = ({ store }: Hub) => store.log.read(0, { entries: 10_000, bytes: 1e7 }).filter(({ kind }) => kind === 'alarm');
const run = (n: number): string => `run-${String(n).padStart(8, '0')}`;

/** Every event that a node may send, as a panel that means harm would; a new event needs its line here. */
const harmful = ({ store: { log } }: Hub): { readonly [K in keyof NodeMessages]: readonly unknown[] } => {
  const alarms = ['active', 'cleared', 'active'].map((state) => ({
    alarm: 'room/heat/unknown',
    state,
    priority: 'P1',
    why: textReason('fire'),
  }));
  const commit = { sub: 'all', seq: 1, epoch: log.epoch, cursor: log.head, commands: [], alarms, values: [] };
  return {
    commit: [commit, { ...commit, term: 1 }, { ...commit, term: null }, { ...commit, sub: 'none', term: 1, cursor: 0 }],
    heartbeat: [{ n: 1, t: 1, term: 1 }, { n: -1 }],
    subscribe: [everything('more'), everything('all'), { ...everything('x'), filter: { kinds: ['alarm'] } }],
    unsubscribe: [{ sub: 'all' }, { sub: 'none' }],
    watch: [{ watch: 'w1', target: { bus: 'line' } }, { watch: 'w1' }],
    unwatch: [{ watch: 'w1' }, { watch: 'none' }],
    attach: [{ source: 'shed' }],
    ingest: [{ source: 'shed', seq: 1, frames: [{ readings: { 'room/front/temperature': { v: 99 } } }] }],
  };
};

describe('a panel', () => {
  it.each(['viewer', 'of-technician'])('[AL2] [GR3] raises no alarm when two runs of its name come in turn, as %s', (token) => {
    const hub = createHubFixture();
    const panels = Array.from({ length: 40 }, (_, index) => {
      hub.time.up += 1000;
      hub.refresh();
      return hub.connect({ nodeId: 'panel-0123abcd', run: run(index % 2), attempt: index + 1, token });
    });
    hub.refresh();
    expect(panels.some(({ farewell }) => farewell?.code === 'duplicate-node')).toBe(true);
    expect(alarmsOf(hub)).toEqual([]);
    expect(hub.view.alarms()).toEqual([]);
  });

  it('[AL2] [GR3] raises no alarm when 40 runs of its name come one after the other and break off', () => {
    const hub = createHubFixture();
    for (let n = 0; n < 40; n += 1) {
      hub.time.up += 500;
      const panel = hub.connect({ nodeId: 'panel-0123abcd', run: run(n) });
      if (n % 3 === 0) panel.closed();
      if (n % 3 === 1) hub.tickHeartbeat(1000);
      hub.pulse();
    }
    expect(alarmsOf(hub)).toEqual([]);
  });

  it('[AL2] raises no alarm by anything that it sends', () => {
    const events = Object.keys(harmful(createHubFixture())) as (keyof NodeMessages)[];
    for (const event of [...events, 'alarm', 'entries', 'lease']) {
      const count = event in harmful(createHubFixture()) ? harmful(createHubFixture())[event as keyof NodeMessages].length : 1;
      for (let at = 0; at < count; at += 1) {
        const hub = createHubFixture();
        hub.pulse(3);
        const panel = hub.connect({ nodeId: 'panel-1', subscriptions: [everything('all')] });
        const payloads: { readonly [name: string]: readonly unknown[] } = harmful(hub);
        panel.receive(event, payloads[event]?.[at] ?? { alarm: 'room/heat', state: 'active', priority: 'P1' });
        hub.pulse();
        expect([event, at, alarmsOf(hub)]).toEqual([event, at, []]);
      }
    }
  });

  it('[AL2] raises no alarm while a service holds the lease whose term it names', () => {
    const hub = createHubFixture();
    const lease = { scope: 'room' };
    const service = hub.connect({ nodeId: 'automation-1', role: 'automation', run: run(9), subscriptions: [everything('all')], lease });
    const panel = hub.connect({ nodeId: 'panel-1', subscriptions: [everything('all')] });
    const [{ lease: grant } = {}] = service.got('welcome');
    expect(grant?.term).toBe(1);
    for (const payload of harmful(hub).commit) panel.receive('commit', payload);
    hub.pulse();
    expect(alarmsOf(hub)).toEqual([]);
    expect(service.farewell).toBeNull();
  });
});
