import {
  reasonOf,
  type Author,
  type AlarmAction,
  type AlarmPriority,
  type HistoryGap,
  type LocationId,
  type LocationMark,
  type LocationMarks,
  type Lsn,
  type Reason,
} from '@phloem/protocol';

/**
 * An alarm, a note, or what somebody did to an alarm, as a history keeps it. `alarm` is null for a note, whose `until` is
 * its own moment, and for an action, whose `about` names the alarm and whose `until` is the end of a shelving.
 */
export type KeptMark = {
  readonly alarm: string | null;
  readonly at: number;
  readonly until: number | null;
  readonly lsn: Lsn | null;
  /** The entry that reported its end; null while there is none. */
  readonly endLsn: Lsn | null;
  readonly priority: AlarmPriority | null;
  /** What a person wrote; empty for an alarm. */
  readonly text: string;
  /** Why an alarm became active. */
  readonly why: Reason | null;
  readonly by: Author | null;
  readonly about: string | null;
  /** The locations that it is about, where its name does not hold them. */
  readonly locations: readonly LocationId[] | null;
  /** When a note was written that speaks of another moment. */
  readonly written: number | null;
  /** What somebody did to the alarm `about`; null for an alarm and a note. */
  readonly action: AlarmAction | null;
};

/** What happens to the marks: an alarm opens and closes, a note opens and is done. */
export type MarkChange =
  | { readonly kind: 'open'; readonly mark: KeptMark }
  | { readonly kind: 'close'; readonly alarm: string; readonly to: number; readonly lsn: Lsn };

/**
 * What is asked: the marks of a location that touch a stretch, or, where it is null, the alarms of the whole site and what
 * people did to them; `limit` of them, 500 where it is left out.
 */
export type MarksQuery = { readonly location: LocationId | null; readonly from: number; readonly to: number; readonly limit?: number };
export type FoundMarks = Omit<LocationMarks, 'location'> & Pick<MarksQuery, 'location'>;

/** So many are reported at once; the newest of them. */
export const maxMarks = 500;

/**
 * The answer to a query, from marks that touch its stretch, newest first; no more of them are taken than are reported.
 * `gaps` are the stretches in which nobody listened.
 */
export function toLocationMarks(
  { location, from, to, limit = maxMarks }: MarksQuery,
  newestFirst: Iterable<KeptMark>,
  gaps: readonly HistoryGap[],
): FoundMarks {
  const marks: LocationMark[] = [];
  let isCut = false;
  for (const mark of newestFirst) {
    if (location === null ? isNote(mark) : !isAbout(mark, location)) continue;
    if (marks.length === limit) {
      isCut = true;
      break;
    }
    marks.push(toMark(mark));
  }
  return { location, from, to, marks: marks.toReversed(), isCut, gaps: [...gaps] };
}

const isNote = ({ alarm, action }: KeptMark): boolean => alarm === null && action === null;

/** Claims that it names the location, or holds its id as a word of its own: `flower_room/climate/too-hot`. */
const isAbout = ({ alarm, about, locations }: KeptMark, location: LocationId): boolean =>
  locations?.includes(location) === true || (alarm ?? about ?? '').split(/[^a-z0-9_]+/).includes(location);

const toMark = ({ alarm, at, until, lsn, priority, text, why, by, about, written, action }: KeptMark): LocationMark => ({
  kind: action !== null ? 'action' : alarm === null ? 'note' : 'alarm',
  at,
  until: action === 'shelve' || alarm !== null ? until : null,
  text,
  lsn,
  ...(why !== null && { why }),
  ...(alarm !== null && { id: alarm }),
  ...(action !== null && { action, ...(about !== null && { id: about }) }),
  ...(priority !== null && { priority }),
  ...(by !== null && { by }),
  ...(about !== null && action === null && { about }),
  ...(written !== null && { written }),
});

type At = { readonly at: number };

/** From when on a history has listened for marks, by the first batch that it keeps. */
export const toFirstKnown = ({
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
export const toUnknownSpan = ({ from, to }: Pick<MarksQuery, 'from' | 'to'>, since: number | null): readonly HistoryGap[] =>
  since !== null && since <= from ? [] : [{ from, to: Math.min(to, since ?? to), why: reasonOf('history/not-kept') }];
