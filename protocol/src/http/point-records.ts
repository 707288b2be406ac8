import { Type, type Static } from 'typebox';
import { Author } from '../author.ts';
import { DocumentHash, PointId } from '../names.ts';
import { ReferencePair } from '../entries/point-record.ts';

const closed = { additionalProperties: false } as const;
const Instant = Type.Number({ minimum: -8.64e15, maximum: 8.64e15, description: 'milliseconds since 1970' });
const Reason = Type.String({ minLength: 1, maxLength: 400 });
/** The newest calibration that somebody saw when he began; null where there was none. A newer one since then is `calibration/newer`. */
const Seen = Type.Optional(Type.Union([DocumentHash, Type.Null()]));
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/**
 * Asks for a calibration: `POST /api/v1/points/{id}/calibration`. One pair shifts the scale, two pairs shift and stretch
 * it; `reading` is what the point showed at that moment, earlier corrections included. Both in its canonical unit.
 */
export const CalibrationRequest = Type.Object(
  {
    pairs: Type.Array(ReferencePair, { minItems: 1, maxItems: 2 }),
    instrument: Type.String({ minLength: 1, maxLength: 120 }),
    instrumentDue: Type.Optional(Instant),
    due: Type.Optional(Instant),
    reason: Reason,
    seen: Seen,
    confirmed: Type.Optional(
      Type.Boolean({ description: 'true: the author has checked pairs that look wrong; without it they are `calibration/implausible`' }),
    ),
  },
  closed,
);

/** Why a calibration is taken back: `DELETE /api/v1/points/{id}/calibration`. */
export const WithdrawRequest = Type.Object({ reason: Reason, seen: Seen }, closed);

/** Why a point is put back into use: `DELETE /api/v1/points/{id}/maintenance`. */
export const UndoRequest = Type.Object({ reason: Reason }, closed);

/** Asks that a point be taken out of use: `POST /api/v1/points/{id}/maintenance`. 20 minutes unless said, 24 hours at most. */
export const MaintenanceRequest = Type.Object(
  { forMs: Type.Optional(Type.Number({ minimum: 1000, maximum: 86_400_000 })), reason: Reason },
  closed,
);

/** One calibration as it was made. */
export const CalibrationStatus = Type.Object(
  {
    hash: DocumentHash,
    at: Instant,
    by: Author,
    gain: Type.Number(),
    offset: Type.Number(),
    asFound: Type.Array(ReferencePair),
    asLeft: Type.Array(ReferencePair),
    instrument: orNull(Type.String()),
    instrumentDue: orNull(Instant),
    due: orNull(Instant),
    isOverdue: Type.Boolean(),
    reason: Type.String(),
  },
  closed,
);

/** What was done to a point: `GET /api/v1/points/{id}/calibration`. Newest first; `null` where nobody did anything. */
export const PointRecordsAnswer = Type.Object(
  {
    id: PointId,
    calibration: orNull(CalibrationStatus),
    earlier: Type.Array(CalibrationStatus),
    maintenance: orNull(Type.Object({ by: Author, reason: Type.String(), since: Instant, until: Instant }, closed)),
  },
  closed,
);

export type CalibrationRequest = Static<typeof CalibrationRequest>;
export type WithdrawRequest = Static<typeof WithdrawRequest>;
export type MaintenanceRequest = Static<typeof MaintenanceRequest>;
export type CalibrationStatus = Static<typeof CalibrationStatus>;
export type PointRecordsAnswer = Static<typeof PointRecordsAnswer>;
