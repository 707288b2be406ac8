import { Type, type Static } from 'typebox';
import { quantityNames } from '@phloem/protocol';
import { durationPattern } from '../units/units.ts';
import { documentSchema } from './check.ts';
import { DocumentBusUnit, DocumentQuirks } from './quirks.ts';
import { DocumentReadRegister, DocumentRegister } from './register.ts';

const closed = { additionalProperties: false } as const;
const word = '[a-z][a-z0-9_]{0,62}';
const Title = Type.String({ minLength: 1, maxLength: 120 });

/** A length of time in a document: `90s`, `5min`. */
export const DocumentDuration = Type.String({ pattern: durationPattern, maxLength: 40, expected: 'a duration, such as 90s or 5min' });
/** The name of a bus or of an instrument. */
const LocalName = Type.String({ pattern: `^${word}$`, expected: 'a name in lower case, with digits and _' });
/** The name of a profile, and of one of its points. */
const ProfileName = Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$', expected: 'the name of a profile, such as generic-s16' });
const ProfilePointName = Type.String({ pattern: `^${word}$`, expected: 'the name of one of the points of the profile' });
const PointName = Type.String({ pattern: `^${word}/${word}/${word}$`, expected: 'a point, such as flower_room/front/temperature' });
/** A unit of a bus, as on the wire. */
const Unit = Type.Integer({ minimum: 0, maximum: 255 });

const ProfilePlace = Type.Object({ bus: LocalName, unit: Unit, profile: ProfileName, point: ProfilePointName }, closed);
const placeForms = { expected: 'bus and unit, with profile and point or with register' } as const;

/** Where a register is: on a bus, in a unit, named by a profile's point or written out. */
export const DocumentPlace = Type.Union(
  [ProfilePlace, Type.Object({ bus: LocalName, unit: Unit, register: DocumentRegister }, closed)],
  placeForms,
);

/** The same of a register that is only read. */
export const DocumentReadPlace = Type.Union(
  [ProfilePlace, Type.Object({ bus: LocalName, unit: Unit, register: DocumentReadRegister }, closed)],
  placeForms,
);

const Location = Type.Object({ id: LocalName, title: Type.Optional(Title) }, closed);

const busParts = {
  id: LocalName,
  connectTimeout: Type.Optional(DocumentDuration),
  answerTimeout: Type.Optional(DocumentDuration),
  requestGap: Type.Optional(
    Type.String({ ...DocumentDuration, description: 'The pause between an answer and the next request on the bus.' }),
  ),
  connectDelay: Type.Optional(Type.String({ ...DocumentDuration, description: 'The pause between connecting and the first request.' })),
  broadcastDelay: Type.Optional(
    Type.String({ ...DocumentDuration, description: 'RTU: the pause after a broadcast. 100ms where not said.' }),
  ),
  units: Type.Optional(Type.Array(DocumentBusUnit, { minItems: 1, maxItems: 256, description: 'How single units must be asked.' })),
} as const;

/** A host that speaks Modbus, or a serial line of this machine. */
const Bus = Type.Union([
  Type.Object(
    {
      ...busParts,
      transport: Type.Enum(['tcp', 'rtu-over-tcp']),
      host: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$', expected: 'a host name or an address' }),
      port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    },
    closed,
  ),
  Type.Object(
    {
      ...busParts,
      transport: Type.Literal('rtu'),
      path: Type.String({
        pattern: '^/(?!dev/tty(USB|ACM)\\d)[A-Za-z0-9_./:+-]{1,250}$',
        expected: 'a path that stays the same when devices are plugged in again, such as /dev/serial/by-id/usb-…',
      }),
      baudRate: Type.Integer({ minimum: 300, maximum: 1_000_000 }),
      parity: Type.Optional(Type.Enum(['none', 'even', 'odd'])),
      stopBits: Type.Optional(Type.Enum([1, 2])),
    },
    closed,
  ),
]);

/** A value that moves by more than `change` in the time `per` is not believed, and is bad. */
const RateLimit = Type.Object(
  {
    change: Type.String({ maxLength: 40, expected: 'a difference with its unit, such as 5 K or 200 ppm' }),
    per: DocumentDuration,
  },
  closed,
);

/** What makes a point the running total of a counter: how a wrap is distinguished from a restart. */
export const Totalise = Type.Object(
  {
    maxRate: Type.Optional(
      Type.Object(
        {
          change: Type.String({ maxLength: 40, expected: 'the most that it counts, with its unit, such as 20 kWh or 3 m³' }),
          per: DocumentDuration,
        },
        { ...closed, description: 'The fastest that the counter can count. It distinguishes a wrap from a restart.' },
      ),
    ),
    wrapsAt: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'The raw number at which the counter begins at 0 again, where it is not that of its type: 1000000 for six digits.',
      }),
    ),
  },
  { ...closed, description: 'The register is a counter that wraps or restarts; the point is its running total.' },
);
export type Totalise = Static<typeof Totalise>;

