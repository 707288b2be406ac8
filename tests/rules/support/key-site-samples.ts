import { deviceWorlds } from './key-device-samples.ts';
import type { Doc, World } from './key-effects.ts';

type Register = Readonly<Record<string, unknown>>;

const metadata = (id: string) => ({ id, title: 'A title', owner: 'anna', tags: ['one', 'two'] });
const stretch = (address: number) => ({ table: 'input', address, count: 10 });
const allQuirks = {
  maxBlock: { coil: 90, discrete: 80, holding: 70, input: 60 },
  blocks: [stretch(0), stretch(10)],
  together: [stretch(0)],
  alone: [stretch(10)],
  readGaps: false,
  readFunction: 4,
  writeCoils: 15,
  writeRegisters: 16,
  transactionId: 'any',
  answersAs: 77,
  requestGap: '40ms',
  byteGap: '20ms',
  answerTimeout: '900ms',
  pollDistance: '2s',
};
/** A serial line has no transactions, and a network no gaps between bytes. */
const { transactionId: _transactionId, ...rtuQuirks } = allQuirks;
const { byteGap: _byteGap, ...tcpQuirks } = allQuirks;

const point = (address: number, rest: Register) => ({
  title: 'A point',
  quantity: 'number',
  table: 'input',
  address,
  access: 'read',
  ...rest,
});
/** Registers beside that of a point, in every form that they take. */
const besides = [
  { address: 20, type: 'u16', sentinels: [65_535] },
  { address: 20, type: 'u32', wordOrder: 'CDAB' },
  { address: 20, type: 'bit', bit: 3 },
  { address: 20, type: 'u16', bits: [4, 11] },
  { address: 20, type: 'u16', mask: 0xff0, shift: 4 },
  { address: 20, type: 'u8', byte: 'high' },
] as const;

const ownProfile = {
  profile: 'own-unit',
  version: 1,
  title: 'A unit',
  maker: 'A maker',
  source: { document: 'A manual', edition: '2', page: '7', url: 'https://example.org/manual' },
  status: 'unverified',
  notes: 'A note',
  quirks: allQuirks,
  points: {
    temp: point(0, {
      quantity: 'temperature',
      unit: '°F',
      type: 's16',
      scale: 0.1,
      range: { min: -40, max: 200 },
      margin: 3,
      decimals: 2,
      vendorAddress: '30001',
    }),
    bits: point(1, { type: 'u16', bits: [4, 11] }),
    mask: point(2, { type: 'u16', mask: 0xff0, shift: 4 }),
    byte: point(3, { type: 'u8', byte: 'high' }),
    flag: point(4, { type: 'bit', bit: 3, invert: true, quantity: 'boolean' }),
    count: point(5, { type: 'u16', clearOnRead: true }),
    energy: point(6, {
      type: 'u16',
      scale: 0.1,
      quantity: 'energy',
      unit: 'kWh',
      totalise: { maxRate: { change: '20 kWh', per: '1h' }, wrapsAt: 60_000 },
    }),
    sum: point(8, { type: 'u16', plus: besides.map((one) => (one.type === 'bit' ? one : { ...one, scale: 10 })) }),
    ...Object.fromEntries(
      besides.map((one, index) => [`scaled_${index}`, point(8, { type: 'u16', scaleFrom: { ...one, as: 'decimals' } })]),
    ),
    coded: point(8, { type: 'u16', scaleFrom: { address: 20, type: 'u16', scales: { '0': 1, '1': 0.1 } } }),
    ...Object.fromEntries(
      besides.map((one, index) => [`valid_${index}`, point(8, { type: 'u16', validWhen: { ...one, isNot: one.type === 'bit' ? 1 : 7 } })]),
    ),
    valid_one_of: point(8, { type: 'u16', validWhen: { address: 20, type: 'u16', is: [1, 2] } }),
    valid_none_of: point(8, { type: 'u16', validWhen: { address: 20, type: 'u16', isNot: [3, 4] } }),
    valid_is: point(8, { type: 'u16', validWhen: { address: 20, type: 'u16', is: 1 } }),
    valid_bit: point(8, { type: 'u16', validWhen: { address: 20, type: 'bit', bit: 1, is: true } }),
    valid_not_bit: point(8, { type: 'u16', validWhen: { address: 20, type: 'bit', bit: 1, isNot: false } }),
    relay_1: point(0, { table: 'holding', type: 'bit', bit: 0, constantBits: 2, quantity: 'boolean', access: 'read-write' }),
    relay_2: point(1, { table: 'holding', type: 'bit', bit: 0, maskWrite: true, quantity: 'boolean', access: 'read-write' }),
  },
};

