import { Type, type Static } from 'typebox';
import { documentSchema } from './check.ts';
import { closed, DurationText, MomentText, names, QuantityText, signalName } from './words.ts';

const Clock = Type.Union(
  [
    Type.Object({ mode: Type.Literal('lights'), on: MomentText, duration: DurationText }, closed),
    Type.Object(
      { mode: Type.Literal('sun'), lat: Type.Number({ minimum: -90, maximum: 90 }), lon: Type.Number({ minimum: -180, maximum: 180 }) },
      closed,
    ),
  ],
  { expected: 'mode: lights with on and duration, or mode: sun with lat and lon' },
);
/** What fixes the moments of a day: the site's time zone unless it says otherwise, lamps or the sun, and the days on which clocks change. */
const daylight = {
  timezone: Type.Optional(Type.String({ maxLength: 64, expected: 'a time zone, such as Europe/Amsterdam' })),
  clock: Type.Optional(Clock),
  place: Type.Optional(
    Type.Object({ lat: Type.Number({ minimum: -90, maximum: 90 }), lon: Type.Number({ minimum: -180, maximum: 180 }) }, closed),
  ),
  dst: Type.Optional(Type.Enum(['keep-duration', 'keep-clock'])),
} as const;
const Daylight = Type.Object(daylight, closed);
export type Daylight = Static<typeof Daylight>;

const Point = Type.Object({ at: MomentText, value: QuantityText, ramp: Type.Optional(DurationText) }, closed);
const Band = Type.Object({ target: QuantityText, alarm: Type.Optional(QuantityText) }, closed);

/** The values that rules steer by. */
export const SetpointsDocument = documentSchema(
  'Setpoints',
  Type.Object(
    {
      ...daylight,
      setpoints: Type.Record(
        Type.String({ pattern: signalName }),
        Type.Union([QuantityText, Type.Array(Point, { minItems: 1, maxItems: 64 })], {
          expected: 'a quantity, such as "1.25 kPa", or a list of points with at, value and ramp',
        }),
        { ...names, minProperties: 1 },
      ),
      bands: Type.Optional(Type.Record(Type.String({ pattern: signalName }), Band, names)),
      offsets: Type.Optional(
        Type.Record(Type.String({ pattern: signalName }), QuantityText, {
          ...names,
          description: 'how far operators may move a set-point by hand, such as "±2.0 K"; half the alarm band where nothing is said',
        }),
      ),
    },
    closed,
  ),
);
export type SetpointsDocument = Static<typeof SetpointsDocument>;
