import { quirkSpecimens } from './key-quirk-specimens.ts';
import type { Parts, SitePart, Specimen } from './key-specimens.ts';

const off = { after: '10s', value: 'off' };
const own = (point: string): SitePart => ({ bus: 'net', unit: 60, profile: 'small-unit', point });
const pumpAt = (point: string): NonNullable<Parts['devices']> => ({
  'room/pump': { kind: 'switch', write: own(point), readBack: own(point), failSafe: off, merge: 'any-on' },
});

const ofPoint = (keys: readonly string[], before: SitePart, after: SitePart, shows: Specimen['shows'] = 'does'): Specimen => ({
  kind: 'Profile',
  keys: keys.map((key) => `points.*.${key}`),
  before: { points: { a: { address: 5, ...before } } },
  after: { points: { a: { address: 5, ...after } } },
  shows,
});

/** The point of a relay that a device writes, in a register of its own. */
const ofRelay = (keys: readonly string[], before: SitePart, after: SitePart): Specimen => {
  const toParts = (register: SitePart): Parts => ({
    points: { a: { address: 5 }, relay: { table: 'holding', address: 8, access: 'read-write', quantity: 'boolean', ...register } },
    unread: ['relay'],
    devices: pumpAt('relay'),
  });
  return { kind: 'Profile', keys: keys.map((key) => `points.*.${key}`), before: toParts(before), after: toParts(after), shows: 'does' };
};

const counting = (maxRate: SitePart): SitePart => ({
  address: 0,
  quantity: 'energy',
  unit: 'kWh',
  scale: 0.1,
  totalise: { maxRate },
});
const validWhen = (wordOrder: string): SitePart => ({ validWhen: { address: 0, type: 'u32', wordOrder, is: 1 } });
const states = { on: 2, off: 1, writeOn: 2, writeOff: 1 };
const bit = { type: 'bit', bit: 3 };

const profileSpecimens: readonly Specimen[] = [
  ofPoint(['access'], { table: 'holding', access: 'read' }, { table: 'holding', access: 'write' }, 'is refused'),
  {
    kind: 'Profile',
    keys: ['points.*.clearOnRead'],
    before: { points: { a: { address: 0 }, b: { address: 1, clearOnRead: true }, c: { address: 2 } }, unread: ['b'] },
    after: { points: { a: { address: 0 }, b: { address: 1 }, c: { address: 2 } }, unread: ['b'] },
    shows: 'does',
  },
  ofPoint(['margin'], { range: { min: 0, max: 4 }, margin: 2 }, { range: { min: 0, max: 4 }, margin: 0.5 }),
  ofPoint(['offset'], { offset: 3 }, { offset: 4 }),
  ofPoint(['sentinels', 'sentinels[]'], { sentinels: [5] }, { sentinels: [6] }),
  ofPoint(['values', 'values.*'], { values: { stopped: 0, running: 5 } }, { values: { stopped: 0, running: 6 } }),
  ofPoint(['wordOrder'], { type: 'u32', wordOrder: 'ABCD' }, { type: 'u32', wordOrder: 'CDAB' }),
  ofPoint(['validWhen.wordOrder'], validWhen('ABCD'), validWhen('DCBA')),
  {
    kind: 'Profile',
    keys: ['points.*.totalise.maxRate.per'],
    before: { points: { a: counting({ change: '600 kWh', per: '1s' }) }, instrument: { unit: 61 } },
    after: { points: { a: counting({ change: '600 kWh', per: '1h' }) }, instrument: { unit: 61 } },
    shows: 'does',
  },
  ofRelay(['constantBits'], { ...bit, constantBits: 16 }, { ...bit, constantBits: 32 }),
  ofRelay(['maskWrite'], { ...bit, maskWrite: true }, { ...bit, constantBits: 0 }),
  ...(['on', 'off', 'writeOn', 'writeOff'] as const).map((key) => ofRelay([key], states, { ...states, [key]: states[key] + 40 })),
  {
    kind: 'Profile',
    keys: ['profile'],
    before: {},
    after: { profile: { profile: 'renamed-unit' }, instrument: { profile: 'small-unit' } },
    shows: 'is refused',
  },
];

