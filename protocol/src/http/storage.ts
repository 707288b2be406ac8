import { Type, type Static } from 'typebox';
import { WallTime } from '../entries/entry.ts';

const closed = { additionalProperties: false } as const;
const size = Type.Number({ minimum: 0 });
const unknownOr = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** How far back the data of a hub reach, and how long its disk lasts, as `GET /api/v1/storage` reports it. */
export const StorageAnswer = Type.Object(
  {
    /** The time of the oldest entry in the log; null while the log is empty. */
    since: unknownOr(WallTime),
    /** Bytes of the log and of the history on the disk. */
    logBytes: size,
    historyBytes: size,
    /** How much both grow in a day; null until the first entries are sealed. */
    bytesPerDay: unknownOr(size),
    /** What the log keeps: entries up to this age, and so many bytes, whichever is reached first. */
    keepMs: size,
    keepBytes: size,
    /** Bytes that are free on the disk; null where that is not known. */
    freeBytes: unknownOr(size),
    /** After so many milliseconds the disk is full; null when the log and the history stop growing before, or it is not known. */
    fullInMs: unknownOr(size),
  },
  closed,
);

export type StorageAnswer = Static<typeof StorageAnswer>;
