import { millis, type DeviceValue } from '@phloem/protocol';
import type { DeviceSpec } from '../../site/site.ts';
import type { RegisterPlace } from '../../site/register.ts';
import type { Told, WriteFate } from './fake-field.ts';
import { createGateFixture, toSpec } from './gate-fixture.ts';

export const holding = (address: number, scale = 0.1): RegisterPlace => ({
  bus: 'bus',
  unit: 1,
  register: { ...toSpec().write.register, table: 'holding', address, type: 'u16', scale },
});

export const percent = (part: Partial<DeviceSpec> = {}): DeviceSpec =>
  toSpec({ kind: 'percent', write: holding(0), readBack: holding(0), failSafe: { after: millis(10_000), value: 0 }, ...part });

/** A hub that has read a device which does with a value as `reads` says. */
export const started = async (
  spec: DeviceSpec,
  reads?: (told: Told) => DeviceValue,
  output: DeviceValue = spec.kind === 'switch' ? false : 0,
) => {
  const hub = createGateFixture({ devices: [spec], outputs: { [spec.id]: output } });
  if (reads !== undefined) hub.field.reads.set(spec.id, reads);
  await hub.serveAll();
  const term = hub.join();
  hub.renew(term);
  /** A second of a healthy engine and of polls, looked at as often as the hub looks. */
  const live = async (count: number, fate?: WriteFate): Promise<void> => {
    for (let tenth = 0; tenth < count * 10; tenth += 1) {
      if (tenth % 10 === 0) {
        hub.pulse();
        hub.renew(term);
        hub.field.report(spec);
      }
      await hub.time.advance(100);
      await hub.serveAll(fate);
    }
  };
  return { ...hub, term, live, values: () => hub.field.ledger.map(({ value }) => value) };
};

export const number = (value: DeviceValue): number => Number(value);
