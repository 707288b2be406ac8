import {
  canonicalJson,
  createParse,
  DeviceFeedback,
  DeviceId,
  DeviceValue,
  Fault,
  hashDocument,
  LocationId,
  PointId,
  quantityNames,
} from '@phloem/protocol';
import { Type } from 'typebox';
import type { Site } from './site.ts';

const closed = { additionalProperties: false } as const;
const Duration = Type.Number({ minimum: 0, maximum: 1e13 });
const Text = Type.String({ maxLength: 400 });

const Register = Type.Object(
  {
    table: Type.Enum(['coil', 'discrete', 'holding', 'input']),
    address: Type.Integer({ minimum: 0, maximum: 65_535 }),
    type: Type.Enum(['bit', 'u16', 's16', 'u32', 's32', 'f32', 'f64']),
    wordOrder: Type.Enum(['big', 'little']),
    scale: Type.Number(),
    offset: Type.Number(),
    sentinels: Type.Array(Type.Number()),
  },
  closed,
);
const place = { bus: Text, unit: Type.Integer({ minimum: 1, maximum: 247 }), register: Register } as const;
const Place = Type.Object(place, closed);

const Point = Type.Object(
  {
    id: PointId,
    location: LocationId,
    cluster: Text,
    measurement: Text,
    quantity: Type.Enum([...quantityNames]),
    title: Text,
    decimals: Type.Integer({ minimum: 0, maximum: 6 }),
    intervalMs: Duration,
    range: Type.Object({ min: Type.Number(), max: Type.Number() }, closed),
    rateLimit: Type.Optional(Type.Object({ change: Type.Number({ minimum: 0 }), perMs: Duration }, closed)),
    source: Type.Union([
      Type.Object({ kind: Type.Literal('register'), instrument: Text, ...place }, closed),
      Type.Object(
        {
          kind: Type.Literal('derived'),
          formula: Type.Enum(['vpd_air', 'vpd_leaf', 'dew_point', 'absolute_humidity', 'enthalpy', 'dli']),
          inputs: Type.Array(PointId),
          offset: Type.Number(),
        },
        closed,
      ),
    ]),
  },
  closed,
);

const Device = Type.Object(
  {
    id: DeviceId,
    location: LocationId,
    title: Text,
    kind: Type.Enum(['switch', 'percent']),
    write: Place,
    readBack: Place,
    pollMs: Duration,
    failSafe: Type.Union([
      Type.Object({ after: Duration, value: DeviceValue }, closed),
      Type.Object({ after: Duration, hold: Text, maxHold: Duration, then: DeviceValue }, closed),
    ]),
    comeBack: Type.Enum(['automatic', 'operator']),
    minOn: Duration,
    minOff: Duration,
    protectCompressor: Type.Optional(Type.Boolean()),
    maxOverride: Type.Optional(Duration),
    feedback: Type.Optional(DeviceFeedback),
    power: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    merge: Type.Enum(['exclusive', 'any-on', 'all-on', 'max', 'min', 'mean']),
  },
  closed,
);

const Stretches = Type.Array(
  Type.Object(
    {
      table: Type.Enum(['coil', 'discrete', 'holding', 'input']),
      address: Type.Integer({ minimum: 0, maximum: 65_535 }),
      count: Type.Integer({ minimum: 1 }),
    },
    closed,
  ),
);

const Quirks = Type.Object(
  {
    bus: Text,
    unit: Type.Integer({ minimum: 1, maximum: 247 }),
    maxBlock: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
    avoid: Stretches,
    cleared: Type.Optional(Stretches),
  },
  closed,
);

const Transport = Type.Union([
  Type.Object({ kind: Type.Enum(['tcp', 'rtu-over-tcp']), host: Text, port: Type.Integer({ minimum: 1, maximum: 65_535 }) }, closed),
  Type.Object(
    {
      kind: Type.Literal('rtu'),
      path: Text,
      baudRate: Type.Integer({ minimum: 300, maximum: 1_000_000 }),
      parity: Type.Enum(['none', 'even', 'odd']),
      stopBits: Type.Enum([1, 2]),
    },
    closed,
  ),
]);

const Content = Type.Object(
  {
    apiVersion: Type.Literal('phloem/v1'),
    kind: Type.Literal('SiteContent'),
    title: Text,
    timeZone: Text,
    isDemonstration: Type.Boolean(),
    locations: Type.Array(Type.Object({ id: LocationId, title: Text }, closed)),
    buses: Type.Array(
      Type.Object(
        {
          id: Text,
          transport: Transport,
          connectTimeoutMs: Duration,
          answerTimeoutMs: Duration,
        },
        closed,
      ),
    ),
    points: Type.Array(Point),
    devices: Type.Array(Device),
    quirks: Type.Optional(Type.Array(Quirks)),
    interlocks: Type.Optional(Type.Array(Type.Unknown(), { minItems: 1, maxItems: 200 })),
  },
  closed,
);

const parseContent = createParse(Content, 'site', 'document/invalid');

/** A checked site with the text that is its content; the hash of the text is the site's name. */
export type LoadedSite = { readonly site: Site; readonly content: string; readonly hash: Site['hash'] };

/** Makes the content of a site, and names it. */
export const toLoadedSite = (parts: Omit<Site, 'hash'>): LoadedSite => {
  const content = canonicalJson({ apiVersion: 'phloem/v1', kind: 'SiteContent', ...parts });
  const hash = hashDocument(content);
  return { site: { hash, ...parts }, content, hash };
};

/**
 * The site that a stored content describes.
 *
 * @throws Fault `document/invalid` when the text is not the content of a site.
 */
export const siteFromContent = (text: string): Site => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('document/invalid', 'site: not JSON', { cause });
  }
  const { apiVersion: _apiVersion, kind: _kind, ...parts } = parseContent(value);
  // The schema holds numbers; that they are lengths of time is what it means by them.
  return { hash: hashDocument(text), ...(parts as unknown as Omit<Site, 'hash'>) };
};
