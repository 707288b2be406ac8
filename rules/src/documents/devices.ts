import { Type, type Static } from 'typebox';
import { documentSchema } from './check.ts';
import { deviceKinds, modeNamePattern } from '@phloem/protocol';
import { DocumentDuration, DocumentPlace, DocumentQuantity, DocumentReadPlace } from './site.ts';

const closed = { additionalProperties: false } as const;
const word = '[a-z][a-z0-9_]{0,62}';

/** A device's value in a document; what fits its kind says. */
const Value = Type.Union([Type.Boolean(), Type.Number(), Type.String({ minLength: 1, maxLength: 60 })], {
  expected: 'on, off, a number, a quantity such as "22.5 °C", or the name of a mode',
});

/** A number of a device in a document: per cent without a unit, or a quantity. */
const Amount = Type.Union([Type.Number(), Type.String({ minLength: 1, maxLength: 40 })], {
  expected: 'a number with its unit, such as "0.5 K"',
});

const FailSafe = Type.Union(
  [
    Type.Object({ after: DocumentDuration, value: Value }, closed),
    Type.Object(
      {
        after: DocumentDuration,
        hold: Type.String({ minLength: 1, maxLength: 400, description: 'Why holding is safer than the safe value.' }),
        maxHold: DocumentDuration,
        then: Value,
      },
      closed,
    ),
  ],
  { expected: 'after and value, or after, hold, maxHold and then' },
);

/** What shows whether it runs. */
const Feedback = Type.Object(
  {
    point: Type.String({ pattern: `^${word}/${word}/${word}$`, expected: 'a point, such as flower_room/front/ppfd' }),
    above: Type.Optional(Type.Number({ description: 'In the canonical unit of the point: what is more means that the device runs.' })),
    within: DocumentDuration,
  },
  closed,
);

/** One of the two relays that move an actuator. */
const Relay = Type.Object({ write: DocumentPlace, readBack: DocumentReadPlace }, closed);

/** What only some kinds of device have. */
const shapeParts = {
  quantity: Type.Optional(DocumentQuantity),
  range: Type.Optional(Type.Tuple([Amount, Amount], { expected: 'the smallest and the largest value, such as ["16 °C", "30 °C"]' })),
  step: Type.Optional(Amount),
  modes: Type.Optional(
    Type.Record(Type.String({ pattern: modeNamePattern }), Type.Integer({ minimum: -2_147_483_648, maximum: 4_294_967_295 }), {
      minProperties: 1,
      maxProperties: 64,
      additionalProperties: false,
      expectedKey: 'the name of a mode as key, such as heat',
    }),
  ),
  open: Type.Optional(Relay),
  close: Type.Optional(Relay),
  travel: Type.Optional(DocumentDuration),
  reversePause: Type.Optional(DocumentDuration),
} as const;

/** What it must not be asked to do too often, too long or too fast, and how it follows. */
const limitParts = {
  minOn: Type.Optional(DocumentDuration),
  minOff: Type.Optional(DocumentDuration),
  protectCompressor: Type.Optional(
    Type.Boolean({ description: '`minOff` holds against everybody, and counts from a restart where the past is not known.' }),
  ),
  maxRun: Type.Optional(DocumentDuration),
  maxStartsPerHour: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
  maxOnPerHour: Type.Optional(DocumentDuration),
  slew: Type.Optional(Type.String({ maxLength: 40, expected: 'a speed, such as "50 %/min"' })),
  deadband: Type.Optional(Amount),
  tolerance: Type.Optional(Amount),
  settle: Type.Optional(DocumentDuration),
  refresh: Type.Optional(DocumentDuration),
  watchdog: Type.Optional(DocumentDuration),
} as const;

const Device = Type.Object(
  {
    kind: Type.Enum([...deviceKinds], {
      hints: [
        ['^(temperature|humidity|number|value|analog)', 'a value with a unit is kind: setpoint, with quantity and range'],
        ['^(relay|on-?off|binary|digital|bool)', 'a device that is on or off is kind: switch'],
        ['^(dimmer|fan|drive)', 'a device that takes 0 to 100 % is kind: percent'],
        ['^(valve|vent|cover|screen|shutter|blind)', 'a drive with an opening and a closing relay is kind: three-point'],
      ],
    }),
    title: Type.Optional(Type.String({ minLength: 1, maxLength: 120 })),
    write: Type.Optional(DocumentPlace),
    readBack: Type.Optional(DocumentReadPlace),
    ...shapeParts,
    poll: Type.Optional(DocumentDuration),
    failSafe: FailSafe,
    restart: Type.Optional(Type.Enum(['automatic', 'manual'])),
    ...limitParts,
    maxOverride: Type.Optional(DocumentDuration),
    feedback: Type.Optional(Feedback),
    power: Type.Optional(Type.String({ maxLength: 20, expected: 'a power, such as 1.9 kW' })),
    merge: Type.Enum(['exclusive', 'any-on', 'all-on', 'max', 'min', 'mean']),
  },
  closed,
);

/** What acts in a site: where it is written and read back, its limits, and what is safe. */
export const DevicesSpec = Type.Object(
  {
    devices: Type.Record(Type.String({ pattern: `^${word}/${word}$` }), Device, {
      minProperties: 1,
      maxProperties: 1000,
      additionalProperties: false,
      expectedKey: 'a device as key, such as flower_room/heater',
    }),
  },
  closed,
);

/** A document of the kind `Devices`. */
export const DevicesDocument = documentSchema('Devices', DevicesSpec);

export type DevicesSpec = Static<typeof DevicesSpec>;
export type DevicesDocument = Static<typeof DevicesDocument>;
/** One device as its document says it. */
export type DeviceDeclaration = DevicesSpec['devices'][string];
