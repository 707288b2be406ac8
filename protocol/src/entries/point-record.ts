import { Type, type Static } from 'typebox';
import { DocumentHash, PointId } from '../names.ts';
import { Reason } from '../reasons/index.ts';

const closed = { additionalProperties: false } as const;
/** Milliseconds since 1970. */
const Instant = Type.Number({ minimum: -8.64e15, maximum: 8.64e15 });
const Name = Type.String({ minLength: 1, maxLength: 120 });

/** A value of the reference beside what the point showed at that moment; both in the point's canonical unit. */
export const ReferencePair = Type.Object({ reference: Type.Number(), reading: Type.Number() }, closed);

/**
 * How a point was held against a reference: `value = uncorrected × gain + offset`. One pair shifts the scale, two pairs
 * shift and stretch it; none takes an earlier correction away. `asFound` is what the point showed before, `asLeft` what
 * it shows with the new coefficients. `due` is when it has to be done again. `previous`
 * names the record before it, `withdrawTo` the one that holds again when this one is taken back; null is the point as it came.
 */
export const CalibrationRecord = Type.Object(
  {
    kind: Type.Literal('calibration'),
    point: PointId,
    by: Name,
    at: Instant,
    gain: Type.Number({ minimum: 0.5, maximum: 2 }),
    offset: Type.Number(),
    asFound: Type.Array(ReferencePair, { maxItems: 2 }),
    asLeft: Type.Array(ReferencePair, { maxItems: 2 }),
    /** What it was held against, and until when that is itself trusted. */
    instrument: Type.Union([Name, Type.Null()]),
    instrumentDue: Type.Union([Instant, Type.Null()]),
    due: Type.Union([Instant, Type.Null()]),
    reason: Type.String({ maxLength: 400 }),
    previous: Type.Union([DocumentHash, Type.Null()]),
    withdrawTo: Type.Union([DocumentHash, Type.Null()]),
  },
  closed,
);

/**
 * A point is taken out of use for `forMs`, counted in the hub's running time from the entry; 0 puts it back. `reason` is
 * what a person wrote, `why` is there if the hub itself put the point back.
 */
export const MaintenanceRecord = Type.Object(
  {
    kind: Type.Literal('maintenance'),
    point: PointId,
    forMs: Type.Number({ minimum: 0, maximum: 86_400_000 }),
    reason: Type.Optional(Type.String({ maxLength: 400 })),
    why: Type.Optional(Reason),
  },
  closed,
);

/** What was done to a point, as a `note` entry carries it. */
export const PointRecord = Type.Union([CalibrationRecord, MaintenanceRecord]);

export type ReferencePair = Static<typeof ReferencePair>;
export type CalibrationRecord = Static<typeof CalibrationRecord>;
export type MaintenanceRecord = Static<typeof MaintenanceRecord>;
export type PointRecord = Static<typeof PointRecord>;
