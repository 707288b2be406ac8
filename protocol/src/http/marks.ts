import { Type, type Static } from 'typebox';
import { Author } from '../author.ts';
import { AlarmPriority } from '../entries/entry.ts';
import { DeviceId, LocationId, Lsn, PointId } from '../names.ts';
import { Reason } from '../reasons/index.ts';
import { HistoryGap } from './history.ts';

const closed = { additionalProperties: false } as const;
const Instant = Type.Number({ description: 'ms since 1970, by the clock of the hub' });
const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);
/** What a note can be about. */
const Subject = Type.Union([PointId, DeviceId, LocationId]);

/** How long the text of a note may be. */
export const longestNote = 1000;

/** What somebody does to an alarm; `expire` is the end of a shelving. */
export const AlarmAction = Type.Enum(['acknowledge', 'shelve', 'unshelve', 'expire']);

/** What stands beside the lines of a chart: from when to when an alarm was active, what somebody noted, or did to an alarm. */
export const LocationMark = Type.Object({
  kind: Type.Enum(['alarm', 'note', 'action']),
  at: Instant,
  until: orNull(Type.Number({ description: 'when the alarm cleared; null while it is active, and for a note. Of `shelve` its end' })),
  text: Type.String({ description: 'why the alarm was active, in words; the text of the note; what a person wrote' }),
  why: Type.Optional(Reason),
  lsn: orNull(Lsn),
  /** The alarm's name. */
  id: Type.Optional(Type.String()),
  action: Type.Optional(AlarmAction),
  priority: Type.Optional(AlarmPriority),
  /** Who wrote the note or did it, and when the note was written, if not at the moment that it is about. */
  by: Type.Optional(Author),
  written: Type.Optional(Type.Number()),
  about: Type.Optional(Subject),
});

/** The marks of a location, oldest first; of more than 500 the newest. `gaps`: when alarms may have gone unseen, and why. */
export const LocationMarks = Type.Object({
  location: LocationId,
  from: Instant,
  to: Instant,
  marks: Type.Array(LocationMark),
  isCut: Type.Boolean({ description: 'there are older ones in this period' }),
  gaps: Type.Array(HistoryGap),
});

/**
 * The alarms of a whole site over a stretch of time and what people did to them, oldest first; of more than 500 the newest.
 * `gaps`: when alarms may have gone unseen, and why.
 */
export const AlarmHistory = Type.Object({
  from: Instant,
  to: Instant,
  alarms: Type.Array(LocationMark),
  isCut: Type.Boolean({ description: 'there are older ones in this stretch' }),
  gaps: Type.Array(HistoryGap),
});

/** Asks for a note: `POST /api/v1/notes`. `moment` is what it speaks of, in ms since 1970; default: now. */
export const NoteRequest = Type.Object(
  {
    about: Subject,
    text: Type.String({ minLength: 1, maxLength: longestNote, pattern: '\\S' }),
    moment: Type.Optional(Type.Integer({ minimum: 0, maximum: 8.64e15 })),
  },
  closed,
);

/** A note as the log has it; `at` is when it was written. */
export const NoteAnswer = Type.Object({
  lsn: Lsn,
  at: Instant,
  by: Author,
  about: Subject,
  text: Type.String(),
  moment: Type.Optional(Instant),
});

export type AlarmAction = Static<typeof AlarmAction>;
export type LocationMark = Static<typeof LocationMark>;
export type AlarmHistory = Static<typeof AlarmHistory>;
export type LocationMarks = Static<typeof LocationMarks>;
export type NoteRequest = Static<typeof NoteRequest>;
export type NoteAnswer = Static<typeof NoteAnswer>;
