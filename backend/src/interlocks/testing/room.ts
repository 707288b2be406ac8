import { millis, textReason, type EntryDraft, type Reading } from '@phloem/protocol';
import { compileInterlocks, readDocuments, toSiteModel, type InterlockPlan } from '@phloem/rules';
import { toSpec } from '../../devices/testing/gate-fixture.ts';
import type { DeviceSpec } from '../../site/site.ts';

export const heater = 'room/heater';
export const lamp = 'room/lamp';

const drive = {
  bus: 'bus',
  unit: 2,
  register: { table: 'holding', address: 0, type: 'u16', wordOrder: 'ABCD', scale: 0.1, offset: 0, sentinels: [] },
} as const;

/** A light in per cent, left as it is by fail-safe. */
export const toLamp = (part: Partial<DeviceSpec> = {}): DeviceSpec =>
  toSpec({
    id: lamp,
    title: 'Lamp',
    kind: 'percent',
    write: drive,
    readBack: drive,
    failSafe: { after: millis(10_000), hold: 'light harms nobody', maxHold: millis(60_000), then: 50 },
    ...part,
  });

export const doorOff = '{ id: door, when: door, force: { device: room/heater, value: off }, alarm: { priority: P2, text: Door open } }';
export const doorLatch = doorOff.replace('when:', 'latch: { resetBy: operator, whenClear: 5s }, when:');
export const hotLamp = "{ id: hot, when: 'temp > degC(36.0)', limit: { device: room/lamp, max: 40 } }";

/** The interlocks of a room with a thermometer and a door. */
export const toPlan = (interlocks: readonly string[], devices: readonly DeviceSpec[] = [toSpec(), toLamp()]): InterlockPlan => {
  const signals =
    'apiVersion: phloem/v1\nkind: Signals\nmetadata: { id: room/eyes }\nspec:\n  inputs:\n    temp: { point: room/air/temperature, maxAge: 15s }\n    door: { point: room/door/open, maxAge: 60s }\n';
  const safety = `apiVersion: phloem/v1\nkind: Interlocks\nmetadata: { id: room/safety }\nspec:\n  use: { signals: room/eyes }\n  interlocks:\n${interlocks.map((one) => `    - ${one}\n`).join('')}`;
  const points = [
    { id: 'room/air/temperature', quantity: 'temperature' },
    { id: 'room/door/open', quantity: 'boolean' },
  ] as const;
  const model = toSiteModel({ points, devices, timeZone: 'UTC', isDemonstration: false });
  if (interlocks.length === 0) return compileInterlocks([], model);
  return compileInterlocks(
    readDocuments([
      { path: 'eyes.yaml', text: signals },
      { path: 'safety.yaml', text: safety },
    ]),
    model,
  );
};

const toReading = (v: number | boolean | null): Reading =>
  v === null ? { v, q: 'bad', why: textReason('out of range') } : { v, q: 'good' };

export const toDoor = (isOpen: boolean | null): EntryDraft => ({
  kind: 'sensor',
  location: 'room',
  cluster: 'door',
  readings: { open: toReading(isOpen) },
});

export const toTemperature = (value: number | null): EntryDraft => ({
  kind: 'sensor',
  location: 'room',
  cluster: 'air',
  readings: { temperature: toReading(value) },
});
