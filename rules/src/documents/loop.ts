import { Type, type Static } from 'typebox';
import { DeviceId } from '@phloem/protocol';
import { Level, OnUnknown } from './acting.ts';
import { documentSchema } from './check.ts';
import { closed, DurationText, ExpressionText, QuantityText, Use } from './words.ts';

/** One end of what a loop may ask of a set-point device: `"16 °C"`. */
const SetpointEnd = Type.Union([Type.Number(), QuantityText], { expected: 'a quantity, such as "16 °C"' });

const Split = Type.Object(
  {
    range: Type.Tuple([Type.Number(), Type.Number()]),
    to: Type.Union(
      [
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
            as: Type.Literal('setpoint'),
            map: Type.Tuple([SetpointEnd, SetpointEnd]),
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
      ],
      { hints: [['^three-point$', 'as: percent also moves a device of kind: three-point, which has both relays and the travel time']] },
    ),
  },
  closed,
);

/** What other controllers offer as a choice, and this one always does. */
const pidKeyHints = {
  form: 'nothing: a loop always has the ideal form',
  derivativeOn: 'nothing: the derivative is always that of the measurement',
  bumpless: 'nothing: every transfer is bumpless',
} as const;

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
          kp: QuantityText,
          ti: Type.Optional(DurationText),
          td: Type.Optional(DurationText),
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
              { mode: Type.Literal('back-calculation'), tt: DurationText },
              { ...closed, keyHints: { track: 'nothing: the integral always tracks what was applied' } },
            ),
          ),
        },
        { ...closed, keyHints: pidKeyHints },
      ),
      split: Type.Array(Split, { minItems: 1, maxItems: 8 }),
      level: Level,
      onUnknown: OnUnknown,
    },
    closed,
  ),
);
export type LoopDocument = Static<typeof LoopDocument>;
