import { Type, type Static } from 'typebox';
import { AlarmPriority } from '../../entry.ts';
import { DeviceId, PointId } from '../../names.ts';
import { quantityNames } from '../../quantity.ts';
import { durationPattern } from '../units.ts';
import { documentSchema } from './check.ts';

const closed = { additionalProperties: false } as const;

/** A duration as documents write it: `90s`. */
export const DurationText = Type.String({ pattern: durationPattern, expected: 'a duration, such as 90s, 5min or 1h30min' });
/** A number with its unit: `"26 °C"`. */
export const QuantityText = Type.String({ minLength: 1, maxLength: 60, expected: 'a number with its unit, such as "26 °C"' });
/** An expression in CEL, always quoted. */
export const ExpressionText = Type.String({ minLength: 1, maxLength: 2048, expected: 'an expression in quotes, such as "vpd < kPa(1.1)"' });
/** The id of another document of the bundle. */
export const DocumentRef = Type.String({ maxLength: 120, expected: 'the id of another document' });
/** What a signal is called in expressions. */
export const signalName = '^[a-zA-Z][a-zA-Z0-9_]{0,62}$';
const Name = Type.String({ pattern: signalName, expected: 'a name, such as leafTemp' });
const names = { additionalProperties: false, expectedKey: 'a name, such as leafTemp, as key' } as const;
const text = (maxLength: number) => Type.String({ maxLength });

const Input = Type.Object(
  {
    point: Type.String({ ...PointId, expected: 'a point, such as flower_room/front/temperature' }),
    quantity: Type.Optional(Type.Enum([...quantityNames])),
    maxAge: DurationText,
    valid: Type.Optional(Type.Tuple([QuantityText, QuantityText])),
    optional: Type.Optional(Type.Boolean()),
    quality: Type.Optional(Type.Array(Type.Enum(['good', 'uncertain']), { minItems: 1 })),
  },
  { ...closed, description: 'A point of the site under a short name, with what makes its readings usable.' },
);

const Aggregate = Type.Object(
  {
    of: Type.Array(Name, { minItems: 1, maxItems: 64 }),
    fn: Type.Enum(['median', 'mean', 'min', 'max']),
    quorum: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
    rejectOutside: Type.Optional(QuantityText),
  },
  closed,
);
const described = { title: Type.Optional(text(120)), inputs: Type.Optional(Type.Array(Name, { maxItems: 64 })) } as const;
const Signal = Type.Union([
  Type.Object({ expr: ExpressionText, ...described }, closed),
  Type.Object({ aggregate: Aggregate, ...described }, closed),
]);

/** Readings under short names, and what is worked out from them. */
export const SignalsDocument = documentSchema(
  'Signals',
  Type.Object(
    {
      inputs: Type.Record(Type.String({ pattern: signalName }), Input, names),
      signals: Type.Optional(Type.Record(Type.String({ pattern: signalName }), Signal, names)),
    },
    closed,
  ),
);

/** The values that rules steer by. */
export const SetpointsDocument = documentSchema(
  'Setpoints',
  Type.Object(
    {
      setpoints: Type.Record(Type.String({ pattern: signalName }), QuantityText, { ...names, minProperties: 1 }),
    },
    closed,
  ),
);

const ForTimes = Type.Object({ on: Type.Optional(DurationText), off: Type.Optional(DurationText) }, closed);
const When = Type.Union(
  [
    ExpressionText,
    Type.Object({ expr: ExpressionText, for: Type.Optional(ForTimes) }, closed),
    Type.Object({ hysteresis: Type.Object({ on: ExpressionText, off: ExpressionText }, closed), for: Type.Optional(ForTimes) }, closed),
  ],
  { expected: 'an expression in quotes, or a map with hysteresis (or expr) and for' },
);

const onOff = ['on', 'off'] as const;
/** A value for a device: `on`, `off`, or per cent. */
export const DeviceWord = Type.Union([Type.Enum([...onOff]), Type.Boolean(), Type.Number({ minimum: 0, maximum: 100 })], {
  expected: 'on, off, or a number from 0 to 100',
});
const Request = Type.Object(
  {
    request: Type.Object(
      {
        device: Type.String({ ...DeviceId, expected: 'a device, such as flower_room/heater' }),
        value: DeviceWord,
        level: Type.Enum(['protect', 'control', 'schedule']),
        after: Type.Optional(DurationText),
      },
      closed,
    ),
  },
  closed,
);
const Alarm = Type.Object({ priority: AlarmPriority, text: text(200) }, closed);

/** What a document of one or several others uses. */
export const Use = Type.Object(
  {
    signals: Type.Optional(
      Type.Union([DocumentRef, Type.Array(DocumentRef, { maxItems: 16 })], { expected: 'the id of a Signals document' }),
    ),
    setpoints: Type.Optional(DocumentRef),
  },
  closed,
);

/** One on/off decision. */
export const RuleDocument = documentSchema(
  'Rule',
  Type.Object(
    {
      use: Type.Optional(Use),
      state: Type.Optional(Name),
      when: When,
      unless: Type.Optional(
        Type.Array(
          Type.Object(
            {
              expr: ExpressionText,
              for: Type.Optional(DurationText),
              release: Type.Optional(DurationText),
              reason: Type.Optional(text(120)),
            },
            closed,
          ),
          { maxItems: 16 },
        ),
      ),
      // eslint-disable-next-line unicorn/no-thenable -- a word of the documents; nobody awaits a schema
      then: Type.Array(Request, { minItems: 1, maxItems: 32 }),
      onUnknown: Type.Object(
        {
          hold: DurationText,
          // eslint-disable-next-line unicorn/no-thenable -- as above
          then: Type.Union([Type.Enum(['release', ...onOff]), Type.Number({ minimum: 0, maximum: 100 })], {
            expected: 'release, on, off, or a number from 0 to 100',
          }),
          alarm: Type.Optional(Alarm),
        },
        closed,
      ),
    },
    closed,
  ),
);

export type SignalsDocument = Static<typeof SignalsDocument>;
export type SetpointsDocument = Static<typeof SetpointsDocument>;
export type RuleDocument = Static<typeof RuleDocument>;
/** A document of a bundle. */
export type BundleDocument = SignalsDocument | SetpointsDocument | RuleDocument;

/** The schema of each kind of a bundle. */
export const bundleKinds = { Signals: SignalsDocument, Setpoints: SetpointsDocument, Rule: RuleDocument } as const;
