import type { AlarmPriority, HistoryGap, LocationId, LocationMark, LocationMarks, Lsn } from '@phloem/protocol';

/** An alarm or a note as a history keeps it. `alarm` is null for a note, whose `until` is its own moment. */
export type KeptMark = {
  readonly alarm: string | null;
  readonly at: number;
  readonly until: number | null;
  readonly lsn: Lsn | null;
  /** The entry that told of its end; null while there is none. */
  readonly endLsn: Lsn | null;
  readonly priority: AlarmPriority | null;
  readonly text: string;
  readonly by: string | null;
  readonly about: string | null;
  /** The locations that it is about, where its name does not hold them. */
  readonly locations: readonly LocationId[] | null;
  /** When a note was written that speaks of another moment. */
  readonly written: number | null;
};

/** What happens to the marks: an alarm opens and closes, a note opens and is done. */
export type MarkChange =
  | { readonly kind: 'open'; readonly mark: KeptMark }
  | { readonly kind: 'close'; readonly alarm: string; readonly to: number; readonly lsn: Lsn };

/** What is asked: the marks of a location that touch a stretch. */
export type MarksQuery = { readonly location: LocationId; readonly from: number; readonly to: number };

/** So many are told at once; the newest of them. */
export const mostMarks = 500;

/**
 * The answer to a query, from marks that touch its stretch, newest first; no more of them are taken than are told.
 * `gaps` are the stretches in which nobody listened.
 */
export function toLocationMarks(query: MarksQuery, newestFirst: Iterable<KeptMark>, gaps: readonly HistoryGap[]): LocationMarks {
  const marks: LocationMark[] = [];
  let isCut = false;
  for (const mark of newestFirst) {
    if (!isAbout(mark, query.location)) continue;
    if (marks.length === mostMarks) {
      isCut = true;
      break;
    }
    marks.push(toMark(mark));
  }
  return { ...query, marks: marks.toReversed(), isCut, gaps: [...gaps] };
}

/** Claims that it names the location, or holds its id as a word of its own: `flower_room/climate/too-hot`. */
const isAbout = ({ alarm, about, locations }: KeptMark, location: LocationId): boolean =>
  locations?.includes(location) === true || (alarm ?? about ?? '').split(/[^a-z0-9_]+/).includes(location);

const toMark = ({ alarm, at, until, lsn, priority, text, by, about, written }: KeptMark): LocationMark => ({
  kind: alarm === null ? 'note' : 'alarm',
  at,
  until: alarm === null ? null : until,
  text,
  lsn,
  ...(alarm !== null && { id: alarm }),
  ...(priority !== null && { priority }),
  ...(by !== null && { by }),
  ...(about !== null && { about }),
  ...(written !== null && { written }),
});

type At = { readonly at: number };

/** From when on a history has listened for marks, by the first batch that it keeps. */
export const toFirstHeard = ({
  cursor,
  samples,
  marks,
}: {
  readonly cursor: At;
  readonly samples: readonly At[];
  readonly marks: readonly MarkChange[];
}): number =>
  Math.min(
    cursor.at,
    samples.reduce((first, { at }) => Math.min(first, at), cursor.at),
    ...marks.flatMap((change) => (change.kind === 'open' ? [change.mark.written ?? change.mark.at] : [])),
  );

/** The part of a stretch before anybody listened. */
export const toUnheard = ({ from, to }: Pick<MarksQuery, 'from' | 'to'>, since: number | null): readonly HistoryGap[] =>
  since !== null && since <= from ? [] : [{ from, to: Math.min(to, since ?? to), why: 'alarms and notes were not kept yet' }];
