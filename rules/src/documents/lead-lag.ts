import { Type, type Static } from 'typebox';
import { DeviceId } from '@phloem/protocol';
import { Level, OnUnknown } from './acting.ts';
import { documentSchema } from './check.ts';
import { closed, DeviceWord, DurationText, ExpressionText, text, Use } from './words.ts';

const Member = Type.Union(
  [
    Type.String({ ...DeviceId, expected: 'a device, such as cold_store/compressor_1' }),
    Type.Object(
      {
        device: Type.String({ ...DeviceId, expected: 'a device, such as cold_store/compressor_1' }),
        unless: Type.Optional(ExpressionText),
        reason: Type.Optional(text(120)),
      },
      closed,
    ),
  ],
  { expected: 'a device, or a map with device, unless and reason' },
);

/** Devices that take turns: as many run as are needed, and the work is shared by hours or by starts. */
export const LeadLagDocument = documentSchema(
  'LeadLag',
  Type.Object(
    {
      use: Type.Optional(Use),
      devices: Type.Array(Member, { minItems: 2, maxItems: 16 }),
      needed: Type.Union([ExpressionText, Type.Integer({ minimum: 0, maximum: 16 })], {
        expected: 'how many have to run: a whole number, or an expression in quotes',
        description: 'How many have to run: a number, or a condition for one of them.',
      }),
      rotate: Type.Optional(
        Type.Object(
          {
            by: Type.Enum(['hours', 'starts'], { description: 'What is shared evenly.' }),
            after: Type.Optional(DurationText),
          },
          { ...closed, description: 'With after, a device that has run for so long hands over to one that has run less.' },
        ),
      ),
      between: Type.Optional(DurationText),
      within: Type.Optional(DurationText),
      retry: Type.Optional(DurationText),
      value: Type.Optional(DeviceWord),
      level: Level,
      onUnknown: OnUnknown,
    },
    {
      ...closed,
      keyHints: {
        count: 'needed',
        when: 'needed: a condition means one of them',
        order: 'the order of devices, where hours or starts are equal',
        after: 'rotate: { by: hours, after: 8h }',
        by: 'rotate: { by: hours }',
        standby: 'nothing: a device that is not needed stands by',
      },
    },
  ),
);
export type LeadLagDocument = Static<typeof LeadLagDocument>;