const { quirks: _quirks, ...unquirky } = ownProfile;
/** The same unit without quirks: registers beside others can be read of it in one request. */
const plainProfile = {
  ...unquirky,
  profile: 'plain-unit',
  points: Object.fromEntries(Object.entries(ownProfile.points).filter(([name]) => /^(temp|scaled|coded|valid|sum|energy)/.test(name))),
};

const site = {
  apiVersion: 'phloem/v1',
  kind: 'Site',
  metadata: metadata('room/site'),
  spec: {
    timeZone: 'Europe/Vienna',
    isDemonstration: true,
    rateLimits: { temperature: { change: '5 K', per: '1min' } },
    locations: [{ id: 'room', title: 'A room' }],
    buses: [
      {
        id: 'line',
        transport: 'rtu',
        path: '/dev/serial/by-id/usb-1',
        baudRate: 9600,
        parity: 'none',
        stopBits: 2,
        connectTimeout: '3s',
        answerTimeout: '2s',
        requestGap: '30ms',
        connectDelay: '90ms',
        broadcastDelay: '200ms',
        units: [
          { unit: 30, quirks: rtuQuirks },
          { unit: 31, quirks: { maxBlock: 20 } },
        ],
      },
      { id: 'net', transport: 'tcp', host: '127.0.0.1', port: 5020, units: [{ unit: 40, quirks: tcpQuirks }] },
    ],
    sources: [
      {
        id: 'zigbee',
        title: 'Zigbee sensors',
        node: 'bridge',
        interval: '15s',
        points: {
          'room/sent/air': {
            quantity: 'temperature',
            unit: '°F',
            title: 'Sent air',
            decimals: 2,
            interval: '12s',
            range: { min: -20, max: 34 },
            rateLimit: { change: '9 K', per: '30s' },
          },
          'room/sent/light': 'ppfd',
          'room/sent/dose': { quantity: 'ph' },
        },
      },
    ],
    instruments: [
      {
        id: 'first',
        title: 'An instrument',
        bus: 'line',
        unit: 20,
        profile: 'own-unit',
        location: 'room',
        cluster: 'front',
        interval: '10s',
        quirks: rtuQuirks,
        measurements: {
          temperature: {
            point: 'temp',
            title: 'Heat',
            decimals: 1,
            interval: '20s',
            range: { min: 0, max: 60 },
            rateLimit: { change: '7 K', per: '2min' },
          },
          other: 'temp',
          bits: 'bits',
          mask: 'mask',
          byte: 'byte',
          flag: 'flag',
          count: 'count',
        },
      },
      {
        id: 'fourth',
        bus: 'net',
        unit: 21,
        profile: 'own-unit',
        location: 'room',
        cluster: 'far',
        interval: '10s',
        quirks: tcpQuirks,
        measurements: {
          temperature: 'temp',
          energy: { point: 'energy', totalise: { maxRate: { change: '10 kWh', per: '1h' }, wrapsAt: 50_000 } },
        },
      },
      {
        id: 'second',
        bus: 'net',
        unit: 22,
        profile: 'own-unit',
        location: 'room',
        cluster: 'back',
        interval: '10s',
        quirks: { maxBlock: 30 },
        measurements: { temperature: 'temp' },
      },
      {
        id: 'fifth',
        bus: 'net',
        unit: 23,
        profile: 'plain-unit',
        location: 'room',
        cluster: 'beside',
        interval: '5s',
        measurements: Object.fromEntries(Object.keys(plainProfile.points).map((name) => [name, name])),
      },
      {
        id: 'third',
        bus: 'line',
        unit: 22,
        profile: 'xy-md02',
        location: 'room',
        cluster: 'mid',
        interval: '10s',
        measurements: { temperature: 'temperature', humidity: 'humidity' },
      },
    ],
    derived: [
      {
        point: 'room/mid/vpd',
        formula: 'vpd_leaf',
        inputs: ['room/mid/temperature', 'room/mid/humidity'],
        leafOffset: '-1.5 K',
        title: 'Dryness',
        decimals: 3,
      },
    ],
  },
};

const docs = [
  { file: 'plain-profile.json', value: plainProfile },
  { file: 'profile.json', value: ownProfile },
  { file: 'site.yaml', value: site },
].map((doc): Doc => ({ ...doc, part: 'site' }));

/** Sites with the keys that no example has: one without devices, and one for each device. */
export const siteWorlds: readonly World[] = [{ name: 'site: points', timeZone: 'UTC', docs }, ...deviceWorlds];
