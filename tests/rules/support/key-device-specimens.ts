import type { Doc } from './key-effects.ts';
import type { Parts, SitePart, Specimen } from './key-specimens.ts';

const off = { after: '10s', value: 'off' };
const at = (address: number, register: SitePart = {}): SitePart => ({
  bus: 'net',
  unit: 60,
  register: { table: 'holding', type: 'u16', address, ...register },
});
const pump = (rest: SitePart): SitePart => ({ kind: 'switch', write: at(1), readBack: at(1), failSafe: off, merge: 'any-on', ...rest });
const fan = (rest: SitePart): SitePart => ({
  kind: 'percent',
  write: at(1),
  readBack: at(1),
  failSafe: { after: '10s', value: 20 },
  merge: 'max',
  ...rest,
});
const vent = (rest: SitePart): SitePart => ({
  kind: 'three-point',
  open: { write: at(1), readBack: at(1) },
  close: { write: at(11), readBack: at(11) },
  travel: '20s',
  failSafe: { after: '10s', value: 0 },
  merge: 'max',
  ...rest,
});
const parts = (device: SitePart, rest: Parts = {}): Parts => ({ devices: { 'room/one': device }, ...rest });
const ofDevice = (keys: readonly string[], before: Parts, after: Parts, shows: Specimen['shows'] = 'does'): Specimen => ({
  kind: 'Devices',
  keys: keys.map((key) => `spec.devices.*.${key}`),
  before,
  after,
  shows,
});

/** The places of a device that is written, and of one that is moved by two relays. Each pair is of registers beside each other. */
const places: readonly { readonly key: string; readonly isWritten: boolean; readonly put: (place: SitePart) => SitePart }[] = [
  { key: 'write', isWritten: true, put: (place) => pump({ write: place }) },
  { key: 'readBack', isWritten: false, put: (place) => pump({ readBack: place }) },
  { key: 'open.write', isWritten: true, put: (place) => vent({ open: { write: place, readBack: at(1) } }) },
  { key: 'open.readBack', isWritten: false, put: (place) => vent({ open: { write: at(1), readBack: place } }) },
  {
    key: 'close.write',
    isWritten: true,
    put: (place) => vent({ close: { write: place, readBack: at(1) }, open: { write: at(11), readBack: at(11) } }),
  },
  {
    key: 'close.readBack',
    isWritten: false,
    put: (place) => vent({ close: { write: at(1), readBack: place }, open: { write: at(11), readBack: at(11) } }),
  },
];

type RegisterCase = {
  readonly keys: readonly string[];
  readonly before: SitePart;
  readonly after: SitePart;
  readonly shows?: Specimen['shows'];
};
const one = (key: string, rest: SitePart, value: unknown, other: unknown, shows: Specimen['shows'] = 'does'): RegisterCase => ({
  keys: [key],
  before: { ...rest, [key]: value },
  after: other === undefined ? rest : { ...rest, [key]: other },
  shows,
});
const bit = { type: 'bit', bit: 0 };
const wide = { type: 'u32', address: 0 };

/** Keys that say which register, and how its raw value becomes on and off. */
const sharedCases = (bits: SitePart): readonly RegisterCase[] => [
  one('address', {}, 1, 2),
  one('type', { address: 0 }, 'u16', 'u32'),
  one('wordOrder', wide, 'ABCD', 'CDAB'),
  one('scale', {}, 1, 0.5),
  one('offset', {}, 0, -1),
  one('on', { off: 0 }, 1, 2),
  one('off', { on: 1 }, 0, 2),
  one('bit', { type: 'bit', ...bits }, 0, 1),
  one('invert', { ...bit, ...bits }, true, undefined),
  { keys: ['bits', 'bits[]'], before: { bits: [0, 3], ...bits }, after: { bits: [1, 4], ...bits } },
  one('mask', { shift: 0, ...bits }, 0x0f, 0x0e, undefined),
  one('shift', { mask: 0xff, ...bits }, 0, 1),
  one('byte', { type: 'u8', ...bits }, 'low', 'high'),
];
const writtenCases: readonly RegisterCase[] = [
  { keys: ['table'], before: { table: 'coil', type: 'bit' }, after: {} },
  one('writeOn', { writeOff: 0 }, 7, 8),
  one('writeOff', { writeOn: 1 }, 7, 8),
  one('constantBits', bit, 2, 4),
  { keys: ['maskWrite'], before: { ...bit, maskWrite: true }, after: { ...bit, constantBits: 0 } },
  // A value by which the unit would say that it has none is never written.
  { keys: ['sentinels', 'sentinels[]'], before: { sentinels: [7] }, after: { sentinels: [1] }, shows: 'is refused' },
  { keys: ['values', 'values.*'], before: { values: { out: 0, in: 1 } }, after: { values: { out: 0, in: 2 } }, shows: 'is refused' },
];
const readCases: readonly RegisterCase[] = [
  one('table', {}, 'holding', 'input'),
  { keys: ['sentinels', 'sentinels[]'], before: { sentinels: [7] }, after: { sentinels: [1] } },
  { keys: ['values', 'values.*'], before: { values: { out: 0, in: 1 } }, after: { values: { out: 0, in: 2 } } },
];

