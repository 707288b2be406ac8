import { DAY_MS, hours, longestShelvingMs, minutes, toInstant, toLocalDay, type TimeZone } from '@phloem/protocol';

/** How long an alarm is to be shelved. */
export type ShelveEnd = '15m' | '1h' | '4h' | 'morning' | '24h';

/** What is filled in so far. */
export type ShelveForm = { readonly end: ShelveEnd; readonly chip: string; readonly note: string };

export const emptyShelveForm: ShelveForm = { end: '1h', chip: '', note: '' };

/** What is offered as a reason. */
export const shelveReasons = ['maintenance', 'cleaning', 'known fault', 'chattering', 'test'] as const;

/** The time of day at which the morning begins. */
const morningMs = hours(7);

/** The hub's clock is only estimated here: an end of 07:00 is not to be shown as 06:59. */
const slackMs = 1000;

/** The next morning of the site after an instant: 07:00, or the change of the clocks that skips it. */
export const toMorning = (zone: TimeZone, at: number): number => {
  const day = toLocalDay(zone, at);
  const own = toInstant(zone, day, morningMs);
  return own > at ? own : toInstant(zone, day + 1, morningMs);
};

/** The ends to choose from, with the instant of each; one that is less than a minute away, or more than 24 h, is left out. */
export const toShelveEnds = (
  zone: TimeZone,
  at: number,
): readonly { readonly end: ShelveEnd; readonly label: string; readonly at: number }[] =>
  [
    { end: '15m' as const, label: '15 min', at: at + minutes(15) },
    { end: '1h' as const, label: '1 h', at: at + hours(1) },
    { end: '4h' as const, label: '4 h', at: at + hours(4) },
    { end: 'morning' as const, label: 'until morning', at: toMorning(zone, at) },
    { end: '24h' as const, label: '24 h', at: at + DAY_MS },
  ].filter((choice) => choice.at - at >= minutes(1) && choice.at - at <= longestShelvingMs - (choice.end === 'morning' ? slackMs : 0));

/** What the form asks for; null as long as it is not complete, with what is missing in words. */
export type ShelveAnswer =
  | { readonly request: { readonly forMs: number; readonly reason: string }; readonly missing: '' }
  | { readonly request: null; readonly missing: string };

/** Pure: checks the form as the hub will. */
export const toShelveAnswer = ({ end, chip, note }: ShelveForm, zone: TimeZone, at: number): ShelveAnswer => {
  const chosen = toShelveEnds(zone, at).find((choice) => choice.end === end);
  const reason = [chip, note.trim()].filter(Boolean).join(': ').slice(0, 400);
  if (chosen === undefined) return { request: null, missing: 'Choose an end.' };
  if (reason === '') return { request: null, missing: 'Give a reason.' };
  const forMs = Math.round(chosen.at - at) + (end === 'morning' ? slackMs : 0);
  return { request: { forMs, reason }, missing: '' };
};
