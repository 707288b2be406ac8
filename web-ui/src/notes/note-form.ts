import { longestNote, type NoteRequest, type SiteLayout } from '@phloem/protocol';
import type { SiteTime } from '../format/site-time.ts';

/** What is filled in so far. `moment` is null for now. */
export type NoteForm = { readonly about: string; readonly moment: number | null; readonly text: string };

/** What the form asks for; null as long as it is not complete, with what is missing in words. */
export type NoteAsk = { readonly request: NoteRequest | null; readonly missing: string };

/** So near to the present a note is about now. */
const nowMs = 60_000;

/** Moves the moment of a note; what comes near to the present is now, and nothing lies ahead of it. */
export const moveMoment = (moment: number | null, byMs: number, now: number): number | null => {
  const moved = (moment ?? now) + byMs;
  return moved > now - nowMs ? null : moved;
};

/** Checks the form as the hub will. */
export const toNoteAsk = ({ about, moment, text }: NoteForm): NoteAsk => {
  const words = text.trim();
  if (words === '') return { request: null, missing: 'Still needed: the text of the note.' };
  if (words.length > longestNote) return { request: null, missing: `It is ${words.length - longestNote} characters too long.` };
  return { request: { about, text: words, ...(moment !== null && { moment: Math.round(moment) }) }, missing: '' };
};

/** Which moment a note is about, in words: `now`, `14:01:20`. */
export const toMomentText = (moment: number | null, time: SiteTime, now: number): string =>
  moment === null ? 'now' : time.date(moment) === time.date(now) ? time.clock(moment) : time.stamp(moment);

/** What a note can be about: the room first, then what is measured and what is switched in it. */
export type Subjects = readonly { readonly title: string; readonly subjects: readonly (readonly [id: string, title: string])[] }[];

/** Everything of a room that a note can be about. */
export const toSubjects = (site: SiteLayout | null, location: string): Subjects => {
  const own = <T extends { readonly id: string }>(all: readonly T[] | undefined): readonly T[] =>
    (all ?? []).filter(({ id }) => id.startsWith(`${location}/`));
  const room = site?.locations.find(({ id }) => id === location)?.title ?? location;
  return [
    { title: 'Room', subjects: [[location, room] as const] },
    { title: 'Devices', subjects: own(site?.devices).map(({ id, title }) => [id, title] as const) },
    {
      title: 'Instruments',
      subjects: own(site?.points).map(({ id, title }) => {
        const [, cluster = '', measurement = ''] = id.split('/');
        return [id, `${cluster} ${title === '' ? measurement : title}`.replaceAll('_', ' ')] as const;
      }),
    },
  ].filter(({ subjects }) => subjects.length > 0);
};
