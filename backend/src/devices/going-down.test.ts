import { millis, seconds, type DeviceValue } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { DeviceSpec } from '../site/site.ts';
import type { RegisterPlace } from '../site/register.ts';
import { echoed, refusedWrite, stuck, type Told, type WriteFate } from './testing/fake-field.ts';
import { createGateFixture, toSpec } from './testing/gate-fixture.ts';
import { settle } from './testing/virtual-time.ts';

const holding = (address: number): RegisterPlace => ({
  bus: 'bus',
  unit: 1,
  register: { ...toSpec().write.register, table: 'holding', address, type: 'u16', scale: 0.1 },
});

type Case = {
  readonly name: string;
  readonly spec: DeviceSpec;
  readonly found: DeviceValue;
  readonly asked: DeviceValue;
  readonly fate?: WriteFate;
  readonly reads?: (told: Told) => DeviceValue;
};

const failSafe = { after: millis(2000), value: 20 };
const percent = (part: Partial<DeviceSpec>): DeviceSpec =>
  toSpec({ kind: 'percent', write: holding(0), readBack: holding(0), failSafe, ...part });

/** A drive that turns 2 % faster or slower in each second. */
const turning = ({ value, before, sinceMs }: Told): DeviceValue => {
  const way = Number(value) - Number(before);
  return Number(before) + Math.sign(way) * Math.min(Math.abs(way), sinceMs / 500);
};
const drive = percent({ readBack: holding(1), settle: seconds(60), refresh: seconds(1), failSafe: { ...failSafe, value: 90 } });
const switched = toSpec({ failSafe: { after: millis(2000), value: false } });
const vent = toSpec({
  kind: 'three-point',
  failSafe: { after: millis(2000), value: 0 },
  threePoint: { closing: { write: toSpec().write, readBack: toSpec().readBack }, travel: seconds(60), reversePause: seconds(2) },
});
const relays = { 'room/heater#open': false, 'room/heater#close': false };

const cases: readonly Case[] = [
  { name: 'a switch', spec: switched, found: false, asked: true },
  { name: 'a relay that does not move', spec: switched, found: true, asked: false, fate: stuck },
  { name: 'a device that refuses', spec: switched, found: true, asked: false, fate: refusedWrite },
  { name: 'a drive on its way', spec: drive, found: 20, asked: 60, reads: turning },
  { name: 'a ramp', spec: percent({ slewPerS: 1 }), found: 20, asked: 60 },
  { name: 'a valve', spec: vent, found: false, asked: 80 },
  { name: 'a pulse', spec: { ...switched, kind: 'momentary' }, found: false, asked: true },
];

/** A hub that is asked for a value, and left alone after a second; `turns` answers or tenths of a second later it goes down. */
const goDown = async ({ spec, found, asked, fate = echoed, reads }: Case, turns: number, how: 'drain' | 'driveSafe') => {
  const hub = createGateFixture({ devices: [spec], outputs: { [spec.id]: found, ...(spec.threePoint !== undefined && relays) } });
  if (reads !== undefined) hub.field.reads.set(spec.id, reads);
  await hub.serveAll(fate);
  const term = hub.join();
  hub.renew(term);
  const turn = async (): Promise<void> => {
    if (hub.field.serve({ fate }) === null) await hub.time.advance(100);
    await settle();
  };
  hub.commit(term, hub.toFrame(asked, { op: spec.kind === 'momentary' ? 'momentary' : 'set' }));
  for (let count = 0; count < turns; count += 1) await turn();
  const down = { isIt: false };
  const since = hub.time.clock.up();
  void hub.gate[how]().then(() => {
    down.isIt = true;
  });
  await settle();
  while (!down.isIt && hub.time.clock.up() - since < 60_000) await turn();
  return { hub, isDown: down.isIt, tookMs: hub.time.clock.up() - since };
};

describe.each(cases)('$name, when the hub goes down', (one) => {
  it.each(['drain', 'driveSafe'] as const)('[DR1] [CO6] %s ends each command once, and soon, at whatever moment', async (how) => {
    for (let turns = 0; turns < 60; turns += 1) {
      const { hub, isDown, tookMs } = await goDown(one, turns, how);
      expect([turns, isDown, hub.store.commands.open()]).toEqual([turns, true, []]);
      // The process gives it 4 s.
      expect(tookMs).toBeLessThan(3500);
      const accepted = hub.deviceEntries().flatMap(({ id, phase }) => (id !== undefined && phase === 'requested' ? [id] : []));
      for (const id of accepted) expect([turns, id, hub.endsOf(id)]).toEqual([turns, id, [expect.any(String)]]);
      const moving = Object.keys(relays).filter((id) => hub.field.outputs.get(id) === true);
      expect([turns, moving]).toEqual([turns, []]);
      hub.endRun();
    }
  });
});
