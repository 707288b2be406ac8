import { Type, type Static } from 'typebox';
import { WallTime } from '../entries/entry.ts';
import { Lsn, PointId, SourceId } from '../names.ts';

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** The number of a message of a source: 1, 2, 3 … without holes. */
export const IngestSeq = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
/** Where the sender stands in its own input, in its own words; the hub keeps it with the message. */
export const IngestPosition = Type.String({ maxLength: 1024 });

/**
 * A value that somebody measured, in the unit that the site declares for this point of the source; `unit` converts from another one.
 * Without a value (`v: null`) the instrument itself has none, and `why` gives the reason.
 */
export const IngestReading = Type.Object(
  {
    v: Type.Union([Type.Number(), Type.Boolean(), Type.Null()]),
    unit: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
    why: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  closed,
);

/** Readings that were measured together. Without `at`, the wall time in milliseconds since 1970, they count as measured on arrival. */
export const IngestFrame = Type.Object(
  {
    at: Type.Optional(WallTime),
    readings: Type.Record(PointId, IngestReading, { minProperties: 1, maxProperties: 256, additionalProperties: false }),
  },
  closed,
);

/** A numbered message of a source. The same number with the same content again changes nothing and has the same outcome. */
export const IngestMessage = Type.Object(
  {
    source: SourceId,
    seq: IngestSeq,
    frames: Type.Array(IngestFrame, { minItems: 1, maxItems: 256 }),
    position: Type.Optional(IngestPosition),
  },
  closed,
);

/** Asks how far a source has come. */
export const Attach = Type.Object({ source: SourceId }, closed);

/** Why nothing was taken. `expected` is the number that the hub waits for; null where that is not known. */
export const IngestFault = Type.Object(
  {
    code: Type.String({ maxLength: 80 }),
    message: Type.String({ maxLength: 400 }),
    retry: Type.Boolean(),
    expected: Type.Union([IngestSeq, Type.Null()]),
  },
  closed,
);

/** A reading that was left out, and why. */
export const RefusedReading = Type.Object(
  { point: PointId, code: Type.String({ maxLength: 80 }), message: Type.String({ maxLength: 400 }) },
  closed,
);

/**
 * What came of a message, once it is on disk: how many readings are live, how many came too late and are in the history
 * alone, and how many were refused; `refused` reports the first of those. `lsn` is the newest entry of it, or the head before it.
 */
export const IngestOutcome = Type.Object(
  { lsn: Lsn, live: Count, late: Count, refusedCount: Count, refused: Type.Array(RefusedReading, { maxItems: 16 }) },
  closed,
);

/** The answer to `attach`: the last number that was taken, 0 before the first, and the position that came with it. */
export const Attached = Type.Object(
  {
    source: SourceId,
    seq: Count,
    position: Type.Union([IngestPosition, Type.Null()]),
    /** So many messages may be sent before the first of them is answered. */
    window: Type.Integer({ minimum: 1, maximum: 4096 }),
    fault: Type.Union([IngestFault, Type.Null()]),
  },
  closed,
);

/** The answer to `ingest`: an outcome or a fault. */
export const Ingested = Type.Object(
  {
    source: SourceId,
    seq: IngestSeq,
    outcome: Type.Union([IngestOutcome, Type.Null()]),
    fault: Type.Union([IngestFault, Type.Null()]),
  },
  closed,
);

export type IngestReading = Static<typeof IngestReading>;
export type IngestFrame = Static<typeof IngestFrame>;
export type IngestMessage = Static<typeof IngestMessage>;
export type Attach = Static<typeof Attach>;
export type IngestFault = Static<typeof IngestFault>;
export type RefusedReading = Static<typeof RefusedReading>;
export type IngestOutcome = Static<typeof IngestOutcome>;
export type Attached = Static<typeof Attached>;
export type Ingested = Static<typeof Ingested>;
