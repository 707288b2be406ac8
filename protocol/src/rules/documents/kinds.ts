import { Type, type Static } from 'typebox';
import { AlarmPriority } from '../../entry.ts';
import { DeviceId, PointId } from '../../names.ts';
import { quantityNames } from '../../quantity.ts';
import { momentPattern } from '../nodes/moment.ts';
import { durationPattern } from '../units.ts';
import { documentSchema } from './check.ts';

const closed = { additionalProperties: false } as const;

/** A duration as documents write it: `90s`. */
export const DurationText = Type.String({ pattern: durationPattern, expected: 'a duration, such as 90s, 5min or 1h30min' });
/** A number with its unit: `"26 °C"`. */
export const QuantityText = Type.String({ minLength: 1, maxLength: 60, expected: 'a number with its unit, such as "26 °C"' });
/** An expression in CEL, always quoted. */
export const ExpressionText = Type.String({ minLength: 1, maxLength: 2048, expected: 'an expression in quotes, such as "vpd < kPa(1.1)"' });
/** The id of another document of the bundle. */
export const DocumentRef = Type.String({ maxLength: 120, expected: 'the id of another document' });
/** What a signal is called in expressions. */
export const signalName = '^[a-zA-Z][a-zA-Z0-9_]{0,62}$';
const Name = Type.String({ pattern: signalName, expected: 'a name, such as leafTemp' });
const names = { additionalProperties: false, expectedKey: 'a name, such as leafTemp, as key' } as const;
const text = (maxLength: number) => Type.String({ maxLength });

const Input = Type.Object(
  {
    point: Type.String({ ...PointId, expected: 'a point, such as flower_room/front/temperature' }),
    quantity: Type.Optional(Type.Enum([...quantityNames])),
    maxAge: DurationText,
    valid: Type.Optional(Type.Tuple([QuantityText, QuantityText])),
    optional: Type.Optional(Type.Boolean()),
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
/** A moment of a day: `06:00`, `sunrise + 30min`, `lights-off - 1h`. */
export const MomentText = Type.String({
  pattern: momentPattern,
  expected: 'a moment, such as "06:00", sunrise + 30min or lights-off - 1h',
});
const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
/** The days of a week, Sunday first. */
export const dayNames: readonly string[] = days;
const Window = Type.Object(
  { from: MomentText, to: MomentText, days: Type.Optional(Type.Array(Type.Enum([...days]), { minItems: 1, maxItems: 7 })) },
  closed,
);
const Windows = Type.Array(Window, { minItems: 1, maxItems: 32 });

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
  Type.Object({ integrate: Type.Object({ of: Name, resetAt: MomentText, unit: text(20) }, closed), ...described }, closed),
  Type.Object({ schedule: Windows, ...described }, closed),
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
export type SignalDeclaration = Static<typeof Signal>;

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

/** Readings under short names, and what is worked out from them. */
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
    },
    closed,
  ),
);

const ForTimes = Type.Object({ on: Type.Optional(DurationText), off: Type.Optional(DurationText) }, closed);
const When = Type.Union(
  [
    ExpressionText,
    Type.Object({ expr: ExpressionText, for: Type.Optional(ForTimes) }, closed),
    Type.Object({ hysteresis: Type.Object({ on: ExpressionText, off: ExpressionText }, closed), for: Type.Optional(ForTimes) }, closed),
    Type.Object({ schedule: Windows }, closed),
  ],
  { expected: 'an expression in quotes, or a map with hysteresis (or expr) and for, or a schedule' },
);

const onOff = ['on', 'off'] as const;
/** A value for a device: `on`, `off`, or per cent. */
export const DeviceWord = Type.Union([Type.Enum([...onOff]), Type.Boolean(), Type.Number({ minimum: 0, maximum: 100 })], {
  expected: 'on, off, or a number from 0 to 100',
});
const Level = Type.Enum(['protect', 'control', 'schedule']);
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
const Alarm = Type.Object({ priority: AlarmPriority, text: text(200) }, closed);

