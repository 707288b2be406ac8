import { type Author, hours } from '@phloem/protocol';
import { toDoor } from '../../interlocks/testing/room.ts';
import type { DeviceSpec } from '../../site/site.ts';
import { FakeField } from './fake-field.ts';
import { createGateFixture, toSpec, type GateFixtureOptions } from './gate-fixture.ts';
import { VirtualTime } from './virtual-time.ts';

export const heater = 'room/heater';
export const anna: Author = { kind: 'user', id: 'anna' };
export const off = { value: false, reason: 'filter change', forMs: hours(1) } as const;
export const on = { ...off, value: true } as const;

/** A hub with its outputs read and a service that holds the lease; the heater was requested on, and is. */
export const running = async (part: Partial<DeviceSpec> = {}, options: GateFixtureOptions = {}) => {
  const hub = createGateFixture({ devices: [toSpec(part)], outputs: { [heater]: part.protectCompressor === true }, ...options });
  await hub.serveAll();
  hub.gate.acknowledge(heater, anna);
  hub.store.log.append([toDoor(false)]);
  const term = hub.join();
  hub.renew(term);
  hub.commit(term, hub.toFrame(true));
  await hub.serveAll();
  hub.field.ledger.length = 0;
  return { ...hub, term, values: () => hub.field.ledger.map(({ value }) => value) };
};

/** The same disk and outputs under a new process, `awayMs` later. */
export const restart = async (hub: Awaited<ReturnType<typeof running>>, awayMs = 1000, part: Partial<DeviceSpec> = {}) => {
  hub.endRun();
  const time = new VirtualTime({ up: hub.time.clock.up() + awayMs, at: hub.time.clock.at() + awayMs });
  const field = new FakeField(time.clock);
  for (const [id, value] of hub.field.outputs) field.outputs.set(id, value);
  return createGateFixture({ devices: [toSpec(part)], disk: hub.store.disk, time, field, bootId: 'boot-2' });
};
