import { Type, type Static } from 'typebox';
import { DeviceId } from '../../names.ts';
import { Level, OnUnknown } from './acting.ts';
import { documentSchema } from './check.ts';
import { When } from './condition.ts';
import { closed, DeviceWord, DurationText, ExpressionText, Name, text, Use } from './words.ts';

const Request = Type.Object(
  {
    request: Type.Object(
      {
        device: Type.String({ ...DeviceId, expected: 'a device, such as flower_room/heater' }),
        value: Type.Union([DeviceWord, Type.Object({ expr: ExpressionText }, closed)], {
          expected: 'on, off, a number from 0 to 100, or expr with an expression in per cent',
        }),
        level: Level,
        after: Type.Optional(DurationText),
      },
      closed,
    ),
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
      onUnknown: OnUnknown,
    },
    closed,
  ),
);
export type RuleDocument = Static<typeof RuleDocument>;
