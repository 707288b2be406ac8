import { millis } from '@phloem/protocol';
import type { DeviceSpec, PointSpec, Site } from '@phloem/backend';

type Register = Extract<PointSpec['source'], { kind: 'register' }>['register'];

const register = (address: number, over: Partial<Register> = {}): Register => ({
  table: 'holding',
  address,
  type: 'u16',
  wordOrder: 'ABCD',
  scale: 1,
  offset: 0,
  sentinels: [],
  ...over,
});

/** A point that is read from a holding register. */
export const toPoint = (unit: number, address: number, intervalMs: number, over: Partial<Register> = {}): PointSpec => ({
  id: `house/u${unit}/r${address}`,
  location: 'house',
  cluster: `u${unit}`,
  measurement: `r${address}`,
  quantity: 'number',
  title: `r${address}`,
  decimals: 0,
  intervalMs: millis(intervalMs),
  range: { min: -1e12, max: 1e12 },
  source: { kind: 'register', instrument: `i${unit}`, bus: 'line', unit, register: register(address, over) },
});

/** A switch that is written at a coil of a unit. It is read back rarely, so that the polls of the points are what counts. */
export const toSwitch = (unit: number): DeviceSpec => ({
  id: 'house/heater',
  location: 'house',
  title: 'Heater',
  kind: 'switch',
  write: { bus: 'line', unit, register: register(0, { table: 'coil', type: 'bit' }) },
  readBack: { bus: 'line', unit, register: register(0, { table: 'coil', type: 'bit' }) },
  pollMs: millis(60_000),
  failSafe: { after: millis(10_000), value: false },
  restart: 'automatic',
  minOn: millis(0),
  minOff: millis(0),
  power: null,
  merge: 'exclusive',
});

/** A site of one bus. */
export const toUnitSite = (
  transport: Site['buses'][number]['transport'],
  parts: { readonly points: readonly PointSpec[]; readonly devices?: readonly DeviceSpec[]; readonly answerTimeoutMs: number },
): Site => ({
  hash: '0'.repeat(64),
  title: 'House',
  timeZone: 'UTC',
  isDemonstration: false,
  locations: [{ id: 'house', title: 'House' }],
  buses: [{ id: 'line', transport, connectTimeoutMs: millis(2000), answerTimeoutMs: millis(parts.answerTimeoutMs) }],
  points: parts.points,
  devices: parts.devices ?? [],
});
