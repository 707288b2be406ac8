import { Type, type Static } from 'typebox';
import { DeviceId, PointId } from '@phloem/protocol';
import { documentSchema } from './check.ts';
import { closed, DeviceWord, DurationText, ExpressionText, QuantityText, text } from './words.ts';

const series =
  '^((stale|_|true|false|-?\\d+(\\.\\d+)?([+-]\\d+(\\.\\d+)?)?)(x\\d+)?)( +(stale|_|true|false|-?\\d+(\\.\\d+)?([+-]\\d+(\\.\\d+)?)?)(x\\d+)?)*$';
const TestCase = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    start: Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?(Z|[+-]\\d{2}:\\d{2})$',
      expected: 'an instant, such as 2026-03-02T12:00:00+01:00',
    }),
    step: DurationText,
    series: Type.Record(
      PointId,
      Type.String({ pattern: series, maxLength: 20_000, expected: 'samples, such as "26x59", "20+0.5x10", _ (none) or stale' }),
      { additionalProperties: false, expectedKey: 'a point, such as flower_room/front/temperature, as key' },
    ),
    /** What an operator adds to set-points meanwhile. */
    offsets: Type.Optional(
      Type.Array(Type.Object({ at: DurationText, setpoint: text(160), by: QuantityText, for: DurationText }, closed), { maxItems: 50 }),
    ),
    /** What an operator sets devices to meanwhile. */
    overrides: Type.Optional(
      Type.Array(Type.Object({ at: DurationText, device: DeviceId, value: DeviceWord, for: DurationText }, closed), { maxItems: 50 }),
    ),
    /** When the automation service is away: devices go to their safe values. */
    outages: Type.Optional(Type.Array(Type.Object({ at: DurationText, for: DurationText }, closed), { maxItems: 50 })),
    /** When a device does not follow what is written. */
    stuck: Type.Optional(Type.Array(Type.Object({ at: DurationText, device: DeviceId, for: DurationText }, closed), { maxItems: 50 })),
    expect: Type.Optional(
      Type.Array(
        Type.Union([
          Type.Object({ at: DurationText, device: DeviceId, is: DeviceWord, because: Type.Optional(text(160)) }, closed),
          Type.Object({ at: DurationText, alarm: text(200), state: Type.Enum(['active', 'cleared']) }, closed),
          Type.Object({ at: DurationText, expr: ExpressionText }, closed),
        ]),
        { maxItems: 500 },
      ),
    ),
    never: Type.Optional(Type.Array(ExpressionText, { maxItems: 50 })),
    limits: Type.Optional(
      Type.Object(
        {
          switches: Type.Optional(Type.Record(DeviceId, Type.Integer({ minimum: 0 }), { additionalProperties: false })),
          /** How often rules may request another value of a device. */
          requests: Type.Optional(Type.Record(DeviceId, Type.Integer({ minimum: 0 }), { additionalProperties: false })),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type RuleTestCase = Static<typeof TestCase>;

/** What rules must do, given by readings and what has to come of them. */
export const RuleTestDocument = documentSchema(
  'RuleTest',
  Type.Object(
    {
      bundle: Type.Optional(Type.Array(text(200), { maxItems: 100 })),
      site: Type.Optional(Type.Array(text(200), { maxItems: 100 })),
      /** Where the clocks of the test hang; the site's zone where nothing is said. */
      timeZone: Type.Optional(Type.String({ maxLength: 64, expected: 'a time zone, such as Europe/Amsterdam' })),
      tests: Type.Array(TestCase, { minItems: 1, maxItems: 200 }),
    },
    closed,
  ),
);
export type RuleTestDocument = Static<typeof RuleTestDocument>;
