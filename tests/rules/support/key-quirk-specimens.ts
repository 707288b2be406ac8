import type { Parts, SitePart, Specimen } from './key-specimens.ts';

/** Points in every table, near each other and far, of a unit whose registers hold their own address. */
const points = {
  a: { address: 2 },
  b: { address: 5 },
  c: { address: 20 },
  ...Object.fromEntries([0, 3].map((address) => [`holding_${address}`, { table: 'holding', address }])),
  ...Object.fromEntries(
    ['coil', 'discrete'].flatMap((table) =>
      [0, 1].map((address) => [`${table}_${address}`, { table, address, type: 'bit', quantity: 'boolean' }]),
    ),
  ),
};
const line = { transport: 'rtu', path: '/dev/serial/by-id/usb-1', baudRate: 9600 };
const off = { after: '10s', value: 'off' };
const relay = (register: SitePart): NonNullable<Parts['devices']> => {
  const place = { bus: 'net', unit: 60, register: { address: 40, ...register } };
  return { 'room/pump': { kind: 'switch', write: place, readBack: place, failSafe: off, merge: 'any-on' } };
};

/** A quirk with a value, and with another one that makes a unit be asked otherwise. */
type QuirkCase = {
  readonly keys: readonly string[];
  readonly quirks: SitePart;
  readonly others: readonly SitePart[];
  readonly parts?: Parts;
};

const stretchCases = (quirk: string, rest: SitePart, stretch: SitePart, others: readonly SitePart[]): readonly QuirkCase[] =>
  ['table', 'address', 'count'].map((key, i) => ({
    keys: [...(i === 0 ? [quirk, `${quirk}[]`] : []), `${quirk}[].${key}`],
    quirks: { ...rest, [quirk]: [stretch] },
    others: [{ ...rest, [quirk]: [{ ...stretch, ...others[i] }] }],
  }));

const cases: readonly QuirkCase[] = [
  { keys: ['maxBlock|number'], quirks: { maxBlock: 1 }, others: [{ maxBlock: 100 }] },
  ...['coil', 'discrete', 'holding', 'input'].map((table) => ({
    keys: ['maxBlock|map', `maxBlock|map.${table}`],
    quirks: { maxBlock: { [table]: 1 } },
    others: [{ maxBlock: { [table]: 100 } }],
  })),
  ...stretchCases('blocks', {}, { table: 'input', address: 1, count: 30 }, [
    { table: 'holding', address: 0 },
    { address: 0 },
    { count: 31 },
  ]),
  ...stretchCases('together', { readGaps: false }, { table: 'input', address: 2, count: 4 }, [
    { table: 'holding' },
    { address: 100 },
    { count: 2 },
  ]),
  ...stretchCases('alone', {}, { table: 'input', address: 4, count: 2 }, [{ table: 'holding' }, { address: 1 }, { count: 1 }]),
  { keys: ['readGaps'], quirks: { readGaps: false }, others: [{ readGaps: true }] },
  { keys: ['readFunction'], quirks: { readFunction: 4 }, others: [{ readFunction: 3 }] },
  { keys: ['requestGap'], quirks: { requestGap: '40ms' }, others: [{ requestGap: '3s' }] },
  { keys: ['answerTimeout'], quirks: { answerTimeout: '900ms' }, others: [{ answerTimeout: '5ms' }] },
  { keys: ['pollDistance'], quirks: { pollDistance: '2s' }, others: [{ pollDistance: '4s' }] },
  {
    keys: ['byteGap'],
    quirks: { byteGap: '5ms', answerTimeout: '20ms', answersAs: 77 },
    others: [{ byteGap: '1ms', answerTimeout: '20ms', answersAs: 77 }],
    parts: { points: { a: { address: 0 } }, bus: line, instrument: { unit: 20 } },
  },
  {
    keys: ['transactionId'],
    quirks: { transactionId: 'any', answersAs: 77 },
    others: [{ transactionId: 'match', answersAs: 77 }],
    parts: { instrument: { unit: 21 } },
  },
  {
    keys: ['answersAs'],
    quirks: { transactionId: 'any', answersAs: 77 },
    others: [{ transactionId: 'any', answersAs: 78 }],
    parts: { instrument: { unit: 21 } },
  },
  {
    keys: ['writeCoils'],
    quirks: { writeCoils: 5 },
    others: [{ writeCoils: 15 }],
    parts: { devices: relay({ table: 'coil', type: 'bit' }) },
  },
  {
    keys: ['writeRegisters'],
    quirks: { writeRegisters: 6 },
    others: [{ writeRegisters: 16 }],
    parts: { devices: relay({ table: 'holding', type: 'u16' }) },
  },
];

/** Where quirks are said: by a profile, of an instrument, and of a unit of a bus. */
const places = [
  { kind: 'Profile', at: 'quirks', put: (parts: Parts, quirks: SitePart): Parts => ({ ...parts, profile: { quirks } }) },
  {
    kind: 'Site',
    at: 'spec.instruments[].quirks',
    put: (parts: Parts, quirks: SitePart): Parts => ({ ...parts, instrument: { ...parts.instrument, quirks } }),
  },
  {
    kind: 'Site',
    at: 'spec.buses[].units[].quirks',
    put: (parts: Parts, quirks: SitePart): Parts => ({
      ...parts,
      bus: { ...parts.bus, units: [{ unit: parts.instrument?.['unit'] ?? 60, quirks }] },
    }),
  },
] as const;

const ofUnit = (quirks: SitePart, unit: number): Parts => ({ points, bus: { units: [{ unit, quirks }] } });

/** Every quirk, in each of the places where it may be said. */
export const quirkSpecimens: readonly Specimen[] = [
  ...places.flatMap(({ kind, at, put }) =>
    cases.flatMap(({ keys, quirks, others, parts = {} }) =>
      others.map((other): Specimen => ({
        kind,
        keys: keys.map((key) => `${at}.${key}`),
        before: put({ points, ...parts }, quirks),
        after: put({ points, ...parts }, other),
        shows: 'does',
      })),
    ),
  ),
  {
    kind: 'Site',
    keys: ['spec.buses[].units[].unit'],
    before: ofUnit({ readFunction: 3 }, 60),
    after: ofUnit({ readFunction: 3 }, 61),
    shows: 'does',
  },
];
