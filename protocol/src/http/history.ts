import { Type, type Static } from 'typebox';
import { Author } from '../author.ts';
import { DeviceValue, Phase, Quality } from '../entries/entry.ts';
import { DeviceId, Lsn, PointId } from '../names.ts';
import { Reason, RenderedReason } from '../reasons/index.ts';

const Instant = Type.Number({ description: 'ms since 1970, by the clock of the hub' });
const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);
const perBucket = <S extends Parameters<typeof Type.Array>[0]>(schema: S, description: string) => Type.Array(schema, { description });
/** The end of JavaScript's dates. */
const latest = 8.64e15;
const asked = {
  from: Type.Optional(Type.Integer({ minimum: 0, maximum: latest, description: 'ms since 1970; default: a day before `to`' })),
  to: Type.Optional(Type.Integer({ minimum: 0, maximum: latest, description: 'ms since 1970; default: now' })),
};

/** Which stretch of time is asked for. */
export const StretchQuery = Type.Object(asked, { additionalProperties: false });
/** Which stretch of time is exported, and how the file is written. */
export const ExportQuery = Type.Object(
  {
    ...asked,
    zone: Type.Enum(['site', 'utc'], { default: 'site', description: 'the zone of the times in the file' }),
    decimal: Type.Enum(['point', 'comma'], {
      default: 'point',
      description: 'the decimal mark; with `comma`, semicolons separate the fields',
    }),
  },
  { additionalProperties: false },
);
/** Which stretch of the alarms is exported, and in which zone its times are. */
export const AlarmExportQuery = Type.Object(
  { ...asked, zone: Type.Enum(['site', 'utc'], { default: 'site', description: 'the zone of the times in the file' }) },
  { additionalProperties: false },
);
/** Which stretch of time is asked for, and into how many buckets it is divided at most. */
export const HistoryQuery = Type.Object(
  { ...asked, buckets: Type.Integer({ minimum: 1, maximum: 2000, default: 300 }) },
  { additionalProperties: false },
);

/** A stretch without a value, and why. */
export const HistoryGap = Type.Object({ from: Instant, to: Instant, why: RenderedReason });

/**
 * One point over a stretch of time, in buckets of one length; every array has one item for each bucket. A spike is in
 * `min` or `max` of its bucket, however short it was. A point that is true or false has 0 and 1, and as mean the share
 * of true.
 */
export const PointHistory = Type.Object({
  id: PointId,
  from: Instant,
  to: Instant,
  bucketMs: Type.Integer({ minimum: 1 }),
  at: perBucket(Instant, 'when the bucket begins; the first may begin a little before `from`'),
  min: perBucket(orNull(Type.Number()), 'null where there is no value'),
  mean: perBucket(orNull(Type.Number()), 'null where there is no value'),
  max: perBucket(orNull(Type.Number()), 'null where there is no value'),
  values: perBucket(
    Type.Integer({ minimum: 0 }),
    'how many of its samples have a value: a bucket that began before them all is known in part',
  ),
  good: perBucket(Type.Number({ minimum: 0, maximum: 1 }), 'which share of the samples was good; 0 where there are none'),
  isSimulated: perBucket(Type.Boolean(), 'whether a sample of it was simulated, not measured'),
  gaps: Type.Array(HistoryGap, { description: 'oldest first; those closer together than a bucket are merged' }),
});

/** What a device was confirmed to be, from when until when; `to` is null where it is so still. */
export const DeviceSpan = Type.Object({
  from: Instant,
  to: orNull(Instant),
  value: orNull(DeviceValue),
  phase: Phase,
  by: orNull(Author),
  why: orNull(RenderedReason),
  cause: orNull(Lsn),
  lsn: Type.Union([Lsn, Type.Null()], { description: 'the entry that confirmed it; null where it was simulated' }),
  isSimulated: Type.Boolean(),
});

/** What a device was confirmed to be over a stretch of time, oldest first. */
export const DeviceTimeline = Type.Object({ id: DeviceId, from: Instant, to: Instant, spans: Type.Array(DeviceSpan) });

/** Samples and spans that were made up, for a demonstration that is to have lived for a while. */
export const SimulatedPast = Type.Object(
  {
    samples: Type.Array(
      Type.Object(
        {
          point: PointId,
          at: Type.Integer({ minimum: 0, maximum: latest, description: 'ms since 1970' }),
          v: Type.Union([Type.Number(), Type.Boolean(), Type.Null()]),
          q: Quality,
          why: Type.Optional(Reason),
        },
        { additionalProperties: false },
      ),
      { description: 'of each point in order of time' },
    ),
    spans: Type.Array(
      Type.Object(
        {
          device: DeviceId,
          from: Type.Integer({ minimum: 0, maximum: latest }),
          to: orNull(Type.Integer({ minimum: 0, maximum: latest })),
          value: orNull(DeviceValue),
          phase: Phase,
          by: orNull(Author),
          why: orNull(Reason),
        },
        { additionalProperties: false },
      ),
      { description: 'of each device in order of time' },
    ),
  },
  { additionalProperties: false },
);

/** What came of handing over a simulated past: how much of it was new, and where the lived past begins. */
export const SimulatedPastAnswer = Type.Object({ samples: Type.Integer(), spans: Type.Integer(), before: orNull(Instant) });

/** How far the simulated past reaches; both null where there is none. `before` is where the lived past begins. */
export const SimulatedPastReach = Type.Object({ from: orNull(Instant), to: orNull(Instant), before: orNull(Instant) });

export type StretchQuery = Static<typeof StretchQuery>;
export type AlarmExportQuery = Static<typeof AlarmExportQuery>;
export type ExportQuery = Static<typeof ExportQuery>;
export type HistoryQuery = Static<typeof HistoryQuery>;
export type HistoryGap = Static<typeof HistoryGap>;
export type PointHistory = Static<typeof PointHistory>;
export type DeviceSpan = Static<typeof DeviceSpan>;
export type DeviceTimeline = Static<typeof DeviceTimeline>;
export type SimulatedPast = Static<typeof SimulatedPast>;
export type SimulatedPastAnswer = Static<typeof SimulatedPastAnswer>;
export type SimulatedPastReach = Static<typeof SimulatedPastReach>;
