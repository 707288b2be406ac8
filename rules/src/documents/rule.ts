import { Type, type Static } from 'typebox';
import { DeviceId } from '@phloem/protocol';
import { Level, OnUnknown } from './acting.ts';
import { documentSchema } from './check.ts';
import { RuleWhen } from './condition.ts';
import { closed, DeviceWord, DurationText, ExpressionText, MomentText, StepText, text, Use } from './words.ts';

const Request = Type.Object(
  {
    request: Type.Object(
      {
        device: Type.String({ ...DeviceId, expected: 'a device, such as flower_room/heater' }),
        value: Type.Union([DeviceWord, Type.Object({ expr: ExpressionText }, closed)], {
          expected: 'on, off, a number, a quantity such as "22.5 °C", the name of a mode, or expr with an expression',
        }),
        level: Level,
        after: Type.Optional(DurationText),
        resolution: Type.Optional(StepText),
        interval: Type.Optional(DurationText),
      },
      closed,
    ),
  },
  { ...closed, keyHints: { alarm: 'an alarm is a document of its own, of the kind Alarm: phloem rules new alarm' } },
);

/** What a rule may use up until it has to stop. */
const Cap = Type.Union(
  [
    Type.Object(
      {
        onTime: DurationText,
        device: Type.Optional(Type.String({ ...DeviceId, expected: 'a device, such as flower_room/heater' })),
        resetAt: MomentText,
        resetEvery: Type.Optional(Type.Enum(['day', 'week', 'month'])),
        reason: Type.Optional(text(120)),
      },
      { ...closed, keyHints: { per: 'resetAt: "00:00", and resetEvery: week or month', max: 'onTime is the most there is' } },
    ),
    Type.Object(
      {
        of: ExpressionText,
        max: Type.String({ minLength: 1, maxLength: 2048, expected: 'a quantity, such as "40 kWh", or an expression, such as sp.budget' }),
        reason: Type.Optional(text(120)),
      },
      closed,
    ),
  ],
  { expected: 'onTime (a duration) with resetAt, or of (a signal) with max' },
);

/** What other software calls the parts of a rule. */
const ruleKeyHints = {
  if: 'when',
  trigger: 'when: a rule is a condition that holds or does not, not an event',
  triggers: 'when: a rule is a condition that holds or does not, not an event',
  condition: 'when, or unless for what stops it',
  conditions: 'when, or unless for what stops it',
  action: 'then',
  actions: 'then',
  do: 'then',
  else: 'a second rule with a lower level: it rules where this one asks for nothing',
  alias: 'title, in metadata',
  description: 'title, in metadata, or a comment',
  delay: 'for: { on: 90s } in when, or after in a request',
  limits: 'caps',
  max: 'caps',
} as const;

/** One on/off decision. */
export const RuleDocument = documentSchema(
  'Rule',
  Type.Object(
    {
      use: Type.Optional(Use),
      when: RuleWhen,
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
      caps: Type.Optional(Type.Array(Cap, { maxItems: 8 })),
      // eslint-disable-next-line unicorn/no-thenable -- a word of the documents; nobody awaits a schema
      then: Type.Array(Request, { minItems: 1, maxItems: 32 }),
      onUnknown: OnUnknown,
    },
    { ...closed, keyHints: ruleKeyHints },
  ),
);
export type RuleDocument = Static<typeof RuleDocument>;