/** How one measurement of an instrument is shown and judged. */
const Measurement = Type.Union(
  [
    ProfilePointName,
    Type.Object(
      {
        point: ProfilePointName,
        title: Type.Optional(Title),
        decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
        interval: Type.Optional(DocumentDuration),
        range: Type.Optional(
          Type.Object({ min: Type.Optional(Type.Number()), max: Type.Optional(Type.Number()) }, { ...closed, minProperties: 1 }),
        ),
        rateLimit: Type.Optional(RateLimit),
        totalise: Type.Optional(Totalise),
      },
      closed,
    ),
  ],
  { expected: 'a point of the profile, or a map with point' },
);

const Instrument = Type.Object(
  {
    id: LocalName,
    title: Type.Optional(Title),
    bus: LocalName,
    unit: Unit,
    profile: ProfileName,
    location: LocalName,
    cluster: LocalName,
    interval: DocumentDuration,
    quirks: Type.Optional(DocumentQuirks),
    measurements: Type.Record(Type.String({ pattern: `^${word}$` }), Measurement, {
      minProperties: 1,
      maxProperties: 200,
      additionalProperties: false,
      expectedKey: 'a measurement, such as leaf_temperature, as key',
    }),
  },
  closed,
);

const Derived = Type.Object(
  {
    point: PointName,
    formula: Type.Enum(['vpd_air', 'vpd_leaf', 'dew_point', 'absolute_humidity', 'enthalpy', 'dli']),
    inputs: Type.Array(PointName, { minItems: 1, maxItems: 4 }),
    leafOffset: Type.Optional(
      Type.String({
        maxLength: 20,
        expected: 'a difference, such as -1.5 K',
        description: 'Leaf minus air, where no probe measures the leaf.',
      }),
    ),
    title: Type.Optional(Title),
    decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
  },
  closed,
);

/** How one point of a source is shown and judged. A quantity alone means its canonical unit. */
const SourcePoint = Type.Union(
  [
    Type.Enum([...quantityNames]),
    Type.Object(
      {
        quantity: Type.Enum([...quantityNames]),
        unit: Type.Optional(
          Type.String({ maxLength: 40, expected: 'a unit, such as °F', description: 'The unit in which the source sends it.' }),
        ),
        title: Type.Optional(Title),
        decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
        interval: Type.Optional(DocumentDuration),
        range: Type.Optional(
          Type.Object({ min: Type.Optional(Type.Number()), max: Type.Optional(Type.Number()) }, { ...closed, minProperties: 1 }),
        ),
        rateLimit: Type.Optional(RateLimit),
      },
      closed,
    ),
  ],
  { expected: 'a quantity, such as temperature, or a map with quantity' },
);

/** A program that sends readings which no bus of the hub brings. */
const Source = Type.Object(
  {
    id: LocalName,
    title: Type.Optional(Title),
    node: Type.Optional(
      Type.String({
        pattern: '^[a-z][a-z0-9_.-]{0,62}$',
        expected: 'the name of a node, such as mqtt-bridge',
        description: 'The node whose token may send for this source; the id of the source where not said.',
      }),
    ),
    interval: Type.String({ ...DocumentDuration, description: 'How often the source sends each point.' }),
    points: Type.Record(Type.String({ pattern: `^${word}/${word}/${word}$` }), SourcePoint, {
      minProperties: 1,
      maxProperties: 1000,
      additionalProperties: false,
      expectedKey: 'a point, such as flower_room/front/temperature, as key',
    }),
  },
  closed,
);

/** What a site is made of: locations, buses, instruments, and the points that the hub works out by itself. */
export const SiteSpec = Type.Object(
  {
    timeZone: Type.String({ maxLength: 64, expected: 'a time zone, such as Europe/Vienna' }),
    rateLimits: Type.Optional(
      Type.Record(Type.String({ pattern: `^${word}$` }), RateLimit, {
        maxProperties: 32,
        additionalProperties: false,
        expectedKey: 'a quantity, such as temperature, as key',
        description: 'By quantity, for every measurement that does not say its own.',
      }),
    ),
    isDemonstration: Type.Optional(Type.Boolean({ description: 'Readings are then of quality `simulated`.' })),
    locations: Type.Array(Location, { minItems: 1, maxItems: 256 }),
    buses: Type.Array(Bus, { maxItems: 64 }),
    instruments: Type.Array(Instrument, { maxItems: 2000 }),
    sources: Type.Optional(Type.Array(Source, { maxItems: 256, description: 'Programs that send readings, such as bridges.' })),
    derived: Type.Optional(Type.Array(Derived, { maxItems: 2000 })),
  },
  closed,
);

/** A document of the kind `Site`. Lists keep the order in which people are shown things. */
export const SiteDocument = documentSchema('Site', SiteSpec);

export type DocumentPlace = Static<typeof DocumentPlace>;
export type SiteSpec = Static<typeof SiteSpec>;
export type SiteDocument = Static<typeof SiteDocument>;

/** The names of quantities, as profiles use them. */
export const DocumentQuantity = Type.Enum([...quantityNames]);
