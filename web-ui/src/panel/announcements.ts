import type { PanelView } from './panel-view.ts';

/** What is said aloud to those who cannot see the page, and when something was last said. */
export type Announcements = {
  /** Politely, when something changed; at most every ten seconds. */
  readonly status: string;
  /** At once: a new critical or high alarm. */
  readonly alert: string;
  readonly saidAt: number;
  readonly said: Readonly<Record<string, string>>;
  readonly alarms: readonly string[] | null;
};

const pauseMs = 10_000;

/** Nothing was said yet. */
export const silence: Announcements = { status: '', alert: '', saidAt: Number.NEGATIVE_INFINITY, said: {}, alarms: null };

/**
 * Looks at the next view. Values are never said, only changes of how a room or the link stands. Alarms that were there
 * when the page was opened are on the page; only new ones are called out.
 */
export const stepAnnouncements = (before: Announcements, view: PanelView, running: number): Announcements => {
  const urgent = view.alarms.lines.filter(({ priority, isAcknowledged }) => (priority === 'P1' || priority === 'P2') && !isAcknowledged);
  const known = before.alarms;
  const news = known === null ? [] : urgent.filter(({ alarm }) => !known.includes(alarm));
  const alert =
    news.length === 0 ? before.alert : news.map(({ priority, room, text }) => [priority, room, text].filter(Boolean).join(' ')).join('. ');
  const alarms = view.screen === 'site' ? urgent.map(({ alarm }) => alarm) : known;
  const link = toLinkText(view, before.said[linkName]);
  const isLinkNews = before.said[linkName] !== undefined && before.said[linkName] !== link;
  // What a room is like can wait; whether anything on the page is live cannot.
  if (running - before.saidAt < pauseMs && !isLinkNews) return { ...before, alert, alarms };
  const states = Object.fromEntries([[linkName, link], ...view.tiles.map(({ title, standing }) => [title, standing.text] as const)]);
  const isFirst = Object.keys(before.said).length === 0;
  const changed = Object.entries(states).filter(([name, text]) => before.said[name] !== text);
  if (isFirst) return { ...before, alert, alarms, said: states };
  if (changed.length === 0) return { ...before, alert, alarms };
  return { status: changed.map(([name, text]) => `${name}: ${text}`).join('. '), alert, saidAt: running, said: states, alarms };
};

const linkName = 'Link';

/** The link is live or it is not: what it goes through on its way there is not said, or it would be said when it is over. */
const toLinkText = ({ link }: PanelView, before: string | undefined): string => {
  if (link.isHeard) return 'live';
  return link.word === 'connecting' || link.word === 'catching-up' ? (before === 'live' ? 'no link' : (before ?? 'connecting')) : 'no link';
};
