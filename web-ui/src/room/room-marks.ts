import {
  isAlarmOver,
  renderReason,
  toLocation,
  toPersonText,
  type LocationId,
  type LocationMark,
  type LocationMarks,
  type SiteLayout,
} from '@phloem/protocol';
import { priorityWords, toAlarmText } from '../alarms/alarm-view.ts';
import type { ChartMark } from '../chart/marks.ts';
import type { PanelState } from '../state/panel-state.ts';
import { toDurationText } from '../format/duration.ts';

import type { SiteTime } from '../format/site-time.ts';

/** The marks that the hub reported, and how the request went. */
export type MarksPage = { readonly value: LocationMarks | null; readonly fault: string | null };

/** What makes words of a mark. */
type Words = { readonly site: SiteLayout | null; readonly time: SiteTime; readonly now: number };

/**
 * The marks of a room: what the hub's history has, and of the alarms that are reported live those that it has not yet. A mark
 * that was active when the history was read ends when the live alarm did.
 */
export const toRoomMarks = (page: LocationMarks | null, state: PanelState, location: LocationId, words: Words): readonly ChartMark[] => {
  const live = [...state.alarms.values()].filter((status) => isAbout(status, location));
  const told = (page?.marks ?? []).filter(isShown).map((mark): LocationMark => {
    const status = mark.kind === 'alarm' && mark.until === null ? live.find(({ alarm }) => alarm === mark.id) : undefined;
    if (status === undefined) return mark;
    // It has come again since, or it has gone: either way this one is over.
    if (status.raised > mark.at + sameMs) return { ...mark, until: status.raised };
    return status.state === 'cleared' ? { ...mark, until: status.since } : mark;
  });
  const fresh = live
    .filter((status) => !isAlarmOver(status))
    .filter(({ alarm, raised }) => !told.some((mark) => mark.id === alarm && mark.at >= raised - sameMs))
    .map(({ alarm, raised, since, state: stands, priority, why, lsn }): LocationMark => ({
      kind: 'alarm',
      id: alarm,
      at: raised,
      until: stands === 'cleared' ? since : null,
      priority,
      text: '',
      ...(why !== null && { why }),
      lsn,
    }));
  return [...told, ...fresh].toSorted((a, b) => a.at - b.at).map((mark, index) => toChartMark(mark, index, words));
};

/** An acknowledgement that says nothing is in the list of the alarms; the end of a shelving is where it was set. */
const isShown = ({ action, text }: LocationMark): boolean => action !== 'expire' && (action !== 'acknowledge' || text !== '');

/** An onset that is reported twice is reported with the same time; what lies farther apart are two. */
const sameMs = 1000;

const isAbout = ({ alarm, locations }: { readonly alarm: string; readonly locations?: readonly string[] }, location: LocationId): boolean =>
  locations?.includes(location) === true || alarm.split(/[^a-z0-9_]+/).includes(location);

const toChartMark = (mark: LocationMark, index: number, words: Words): ChartMark => ({
  key: mark.kind === 'alarm' ? `${mark.id} ${mark.at}` : `${mark.kind} ${mark.lsn ?? index}`,
  at: mark.at,
  until: mark.kind === 'alarm' ? mark.until : null,
  priority: mark.kind === 'alarm' ? (mark.priority ?? 'P4') : null,
  text: mark.kind === 'note' ? toNoteText(mark, words) : mark.kind === 'action' ? toActionText(mark, words) : toAlarmSentence(mark, words),
});

/** `2 high: Exhaust fan reads 0 %, 14:01 to 14:05 (4 m 10 s)` */
const toAlarmSentence = ({ id = '', at, until, priority = 'P4', why }: LocationMark, { site, time, now }: Words): string => {
  const when =
    until === null
      ? `since ${time.moment(at, now)}, active`
      : `${time.moment(at, now)} to ${time.moment(until, now)} (${toDurationText(until - at)})`;
  return `${priority.slice(1)} ${priorityWords[priority]}: ${toAlarmText(id, why, { site, time })}, ${when}`;
};

const actionWords = { acknowledge: 'Acknowledged', shelve: 'Shelved', unshelve: 'Unshelved', expire: 'Unshelved' } as const;

/** `Shelved 14:03 to 18:03, anna: defrost (flower room climate too-hot)` */
const toActionText = (
  { id = '', action = 'acknowledge', at, until, by = { kind: 'hub' }, text }: LocationMark,
  { site, time, now }: Words,
): string => {
  const end = until === null ? '' : ` to ${time.moment(until, now)}`;
  const why = text === '' ? '' : `: ${text}`;
  return `${actionWords[action]} ${time.moment(at, now)}${end}, ${toPersonText(by)}${why} (${toAlarmText(id, null, { site, time })})`;
};

/** `Note 14:03, anna: mist on the leaves` */
const toNoteText = ({ at, by = { kind: 'hub' }, about = '', written, text }: LocationMark, { site, time, now }: Words): string => {
  const subject = about.includes('/') ? `, ${toTitle(about, site)}` : '';
  const later = written === undefined ? '' : ` (written ${time.moment(written, now)})`;
  return `Note ${time.moment(at, now)}, ${toPersonText(by)}${later}${subject}: ${text}`;
};

const toTitle = (id: string, site: SiteLayout | null): string => {
  const title = [...(site?.devices ?? []), ...(site?.points ?? [])].find((one) => one.id === id)?.title;
  return title === undefined || title === '' ? id.slice(toLocation(id).length + 1).replaceAll(/[/_]/g, ' ') : title;
};

/** What is to be said of all marks of a stretch: none, not read, not known, cut. Empty where they speak for themselves. */
export const toMarksNote = (
  { value, fault }: MarksPage,
  shown: number,
  { from, to, isHeard }: { readonly from: number; readonly to: number; readonly isHeard: boolean },
  { time, now }: Omit<Words, 'site'>,
): string => {
  if (value === null) {
    return fault === null
      ? isHeard
        ? 'Loading alarms and notes.'
        : 'Alarms and notes not available: no link.'
      : `Alarms and notes could not be read: ${fault}.`;
  }
  const sentences = [
    shown === 0 ? 'No alarms and no notes in this window.' : '',
    fault !== null || !isHeard ? `As of ${time.moment(Math.min(value.to, now), now)}: ${isHeard ? fault : 'no link to the hub'}.` : '',
    value.isCut ? 'There are more than 500; only the newest are shown.' : '',
    ...value.gaps
      .filter((gap) => gap.from < to && gap.to > from)
      .map(
        (gap) =>
          `Not known ${time.moment(Math.max(from, gap.from), now)} to ${time.moment(Math.min(to, gap.to), now)}: ${renderReason(gap.why, { time: time.clock })}.`,
      )
      .slice(-2),
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
};
