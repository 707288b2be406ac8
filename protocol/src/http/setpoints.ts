import { Type, type Static } from 'typebox';
import { DocumentHash, LocationId, PointId } from '../names.ts';
import { OffsetStatus } from './offset-status.ts';
import { readUnknownAs } from '../open-schema.ts';
import { quantityNames } from '../quantity.ts';

const Instant = Type.Number({ description: 'ms since 1970, by the clock of the hub' });
const Range = Type.Object({ low: Type.Number(), high: Type.Number() });
const orNull = <S extends typeof Range>(schema: S) => Type.Union([schema, Type.Null()]);

/** One set-point of a location over a stretch of time, in the canonical unit of its quantity. */
export const SetpointAhead = Type.Object({
  name: Type.String({ description: 'as `values` name it: the id of its document, and its own name' }),
  title: Type.String(),
  quantity: Type.Enum([...quantityNames], readUnknownAs('number')),
  now: Type.Union([Type.Number(), Type.Null()], { description: "the value as of `at`, with an operator's offset" }),
  base: Type.Union([Type.Number(), Type.Null()], { description: 'the value of the schedule alone as of `at`' }),
  offset: Type.Union([OffsetStatus, Type.Null()], { description: 'what an operator adds to the schedule as of `at`' }),
  reach: Type.Union([Type.Number(), Type.Null()], {
    description: 'how far an operator may move it either way; null where it may not be moved',
  }),
  target: orNull(Range),
  alarm: orNull(Range),
  points: Type.Array(PointId, { description: 'the points of the location that the signal of the same name is calculated from' }),
  steps: Type.Array(
    Type.Object({
      at: Instant,
      value: Type.Number(),
      isRamp: Type.Boolean({ description: 'from here the value moves in a straight line to the next step; else it stays until then' }),
    }),
    { description: 'oldest first; the first is at `from`, the last at `to`' },
  ),
});

/** What a location is steered to, by the schedule of its live bundle: a while back, and ahead. */
export const SetpointsAhead = Type.Object({
  location: LocationId,
  bundle: Type.Union([Type.Object({ hash: DocumentHash, revision: Type.Integer() }), Type.Null()]),
  at: Instant,
  setpoints: Type.Array(SetpointAhead),
  dark: Type.Array(Type.Object({ from: Instant, to: Instant }), {
    description: 'when the lights of the location are scheduled off; empty without such a schedule',
  }),
});

export type SetpointAhead = Static<typeof SetpointAhead>;
export type SetpointsAhead = Static<typeof SetpointsAhead>;
