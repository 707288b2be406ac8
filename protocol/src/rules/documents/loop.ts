import { Type, type Static } from 'typebox';
import { DeviceId } from '../../names.ts';
import { Level, OnUnknown } from './acting.ts';
import { documentSchema } from './check.ts';
import { closed, DurationText, ExpressionText, QuantityText, Use } from './words.ts';

const Split = Type.Object(
  {
    range: Type.Tuple([Type.Number(), Type.Number()]),
    to: Type.Union([
      Type.Object(
        {
          device: Type.String({ ...DeviceId, expected: 'a device' }),
          as: Type.Literal('percent'),
          map: Type.Tuple([Type.Number(), Type.Number()]),
          resolution: Type.Optional(QuantityText),
        },
        closed,
      ),
      Type.Object(
        {
          device: Type.String({ ...DeviceId, expected: 'a device' }),
          as: Type.Literal('time-proportion'),
          map: Type.Tuple([Type.Number(), Type.Number()]),
          period: DurationText,
          minPulse: Type.Optional(DurationText),
          phase: Type.Optional(DurationText),
        },
        closed,
      ),
    ]),
  },
  closed,
);

/** A controller that holds a value by acting more or less. */
export const LoopDocument = documentSchema(
  'Loop',
  Type.Object(
    {
      use: Type.Optional(Use),
      every: DurationText,
      pv: ExpressionText,
      sp: ExpressionText,
      pid: Type.Object(
        {
          form: Type.Optional(Type.Literal('ideal')),
          kp: QuantityText,
          ti: Type.Optional(DurationText),
          td: Type.Optional(DurationText),
          derivativeOn: Type.Optional(Type.Literal('measurement')),
          derivativeFilter: Type.Optional(Type.Number({ minimum: 1, maximum: 100 })),
          spWeight: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
          deadband: Type.Optional(QuantityText),
          output: Type.Object(
            {
              min: Type.Number({ minimum: -100, maximum: 100 }),
              max: Type.Number({ minimum: -100, maximum: 100 }),
              slew: Type.Optional(QuantityText),
            },
            closed,
          ),
          antiWindup: Type.Optional(
            Type.Object(
              { mode: Type.Literal('back-calculation'), tt: DurationText, track: Type.Optional(Type.Literal('applied')) },
              closed,
            ),
          ),
          bumpless: Type.Optional(Type.Literal(true)),
        },
        closed,
      ),
      split: Type.Array(Split, { minItems: 1, maxItems: 8 }),
      level: Level,
      onUnknown: OnUnknown,
    },
    closed,
  ),
);
export type LoopDocument = Static<typeof LoopDocument>;
