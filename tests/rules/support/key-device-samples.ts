import type { World } from './key-effects.ts';
import { toSpecimenWorld, type SitePart } from './key-specimens.ts';

/** Ways to say a register, together with every key that there is. */
const registers: readonly { readonly kind: 'switch' | 'percent' | 'mode'; readonly register: SitePart }[] = [
  { kind: 'percent', register: { table: 'holding', type: 's16', wordOrder: 'BADC', scale: 0.5, offset: -3, sentinels: [-7] } },
  { kind: 'switch', register: { table: 'holding', type: 'bit', bit: 3, invert: true, constantBits: 16 } },
  { kind: 'percent', register: { table: 'holding', type: 'u16', bits: [4, 11], maskWrite: true } },
  { kind: 'percent', register: { table: 'holding', type: 'u16', mask: 0xff0, shift: 4, constantBits: 1 } },
  { kind: 'percent', register: { table: 'holding', type: 'u8', byte: 'high', maskWrite: true } },
  { kind: 'switch', register: { table: 'holding', type: 'u16', on: 2, off: 1 } },
  { kind: 'switch', register: { table: 'holding', type: 'u16', writeOn: 3, writeOff: 4 } },
  { kind: 'mode', register: { table: 'holding', type: 'u16', values: { off: 0, heat: 1 } } },
];

/** The same for a relay, which is on or off. */
const relays = registers.map(({ register }) => ('offset' in register ? { ...register, offset: -2 } : register));

const place = (unit: number, address: number, register: SitePart): SitePart => ({ bus: 'net', unit, register: { address, ...register } });
/** What is only read has no keys that say how it is written. */
const toRead = ({ maskWrite: _mask, constantBits: _bits, writeOn: _on, writeOff: _off, ...register }: SitePart): SitePart => register;
const both = (unit: number, address: number, register: SitePart): SitePart => ({
  write: place(unit, address, register),
  readBack: place(unit, address, toRead(register)),
});
const failSafe = (kind: string): SitePart => ({ after: '20s', value: kind === 'percent' ? 0 : 'off' });
const named = (point: string): SitePart => ({ bus: 'net', unit: 12, profile: 'small-unit', point });

const plain = registers.map(({ kind, register }, i): readonly [string, SitePart] => [
  `room/device_${i}`,
  { kind, title: 'A device', ...both(9, i * 10, register), failSafe: failSafe(kind), merge: 'exclusive' },
]);
const movers = relays.map((register, i): readonly [string, SitePart] => [
  `room/vent_${i}`,
  {
    kind: 'three-point',
    open: both(10, i * 10, register),
    close: both(11, i * 10, register),
    travel: '90s',
    reversePause: '3s',
    failSafe: { after: '20s', value: 0 },
    merge: 'max',
  },
]);
const ownMover = {
  kind: 'three-point',
  open: { write: named('relay_1'), readBack: named('relay_1') },
  close: { write: named('relay_2'), readBack: named('relay_2') },
  travel: '90s',
  failSafe: { after: '20s', value: 0 },
  merge: 'max',
};
const ownSwitch = { kind: 'switch', write: named('relay_1'), readBack: named('relay_2'), failSafe: failSafe('switch'), merge: 'all-on' };

const coil = (address: number): SitePart => both(9, address, { table: 'coil', type: 'bit' });
const holding = (unit: number, address: number, rest: SitePart = {}): SitePart =>
  both(unit, address, { table: 'holding', type: 'u16', ...rest });
const off = { after: '10s', value: 'off' };

/** Devices with every limit, each so short that two minutes show it. Unit 13 follows late, and roughly. */
const limited: readonly (readonly [string, SitePart])[] = [
  [
    'room/pump',
    {
      kind: 'switch',
      ...coil(0),
      poll: '2s',
      failSafe: off,
      restart: 'manual',
      minOn: '6s',
      minOff: '7s',
      maxOverride: '2h',
      power: '400 W',
      merge: 'any-on',
    },
  ],
  ['room/run', { kind: 'switch', ...coil(1), failSafe: off, maxRun: '5s', minOff: '2s', merge: 'any-on' }],
  ['room/starts', { kind: 'switch', ...coil(2), failSafe: off, maxStartsPerHour: 3, merge: 'any-on' }],
  ['room/hour', { kind: 'switch', ...coil(3), failSafe: off, maxOnPerHour: '12s', merge: 'any-on' }],
  ['room/compressor', { kind: 'switch', ...coil(4), failSafe: off, minOff: '15s', protectCompressor: true, merge: 'any-on' }],
  [
    'room/held',
    { kind: 'switch', ...coil(5), failSafe: { after: '10s', hold: 'it is brighter', maxHold: '15s', then: 'off' }, merge: 'any-on' },
  ],
  [
    'room/felt',
    { kind: 'switch', ...coil(6), failSafe: off, feedback: { point: 'room/front/low', above: 3, within: '4s' }, merge: 'any-on' },
  ],
  ['room/fan', { kind: 'percent', ...holding(9, 40), failSafe: { after: '10s', value: 20 }, step: 5, deadband: '4 %', merge: 'max' }],
  ['room/slow', { kind: 'percent', ...holding(9, 41), failSafe: { after: '10s', value: 20 }, slew: '300 %/min', merge: 'max' }],
  [
    'room/drive',
    {
      kind: 'percent',
      ...holding(13, 0),
      failSafe: { after: '10s', value: 20 },
      tolerance: '3 %',
      settle: '6s',
      refresh: '9s',
      watchdog: '20s',
      merge: 'max',
    },
  ],
  [
    'room/air',
    {
      kind: 'setpoint',
      quantity: 'temperature',
      range: ['16 °C', '30 °C'],
      step: '0.5 K',
      ...holding(9, 42, { type: 's16', scale: 0.1 }),
      failSafe: { after: '10s', value: '20 °C' },
      merge: 'mean',
    },
  ],
  [
    'room/ratio',
    {
      kind: 'setpoint',
      quantity: 'number',
      range: [0, 20],
      step: 1,
      ...holding(9, 43),
      failSafe: { after: '10s', value: 3 },
      deadband: 2,
      tolerance: 1,
      merge: 'max',
    },
  ],
  ['room/mode', { kind: 'mode', modes: { off: 0, heat: 1, cool: 2 }, ...holding(9, 44), failSafe: off, merge: 'exclusive' }],
  ['room/bell', { kind: 'momentary', ...coil(7), failSafe: off, merge: 'exclusive' }],
];

const relay = (address: number): SitePart => ({
  table: 'holding',
  address,
  type: 'bit',
  bit: 0,
  constantBits: 2,
  quantity: 'boolean',
  access: 'read-write',
});
const points = { low: { address: 0 }, relay_1: relay(0), relay_2: relay(1) };

/** A small site for each device, with the keys that no example has. */
export const deviceWorlds: readonly World[] = [
  ...limited,
  ...plain,
  ...movers,
  ['room/own', ownMover] as const,
  ['room/named', ownSwitch] as const,
].map(([id, device]) => toSpecimenWorld(`device: ${id}`, { points, unread: ['relay_1', 'relay_2'], devices: { [id]: device } }));
