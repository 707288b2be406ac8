import { Type, type Static } from 'typebox';
import { documentSchema } from './check.ts';
import { DocumentDuration, DocumentPlace } from './site.ts';

const closed = { additionalProperties: false } as const;
const word = '[a-z][a-z0-9_]{0,62}';

/** A device's value in a document: `on` and `off`, or per cent. */
const Value = Type.Union([Type.Enum(['on', 'off']), Type.Boolean(), Type.Number({ minimum: 0, maximum: 100 })], {
  expected: 'on, off or a number from 0 to 100',
});

/** A key that the design knows and this version does not enforce: taken in silence it would promise what nobody keeps. */
const notEnforced = Type.Optional(Type.Never({ expected: 'this key to be left out: it is not enforced by this version' }));

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

/** What feels whether it runs. */
const Feedback = Type.Object(
  {
    point: Type.String({ pattern: `^${word}/${word}/${word}$`, expected: 'a point, such as flower_room/front/ppfd' }),
    above: Type.Optional(Type.Number({ description: 'In the canonical unit of the point: what is more means that the device runs.' })),
    within: DocumentDuration,
  },
  closed,
);

const Device = Type.Object(
  {
    kind: Type.Enum(['switch', 'percent']),
    title: Type.Optional(Type.String({ minLength: 1, maxLength: 120 })),
    write: DocumentPlace,
    readBack: DocumentPlace,
    poll: Type.Optional(DocumentDuration),
    failSafe: FailSafe,
    comeBack: Type.Optional(Type.Enum(['automatic', 'operator'])),
    minOn: Type.Optional(DocumentDuration),
    minOff: Type.Optional(DocumentDuration),
    protectCompressor: Type.Optional(
      Type.Boolean({ description: '`minOff` holds against everybody, and counts from a restart where the past is not known.' }),
    ),
    maxOverride: Type.Optional(DocumentDuration),
    feedback: Type.Optional(Feedback),
    power: Type.Optional(Type.String({ maxLength: 20, expected: 'a power, such as 1.9 kW' })),
    merge: Type.Enum(['exclusive', 'any-on', 'all-on', 'max', 'min', 'mean']),
    maxStartsPerHour: notEnforced,
    maxRun: notEnforced,
    maxOnPerHour: notEnforced,
    slew: notEnforced,
    deadband: notEnforced,
    refresh: notEnforced,
    interlocks: notEnforced,
  },
  closed,
);

/** What acts in a site: where it is written and read back, its limits, and what is safe. */
export const DevicesSpec = Type.Object(
  {
    devices: Type.Record(Type.String({ pattern: `^${word}/${word}$` }), Device, {
      minProperties: 1,
      maxProperties: 1000,
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
