import { Type, type Static } from 'typebox';
import { PointId } from '../../names.ts';
import { quantityNames } from '../../quantity.ts';
import { documentSchema } from './check.ts';
import { Windows } from './windows.ts';
import { closed, DocumentRef, DurationText, ExpressionText, MomentText, Name, names, QuantityText, signalName, text } from './words.ts';

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
const Filter = Type.Union(
  [
    Type.Object({ ewma: DurationText }, closed),
    Type.Object({ median: Type.Integer({ minimum: 3, maximum: 101 }) }, closed),
    Type.Object({ slew: QuantityText }, closed),
  ],
  { expected: 'ewma (a duration), median (a count) or slew (such as "1 K/min")' },
);

const described = { title: Type.Optional(text(120)), inputs: Type.Optional(Type.Array(Name, { maxItems: 64 })) } as const;
const smoothed = { ...described, filter: Type.Optional(Filter) } as const;
const Signal = Type.Union([
  Type.Object({ expr: ExpressionText, ...smoothed }, closed),
  Type.Object({ aggregate: Aggregate, ...smoothed }, closed),
  Type.Object(
    {
      rate: Type.Object(
        { of: Name, window: DurationText, minSamples: Type.Optional(Type.Integer({ minimum: 2, maximum: 512 })), unit: text(20) },
        closed,
      ),
      ...described,
    },
    closed,
  ),
  Type.Object({ integrate: Type.Object({ of: Name, resetAt: MomentText, unit: text(20) }, closed), ...described }, closed),
  Type.Object({ schedule: Windows, ...described }, closed),
  Type.Object(
    {
      latch: Type.Object({ set: ExpressionText, reset: ExpressionText, dominant: Type.Optional(Type.Enum(['set', 'reset'])) }, closed),
      ...described,
    },
    closed,
  ),
  Type.Object(
    { edge: Type.Object({ of: ExpressionText, on: Type.Optional(Type.Enum(['rising', 'falling', 'both'])) }, closed), ...described },
    closed,
  ),
  Type.Object({ counter: Type.Object({ of: ExpressionText, reset: Type.Optional(ExpressionText) }, closed), ...described }, closed),
  Type.Object({ delay: Type.Object({ of: Name, by: DurationText, unit: Type.Optional(text(20)) }, closed), ...described }, closed),
]);
/** One signal as its document says it. */
export type SignalDeclaration = Static<typeof Signal>;

/** Readings under short names, and what is worked out from them. */
export const SignalsDocument = documentSchema(
  'Signals',
  Type.Object(
    {
      use: Type.Optional(Type.Object({ setpoints: DocumentRef }, closed)),
      inputs: Type.Record(Type.String({ pattern: signalName }), Input, names),
      clusters: Type.Optional(Type.Record(Type.String({ pattern: signalName }), Type.Array(Name, { minItems: 1, maxItems: 64 }), names)),
      signals: Type.Optional(Type.Record(Type.String({ pattern: signalName }), Signal, names)),
    },
    closed,
  ),
);
export type SignalsDocument = Static<typeof SignalsDocument>;
