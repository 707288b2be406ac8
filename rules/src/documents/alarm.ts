import { Type, type Static } from 'typebox';
import { AlarmPriority } from '@phloem/protocol';
import { documentSchema } from './check.ts';
import { When } from './condition.ts';
import { Alarm, closed, DurationText, ExpressionText, text, Use } from './words.ts';

/** What an operator needs to know of an alarm (ISA-18.2 rationalisation). */
export const Guidance = Type.Object(
  { cause: Type.Optional(text(400)), consequence: Type.Optional(text(400)), action: Type.Optional(text(400)) },
  { ...closed, minProperties: 1, description: 'Likely cause, consequence of inaction, and corrective action.' },
);

/** Conditions that suppress an alarm by design. */
export const InhibitWhen = Type.Array(
  Type.Object({ expr: ExpressionText, release: Type.Optional(DurationText), reason: Type.Optional(text(120)) }, closed),
  { minItems: 1, maxItems: 16 },
);

/** What an alarm does while its condition is unknown. */
export const AlarmOnUnknown = Type.Union(
  [
    Type.Literal('ignore'),
    Type.Object(
      {
        hold: DurationText,
        // eslint-disable-next-line unicorn/no-thenable -- a word of the documents; nobody awaits a schema
        then: Type.Optional(Type.Enum(['keep', 'raise', 'clear'], { expected: 'keep, raise or clear' })),
        alarm: Type.Optional(Alarm),
      },
      closed,
    ),
  ],
  { expected: 'ignore, or a map with hold, then and alarm' },
);

/** What every alarm may say, whatever its condition. */
export const alarmParts = {
  inhibitWhen: Type.Optional(InhibitWhen),
  onUnknown: Type.Optional(AlarmOnUnknown),
  guidance: Type.Optional(Guidance),
  shelvable: Type.Optional(Type.Boolean({ description: 'Whether operators may shelve it; true by default.' })),
} as const;

/** One condition that people must hear of. It needs no device. */
export const AlarmDocument = documentSchema(
  'Alarm',
  Type.Object(
    { use: Type.Optional(Use), when: When, priority: AlarmPriority, text: Type.String({ minLength: 1, maxLength: 200 }), ...alarmParts },
    closed,
  ),
);
export type AlarmDocument = Static<typeof AlarmDocument>;
export type Guidance = Static<typeof Guidance>;
export type InhibitWhen = Static<typeof InhibitWhen>;
export type AlarmOnUnknown = Static<typeof AlarmOnUnknown>;