const OnUnknown = Type.Object(
  {
    hold: DurationText,
    // eslint-disable-next-line unicorn/no-thenable -- a word of the documents; nobody awaits a schema
    then: Type.Union([Type.Enum(['release', ...onOff]), Type.Number({ minimum: 0, maximum: 100 })], {
      expected: 'release, on, off, or a number from 0 to 100',
    }),
    alarm: Type.Optional(Alarm),
  },
  closed,
);
export type OnUnknown = Static<typeof OnUnknown>;

/** What a document of one or several others uses. */
export const Use = Type.Object(
  {
    signals: Type.Optional(
      Type.Union([DocumentRef, Type.Array(DocumentRef, { maxItems: 16 })], { expected: 'the id of a Signals document' }),
    ),
    setpoints: Type.Optional(DocumentRef),
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
        { switches: Type.Optional(Type.Record(DeviceId, Type.Integer({ minimum: 0 }), { additionalProperties: false })) },
        closed,
      ),
    ),
  },
  closed,
);
export type RuleTestCase = Static<typeof TestCase>;

/** What rules must do, told by readings and what has to come of them. */
export const RuleTestDocument = documentSchema(
  'RuleTest',
  Type.Object(
    {
      bundle: Type.Optional(Type.Array(text(200), { maxItems: 100 })),
      site: Type.Optional(Type.Array(text(200), { maxItems: 100 })),
      tests: Type.Array(TestCase, { minItems: 1, maxItems: 200 }),
    },
    closed,
  ),
);
export type RuleTestDocument = Static<typeof RuleTestDocument>;

const Interlock = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,62}$', expected: 'a name in lower case, such as co2-person' }),
    when: When,
    latch: Type.Optional(Type.Object({ resetBy: Type.Literal('operator'), whenClear: Type.Optional(DurationText) }, closed)),
    force: Type.Optional(Type.Object({ device: Type.String({ ...DeviceId, expected: 'a device' }), value: DeviceWord }, closed)),
    deny: Type.Optional(Type.Object({ device: Type.String({ ...DeviceId, expected: 'a device' }), value: Type.Enum([...onOff]) }, closed)),
    limit: Type.Optional(
      Type.Object(
        {
          device: Type.String({ ...DeviceId, expected: 'a device' }),
          max: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
          min: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
          ramp: Type.Optional(QuantityText),
        },
        closed,
      ),
    ),
    onUnknown: Type.Optional(Type.Enum(['trip', 'ignore'])),
    alarm: Type.Optional(Alarm),
  },
  { ...closed, description: 'What must never happen: a condition, and what it forces, denies or limits.' },
);
export type InterlockDeclaration = Static<typeof Interlock>;

/** What must never happen, whatever rules and operators say. */
export const InterlocksDocument = documentSchema(
  'Interlocks',
  Type.Object(
    {
      use: Type.Optional(Type.Object({ signals: Type.Union([DocumentRef, Type.Array(DocumentRef, { maxItems: 16 })]) }, closed)),
      interlocks: Type.Array(Interlock, { minItems: 1, maxItems: 100 }),
    },
    closed,
  ),
);
export type InterlocksDocument = Static<typeof InterlocksDocument>;

export type LoopDocument = Static<typeof LoopDocument>;
export type SignalsDocument = Static<typeof SignalsDocument>;
export type SetpointsDocument = Static<typeof SetpointsDocument>;
export type RuleDocument = Static<typeof RuleDocument>;
/** A document of a bundle. */
export type BundleDocument = SignalsDocument | SetpointsDocument | RuleDocument | LoopDocument | RuleTestDocument;

/** The schema of each kind of a bundle. */
export const bundleKinds = {
  Signals: SignalsDocument,
  Setpoints: SetpointsDocument,
  Rule: RuleDocument,
  Loop: LoopDocument,
  RuleTest: RuleTestDocument,
} as const;

/** The schema of each kind that interlocks are made of. */
export const interlockKinds = { Signals: SignalsDocument, Interlocks: InterlocksDocument } as const;