const relayPoint = (address: number): SitePart => ({ table: 'holding', address, quantity: 'boolean', access: 'read-write', on: 1, off: 0 });
const ownPoints: Parts = { points: { a: { address: 5 }, relay: relayPoint(1), other: relayPoint(2) }, unread: ['relay', 'other'] };
const secondProfile: Doc = {
  file: 'second.json',
  part: 'site',
  value: {
    profile: 'second-unit',
    version: 1,
    title: 'Another unit',
    source: { document: 'A manual' },
    status: 'unverified',
    points: { relay: { title: 'Relay', type: 'u16', ...relayPoint(3) } },
  },
};
const named = (rest: SitePart = {}): SitePart => ({ bus: 'net', unit: 60, profile: 'small-unit', point: 'relay', ...rest });
const twoBuses: Parts = {
  site: {
    buses: [
      { id: 'net', transport: 'tcp', host: '127.0.0.1', port: 5020 },
      { id: 'other', transport: 'tcp', host: '127.0.0.1', port: 5021 },
    ],
  },
};

const placeSpecimens = places.flatMap(({ key, isWritten, put }): readonly Specimen[] => {
  const ofPlace = (keys: readonly string[], before: SitePart, after: SitePart, rest: Parts = {}, shows?: Specimen['shows']): Specimen =>
    ofDevice(
      keys.map((own) => `${key}.${own}`),
      parts(put(before), rest),
      parts(put(after), rest),
      shows,
    );
  return [
    ofPlace(['bus'], at(1), { ...at(1), bus: 'other' }, twoBuses),
    ofPlace(['unit'], at(1), { ...at(1), unit: 63 }),
    ofPlace(['point'], named(), named({ point: 'other' }), ownPoints),
    ofPlace(['profile'], named(), named({ profile: 'second-unit' }), { ...ownPoints, docs: [secondProfile] }),
    ...[...sharedCases(isWritten ? { constantBits: 0 } : {}), ...(isWritten ? writtenCases : readCases)].map(
      ({ keys, before, after, shows }) =>
        ofPlace(
          keys.map((own) => `register.${own}`),
          at(1, before),
          at(1, after),
          {},
          shows,
        ),
    ),
  ];
});

const held = (then: unknown): SitePart => ({ after: '10s', hold: 'it is brighter', maxHold: '15s', then });
const ratio = (rest: SitePart): SitePart => ({
  kind: 'setpoint',
  quantity: 'number',
  range: [0, 60],
  write: at(1),
  readBack: at(1),
  failSafe: { after: '10s', value: 3 },
  merge: 'max',
  ...rest,
});
const late = { ...at(1), unit: 13 };

/** Two rules that ask one device for different values at the same time. */
const asking = (merge: string): Parts => {
  const rule = (name: string, value: number): Doc => ({
    file: `${name}.json`,
    part: 'bundle',
    value: {
      apiVersion: 'phloem/v1',
      kind: 'Rule',
      metadata: { id: `room/${name}` },
      spec: {
        use: { signals: 'room/signals' },
        when: { expr: 'a >= 0.0' },
        // oxlint-disable-next-line unicorn/no-thenable -- a key of the language
        then: [{ request: { device: 'room/one', value, level: 'control' } }],
        onUnknown: { hold: '1min', then: 'release' },
      },
    },
  });
  const signals: Doc = {
    file: 'signals.json',
    part: 'bundle',
    value: {
      apiVersion: 'phloem/v1',
      kind: 'Signals',
      metadata: { id: 'room/signals' },
      spec: { inputs: { a: { point: 'room/front/a', quantity: 'number', maxAge: '10min' } } },
    },
  };
  return parts(fan({ merge }), { points: { a: { address: 5 } }, docs: [signals, rule('low', 30), rule('high', 60)] });
};

const felt = (feedback: SitePart): Parts =>
  parts(pump({ feedback: { point: 'room/front/low', above: 8, within: '4s', ...feedback } }), {
    points: { low: { address: 5 }, high: { address: 12 } },
  });

/** Keys of devices that matter only in a site made for them. */
export const deviceSpecimens: readonly Specimen[] = [
  ...placeSpecimens,
  ofDevice(['kind'], parts(pump({ merge: 'exclusive' })), parts(pump({ merge: 'exclusive', kind: 'momentary' }))),
  ofDevice(
    ['failSafe.value|boolean'],
    parts(pump({ failSafe: { after: '10s', value: false } })),
    parts(pump({ failSafe: { after: '10s', value: true } })),
  ),
  ofDevice(['failSafe.then|boolean'], parts(pump({ failSafe: held(false) })), parts(pump({ failSafe: held(true) }))),
  ofDevice(['failSafe.then|number'], parts(fan({ failSafe: held(20) })), parts(fan({ failSafe: held(35) }))),
  ofDevice(['deadband|string'], parts(fan({ deadband: '1 %' })), parts(fan({ deadband: '20 %' }))),
  ofDevice(
    ['tolerance|number'],
    parts(ratio({ write: late, readBack: late, tolerance: 1 })),
    parts(ratio({ write: late, readBack: late, tolerance: 3 })),
  ),
  ofDevice(['minOn'], parts(pump({ minOn: '1s' })), parts(pump({ minOn: '9s' }))),
  // The service goes while the compressor rests, and its safe state is on.
  ofDevice(
    ['protectCompressor'],
    parts(pump({ minOff: '35s', failSafe: { after: '10s', value: true }, protectCompressor: true })),
    parts(pump({ minOff: '35s', failSafe: { after: '10s', value: true } })),
  ),
  ofDevice(['feedback.point'], felt({}), felt({ point: 'room/front/high' })),
  ofDevice(['merge'], asking('max'), asking('min')),
];
