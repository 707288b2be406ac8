import { Type, type Static } from 'typebox';
import { PointId, quantityNames } from '@phloem/protocol';
import { documentSchema } from './check.ts';
import { Cycle, Windows } from './windows.ts';
import { closed, DocumentRef, DurationText, ExpressionText, MomentText, Name, names, QuantityText, signalName, text } from './words.ts';

const Input = Type.Object(
  {
    point: Type.String({ ...PointId, expected: 'a point, such as flower_room/front/temperature' }),
    quantity: Type.Optional(Type.Enum([...quantityNames])),
    maxAge: DurationText,
    valid: Type.Optional(Type.Tuple([QuantityText, QuantityText])),
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

const Integrate = Type.Object(
  {
    of: Name,
    unit: text(20),
    resetAt: Type.Optional(MomentText),
    resetEvery: Type.Optional(Type.Enum(['day', 'week', 'month'], { description: 'Weeks begin on Monday, months on the 1st.' })),
    resetWhen: Type.Optional(ExpressionText),
  },
  {
    ...closed,
    keyHints: { reset: 'resetWhen with a condition, or resetAt with a moment', per: 'resetEvery: day, week or month', every: 'resetEvery' },
    description: 'A sum over time. While resetWhen is true it stands at 0; at resetAt it starts from 0.',
  },
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
  Type.Object({ integrate: Integrate, ...described }, closed),
  Type.Object({ schedule: Windows, ...described }, closed),
  Type.Object({ cycle: Cycle, ...described }, closed),
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

/** Readings under short names, and what is calculated from them. */
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