const ofSite = (keys: readonly string[], before: Parts, after: Parts, shows: Specimen['shows'] = 'does'): Specimen => ({
  kind: 'Site',
  keys: keys.map((key) => `spec.${key}`),
  before,
  after,
  shows,
});
const climate = {
  warm: { address: 22, quantity: 'temperature', unit: '°C' },
  cold: { address: 12, quantity: 'temperature', unit: '°C' },
  wet: { address: 60, quantity: 'relative_humidity', unit: '%' },
} as const;
const derived = (one: SitePart): Parts => ({
  points: climate,
  site: { derived: [{ point: 'room/front/made', formula: 'vpd_air', inputs: ['room/front/warm', 'room/front/wet'], ...one }] },
});
const rated = (rateLimit: SitePart): Parts => ({
  points: { a: { address: 1, quantity: 'temperature', unit: '°C' } },
  instrument: { unit: 61, measurements: { a: { point: 'a', rateLimit } } },
});
const totalised = (per: string): Parts => ({
  points: { a: { address: 0, quantity: 'energy', unit: 'kWh', scale: 0.1 } },
  instrument: { unit: 61, measurements: { a: { point: 'a', totalise: { maxRate: { change: '600 kWh', per } } } } },
});
const twoBuses = (bus: string): Parts => ({
  site: {
    buses: [
      { id: 'net', transport: 'tcp', host: '127.0.0.1', port: 5020 },
      { id: 'other', transport: 'tcp', host: '127.0.0.1', port: 5021 },
    ],
  },
  instrument: { bus },
});
const twoRooms = (location: string): Parts => ({ site: { locations: [{ id: 'room' }, { id: 'hall' }] }, instrument: { location } });
const measured = (points: Parts['points'], measurement: SitePart): Parts => ({
  ...(points !== undefined && { points }),
  instrument: { measurements: { a: measurement } },
});
const broadcasting = (broadcastDelay: string): Parts => ({
  bus: { transport: 'rtu', path: '/dev/serial/by-id/usb-1', baudRate: 9600, broadcastDelay },
  devices: {
    'room/pump': {
      kind: 'switch',
      write: { bus: 'net', unit: 0, register: { table: 'coil', address: 1, type: 'bit' } },
      readBack: { bus: 'net', unit: 60, register: { table: 'coil', address: 1, type: 'bit' } },
      failSafe: off,
      merge: 'any-on',
    },
  },
});
/** An interlock that forces a light off in the first hour of the day, by the clock of the site. */
const nightly = (timeZone: string): Parts => ({
  site: { timeZone },
  points: { a: { address: 5 }, relay: { table: 'coil', address: 8, type: 'bit', quantity: 'boolean', access: 'read-write' } },
  unread: ['relay'],
  devices: pumpAt('relay'),
  docs: [
    {
      file: 'interlocks.json',
      part: 'site',
      value: {
        apiVersion: 'phloem/v1',
        kind: 'Interlocks',
        metadata: { id: 'room/locks' },
        spec: {
          interlocks: [{ id: 'night', when: { schedule: [{ from: '00:10', to: '02:00' }] }, force: { device: 'room/pump', value: false } }],
        },
      },
    },
  ],
});

/** Keys of sites and profiles that matter only in a site made for them. */
export const siteSpecimens: readonly Specimen[] = [
  ...quirkSpecimens,
  ...profileSpecimens,
  ofSite(['timeZone'], nightly('Europe/Vienna'), nightly('UTC')),
  ofSite(['locations[].id', 'instruments[].location'], twoRooms('room'), twoRooms('hall')),
  ofSite(['buses[].id'], {}, { bus: { id: 'renamed' }, instrument: { bus: 'renamed' } }, 'says'),
  ofSite(['buses[].connectTimeout'], { bus: { connectTimeout: '2s' } }, { bus: { connectTimeout: '1ms' } }),
  ofSite(['buses[].broadcastDelay'], broadcasting('100ms'), broadcasting('900ms')),
  ofSite(['instruments[].id'], {}, { instrument: { id: 'renamed' } }, 'says'),
  ofSite(['instruments[].bus'], twoBuses('net'), twoBuses('other')),
  ofSite(['instruments[].profile'], measured({ temperature: { address: 1 } }, { point: 'temperature' }), {
    ...measured({ temperature: { address: 1 } }, { point: 'temperature' }),
    instrument: { profile: 'xy-md02', measurements: { a: 'temperature' } },
  }),
  ofSite(
    ['instruments[].measurements.*|map.point'],
    measured({ a: { address: 1 }, b: { address: 9 } }, { point: 'a' }),
    measured({ a: { address: 1 }, b: { address: 9 } }, { point: 'b' }),
  ),
  ofSite(
    ['instruments[].measurements.*|map.rateLimit', 'instruments[].measurements.*|map.rateLimit.change'],
    rated({ change: '90 K', per: '1min' }),
    rated({ change: '1 K', per: '1min' }),
  ),
  ofSite(['instruments[].measurements.*|map.rateLimit.per'], rated({ change: '4 K', per: '1s' }), rated({ change: '4 K', per: '1h' })),
  ofSite(['instruments[].measurements.*|map.totalise.maxRate.per'], totalised('1s'), totalised('1h')),
  ofSite(['derived[].point'], derived({}), derived({ point: 'room/front/other' })),
  ofSite(['derived[].formula'], derived({}), derived({ formula: 'dew_point' })),
  ofSite(['derived[].inputs', 'derived[].inputs[]'], derived({}), derived({ inputs: ['room/front/cold', 'room/front/wet'] })),
];
