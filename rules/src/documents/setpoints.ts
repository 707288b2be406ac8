import { Type, type Static } from 'typebox';
import { AlarmPriority } from '@phloem/protocol';
import { alarmParts } from './alarm.ts';
import { documentSchema } from './check.ts';
import { ForTimes } from './condition.ts';
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
/** What fixes the moments of a day: the site's time zone unless it says otherwise, lights or the sun, and the days on which clocks change. */
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
/** A limit on both sides of a set-point, and how its alarm is raised. */
const BandAlarm = Type.Object(
  {
    limit: QuantityText,
    priority: Type.Optional(AlarmPriority),
    of: Type.Optional(Type.String({ pattern: signalName, expected: 'a signal, such as temp', description: 'what is measured' })),
    for: Type.Optional(ForTimes),
    deadband: Type.Optional(QuantityText),
    grace: Type.Optional(DurationText),
    text: Type.Optional(Type.String({ minLength: 1, maxLength: 120 })),
    ...alarmParts,
  },
  closed,
);
export type BandAlarm = Static<typeof BandAlarm>;
const Band = Type.Object(
  {
    target: QuantityText,
    alarm: Type.Optional(
      Type.Union([QuantityText, BandAlarm], { expected: 'a limit, such as "±3.0 K", or a map with limit, priority and for' }),
    ),
  },
  closed,
);

/** How far from its set-point a value raises an alarm; undefined where it never does. */
export const limitOf = (alarm: string | BandAlarm | undefined): string | undefined => (typeof alarm === 'object' ? alarm.limit : alarm);

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
          description: 'how far operators may move a set-point, such as "±2.0 K"; default: half the alarm band',
        }),
      ),
    },
    closed,
  ),
);
export type SetpointsDocument = Static<typeof SetpointsDocument>;
