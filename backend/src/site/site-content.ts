import {
  canonicalJson,
  createParse,
  DeviceFeedback,
  deviceShapeParts,
  DeviceId,
  DeviceValue,
  Fault,
  hashDocument,
  LocationId,
  NodeId,
  PointId,
  quantityNames,
  registerTypes,
  SourceId,
  wordOrders,
  type WordOrderName,
} from '@phloem/protocol';
import type { NotificationsDocument } from '@phloem/rules';
import { Type } from 'typebox';
import { QuirksContent } from './quirks-content.ts';
import type { Site } from './site.ts';

const closed = { additionalProperties: false } as const;
const Duration = Type.Number({ minimum: 0, maximum: 1e13 });
const Text = Type.String({ maxLength: 400 });

const Word = Type.Integer({ minimum: 0, maximum: 0xffff_ffff });
const OnOff = Type.Object({ on: Word, off: Word }, closed);

const Field = Type.Object({ mask: Word, shift: Type.Integer({ minimum: 0, maximum: 31 }) }, closed);
const part = {
  address: Type.Integer({ minimum: 0, maximum: 65_535 }),
  type: Type.Enum([...registerTypes]),
  wordOrder: Type.Enum([...wordOrders]),
  scale: Type.Number(),
  sentinels: Type.Array(Type.Number()),
  field: Type.Optional(Field),
} as const;
const Part = Type.Object(part, closed);
const Raws = Type.Array(Type.Number(), { minItems: 1 });
const Beside = Type.Object(
  {
    plus: Type.Optional(Type.Array(Part, { minItems: 1 })),
    scaleFrom: Type.Optional(
      Type.Object(
        {
          part: Part,
          as: Type.Enum(['decimals', 'exponent', 'divisor', 'factor', 'table']),
          scales: Type.Optional(Type.Array(Type.Tuple([Type.Number(), Type.Number()]), { minItems: 1 })),
        },
        closed,
      ),
    ),
    validWhen: Type.Optional(Type.Object({ part: Part, is: Type.Optional(Raws), isNot: Type.Optional(Raws) }, closed)),
  },
  closed,
);

const Register = Type.Object(
  {
    table: Type.Enum(['coil', 'discrete', 'holding', 'input']),
    ...part,
    offset: Type.Number(),
    invert: Type.Optional(Type.Boolean()),
    states: Type.Optional(Type.Object({ read: OnOff, write: OnOff }, closed)),
    fieldWrite: Type.Optional(
      Type.Union([
        Type.Object({ kind: Type.Literal('mask') }, closed),
        Type.Object({ kind: Type.Literal('constant'), bits: Word }, closed),
      ]),
    ),
    names: Type.Optional(Type.Record(Type.String(), Type.Integer())),
    beside: Type.Optional(Beside),
  },
  closed,
);
const place = { bus: Text, unit: Type.Integer({ minimum: 0, maximum: 255 }), register: Register } as const;
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
    margin: Type.Optional(Type.Object({ below: Type.Number({ minimum: 0 }), above: Type.Number({ minimum: 0 }) }, closed)),
    rateLimit: Type.Optional(Type.Object({ change: Type.Number({ minimum: 0 }), perMs: Duration }, closed)),
    totalise: Type.Optional(
      Type.Object(
        {
          wrapsAt: Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Null()]),
          maxRate: Type.Optional(Type.Object({ change: Type.Number({ minimum: 0 }), perMs: Duration }, closed)),
        },
        closed,
      ),
    ),
    source: Type.Union([
      Type.Object({ kind: Type.Literal('register'), instrument: Text, ...place }, closed),
      Type.Object({ kind: Type.Literal('ingest'), source: SourceId, factor: Type.Number(), offset: Type.Number() }, closed),
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
    ...deviceShapeParts,
    write: Place,
    readBack: Place,
    pollMs: Duration,
    failSafe: Type.Union([
      Type.Object({ after: Duration, value: DeviceValue }, closed),
      Type.Object({ after: Duration, hold: Text, maxHold: Duration, then: DeviceValue }, closed),
    ]),
    restart: Type.Enum(['automatic', 'manual']),
    minOn: Duration,
    minOff: Duration,
    maxRun: Type.Optional(Duration),
    maxStartsPerHour: Type.Optional(Type.Integer({ minimum: 1 })),
    maxOnPerHour: Type.Optional(Duration),
    slewPerS: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    deadband: Type.Optional(Type.Number({ minimum: 0 })),
    tolerance: Type.Optional(Type.Number({ minimum: 0 })),
    settle: Type.Optional(Duration),
    refresh: Type.Optional(Duration),
    threePoint: Type.Optional(
      Type.Object({ closing: Type.Object({ write: Place, readBack: Place }, closed), travel: Duration, reversePause: Duration }, closed),
    ),
    protectCompressor: Type.Optional(Type.Boolean()),
    maxOverride: Type.Optional(Duration),
    feedback: Type.Optional(DeviceFeedback),
    power: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    merge: Type.Enum(['exclusive', 'any-on', 'all-on', 'max', 'min', 'mean']),
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
          requestGapMs: Type.Optional(Duration),
          connectDelayMs: Type.Optional(Duration),
          broadcastDelayMs: Type.Optional(Duration),
        },
        closed,
      ),
    ),
    points: Type.Array(Point),
    devices: Type.Array(Device),
    sources: Type.Optional(Type.Array(Type.Object({ id: SourceId, title: Text, node: NodeId }, closed), { minItems: 1 })),
    quirks: Type.Optional(Type.Array(QuirksContent)),
    interlocks: Type.Optional(Type.Array(Type.Unknown(), { minItems: 1, maxItems: 200 })),
    alarms: Type.Optional(Type.Array(Type.Unknown(), { minItems: 1, maxItems: 500 })),
  },
  closed,
);

const parseContent = createParse(Content, 'site', 'document/invalid');

/** What contents that were stored by older builds call the orders of words. */
const oldOrders: ReadonlyMap<unknown, WordOrderName> = new Map([
  ['big', 'ABCD'],
  ['little', 'CDAB'],
]);
const toNewOrder = (key: string, value: unknown): unknown => (key === 'wordOrder' ? (oldOrders.get(value) ?? value) : value);

/** A checked site with the text that is its content; the hash of the text is the site's name. */
export type LoadedSite = {
  readonly site: Site;
  readonly content: string;
  readonly hash: Site['hash'];
  /** Who is notified of alarms; left out where nobody is. */
  readonly notifications?: NotificationsDocument;
};

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
    value = JSON.parse(text, toNewOrder);
  } catch (cause) {
    throw new Fault('document/invalid', 'site: not JSON', { cause });
  }
  const { apiVersion: _apiVersion, kind: _kind, ...parts } = parseContent(value);
  // The schema holds numbers; that they are lengths of time is what it means by them.
  return { hash: hashDocument(text), ...(parts as unknown as Omit<Site, 'hash'>) };
};
