import type { AlarmPriority } from '@phloem/protocol';
import type { PanelView } from './panel-view.ts';

/** The shape of each priority as a character, for a title, which draws nothing: the same shapes as everywhere else. */
const characters: Readonly<Record<AlarmPriority, string>> = { P1: '■', P2: '▲', P3: '◆', P4: '▼' };

/** The title of the page: how many alarms are active, and the most urgent: `(2) ▲ 2 Heater reads off · Site`. */
export const toPageTitle = ({ title, alarms, link, screen }: Pick<PanelView, 'title' | 'alarms' | 'link' | 'screen'>): string => {
  const [worst] = alarms.lines;
  const site = title === '' ? 'Phloem' : title;
  if (!link.isHeard && screen === 'site') return `no link · ${site}`;
  if (worst === undefined) return site;
  return `(${alarms.lines.length}) ${characters[worst.priority]} ${worst.priority.slice(1)} ${worst.text} · ${site}`;
};

/** The icon of the page: the sign of the most urgent alarm; the plain mark while there is none, or nobody knows. */
export const toPageIcon = ({ alarms, link }: Pick<PanelView, 'alarms' | 'link'>): string => {
  const [worst] = alarms.lines;
  return worst === undefined || !link.isHeard ? '/mark.svg' : `/mark-${worst.priority.toLowerCase()}.svg`;
};
