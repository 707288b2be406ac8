import { millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { PointSpec, Site } from '../../site/site.ts';
import type { DialLink, LinkSignal } from '../bus/field-link.ts';
import { createVirtualScheduler } from '../testing/virtual-scheduler.ts';
import { openField } from './open-field.ts';

const units = [1, 2, 3];
const point = (unit: number): PointSpec => ({
  id: `house/u${unit}/a`,
  location: 'house',
  cluster: `u${unit}`,
  measurement: 'a',
  quantity: 'number',
  title: 'A',
  decimals: 0,
  intervalMs: millis(1_000),
  range: { min: 0, max: 65_535 },
  source: {
    kind: 'register',
    instrument: `i${unit}`,
    bus: 'line',
    unit,
    register: { table: 'input', address: 0, type: 'u16', wordOrder: 'ABCD', scale: 1, offset: 0, sentinels: [] },
  },
});

const site: Site = {
  hash: '0'.repeat(64),
  title: 'House',
  timeZone: 'Europe/Vienna',
  isDemonstration: false,
  locations: [{ id: 'house', title: 'House' }],
  buses: [
    {
      id: 'line',
      transport: { kind: 'tcp', host: 'gateway', port: 502 },
      connectTimeoutMs: millis(2_000),
      answerTimeoutMs: millis(500),
    },
  ],
  points: units.map(point),
  devices: [],
};

type Peer = { readonly dialled: (dials: number, tell: (signal: LinkSignal) => void) => void; readonly answers: () => boolean };

/** A field whose one bus leads to this peer, from its opening on. */
const openOn = (createPeer: (scheduler: ReturnType<typeof createVirtualScheduler>) => Peer) => {
  const scheduler = createVirtualScheduler();
  const peer = createPeer(scheduler);
  let dials = 0;
  const dial: DialLink = (tell) => {
    let isOver = false;
    const say = (signal: LinkSignal): void => {
      if (!isOver) tell(signal);
    };
    dials += 1;
    peer.dialled(dials, say);
    return {
      send: () => {
        if (peer.answers()) scheduler.schedule(() => say({ kind: 'answered', outcome: { kind: 'words', values: [7] } }), 5);
      },
      end: () => {
        isOver = true;
      },
    };
  };
  const field = openField(site, { scheduler, random: () => 0.5, dial: () => dial, wall: () => scheduler.now() });
  const alarms: string[] = [];
  const states: string[] = [];
  field.alarms$?.subscribe(({ alarm, state }) => {
    if (state === 'active') alarms.push(`${Math.round(scheduler.now() / 1000)} s ${alarm}`);
  });
  field.status$.subscribe(({ state }) => states.push(`${Math.round(scheduler.now() / 1000)} s ${state}`));
  field.frames$.subscribe();
  const runTo = async (untilMs: number): Promise<void> => {
    while (scheduler.now() < untilMs) {
      scheduler.advance();
      for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    }
  };
  return { field, scheduler, alarms, states, runTo, dials: () => dials, health: () => field.diagnostics.health()[0]?.state };
};

describe('a bus in the first seconds of the hub', () => {
  it('[FB6] raises no alarm when the first dial is refused and the second is answered', async () => {
    const bus = openOn((scheduler) => ({
      dialled: (dials, tell) =>
        void scheduler.schedule(() => tell(dials === 1 ? { kind: 'lost', why: 'connection refused' } : { kind: 'opened' }), 2),
      answers: () => true,
    }));
    await bus.runTo(100);
    expect(bus.health()).toBe('unknown');
    expect(bus.states).toEqual([]);
    await bus.runTo(10_000);
    expect(bus.dials()).toBe(2);
    expect(bus.alarms).toEqual([]);
    expect(bus.states.map((state) => state.split(' ')[2])).toEqual(bus.states.map(() => 'up'));
    expect(bus.health()).toBe('up');
    await bus.field.close();
  });

  it('[FB6] raises no alarm while no unit has answered yet', async () => {
    let isReady = false;
    const bus = openOn((scheduler) => ({
      dialled: (_, tell) => void scheduler.schedule(() => tell({ kind: 'opened' }), 2),
      answers: () => isReady,
    }));
    await bus.runTo(3_000);
    expect([bus.alarms, bus.states, bus.health()]).toEqual([[], [], 'unknown']);
    isReady = true;
    await bus.runTo(30_000);
    expect(bus.alarms.filter((alarm) => alarm.endsWith(' bus/line'))).toEqual([]);
    await bus.field.close();
  });

  it('[FB6] raises the alarm after 5 s when nobody ever answers', async () => {
    const bus = openOn((scheduler) => ({
      dialled: (_, tell) => void scheduler.schedule(() => tell({ kind: 'lost', why: 'connection refused' }), 2),
      answers: () => false,
    }));
    await bus.runTo(20_000);
    expect(bus.alarms).toEqual(['5 s bus/line']);
    expect(bus.states[0]).toBe('5 s down');
    expect(bus.health()).toBe('down');
    await bus.field.close();
  });

  it('[FB6] does not give up a dial because the hub itself was too busy to see it answered', async () => {
    const bus = openOn((scheduler) => ({
      // A name is looked up and then dialled: each is seen by the hub in a turn of its own.
      dialled: (_, tell) => void scheduler.schedule(() => void scheduler.schedule(() => tell({ kind: 'opened' }), 5), 1_990),
      answers: () => true,
    }));
    await bus.runTo(250);
    bus.scheduler.stall(3_000);
    await bus.runTo(10_000);
    expect(bus.dials()).toBe(1);
    expect(bus.alarms).toEqual([]);
    await bus.field.close();
  });
});
