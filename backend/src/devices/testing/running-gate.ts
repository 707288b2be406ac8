import type { DeviceSpec } from '../../site/site.ts';
import { FakeField } from './fake-field.ts';
import { createGateFixture, toSpec, type GateFixtureOptions } from './gate-fixture.ts';
import { VirtualTime } from './virtual-time.ts';

export const heater = 'room/heater';

/** A hub with its outputs read and a service that holds the lease; the heater was requested on, and is. */
export const running = async (part: Partial<DeviceSpec> = {}, options: GateFixtureOptions = {}) => {
  const hub = createGateFixture({ devices: [toSpec(part)], outputs: { [heater]: false }, ...options });
  await hub.serveAll();
  const term = hub.join();
  hub.renew(term);
  const on = hub.toFrame(part.kind === 'percent' ? 80 : true);
  hub.commit(term, on);
  await hub.serveAll();
  hub.field.ledger.length = 0;
  return { ...hub, term, on };
};

/** The same disk and outputs under a new process, `awayMs` later. */
export const restart = async (
  hub: Awaited<ReturnType<typeof running>>,
  { awayMs = 1000, part = {}, wallStep = 0 }: { awayMs?: number; part?: Partial<DeviceSpec>; wallStep?: number } = {},
) => {
  hub.endRun();
  const time = new VirtualTime({ up: hub.time.clock.up() + awayMs, at: hub.time.clock.at() + awayMs + wallStep });
  const field = new FakeField(time.clock);
  for (const [id, value] of hub.field.outputs) field.outputs.set(id, value);
  return createGateFixture({ devices: [toSpec(part)], disk: hub.store.disk, time, field, bootId: 'boot-2' });
};
