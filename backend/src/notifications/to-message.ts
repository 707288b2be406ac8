import { createMomentText, parseAlarmId, renderReason, type SiteLayout } from '@phloem/protocol';
import type { Delivery, Notice } from './notification-state.ts';

/** A message as every channel can carry it. */
export type Message = {
  /** The same however often it is sent: a receiver knows repeats by it. */
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  readonly priority: Notice['priority'];
  readonly notices: readonly Notice[];
  /** Where the alarms are seen; null where people cannot reach the panel. */
  readonly link: string | null;
};

export type MessageParts = {
  readonly layout: Pick<SiteLayout, 'title' | 'timeZone' | 'devices'>;
  /** The address of the panel; null where it has none that people could open. */
  readonly panel: URL | null;
};

const words = { raised: '', escalated: 'Not acknowledged: ', reminder: 'Still active: ', resolved: 'Returned to normal: ', test: 'Test: ' };
/** A subject is read on a small screen. */
const maxSubject = 140;

const toReasonText = ({ alarm, why }: Notice, { layout }: MessageParts): string => {
  if (why === null) return alarm;
  const subject = parseAlarmId(alarm);
  const device = subject.kind === 'device' ? layout.devices.find(({ id }) => id === subject.device) : undefined;
  return renderReason(why, { time: createMomentText(layout.timeZone), device });
};

const toLines = (notice: Notice, parts: MessageParts): readonly string[] => {
  const moment = createMomentText(parts.layout.timeZone);
  const end = notice.cleared === null ? '' : `, returned to normal ${moment(notice.cleared)}`;
  return [
    `${words[notice.kind]}${notice.priority} ${toReasonText(notice, parts)}`,
    `  ${notice.alarm}, raised ${moment(notice.raised)}${end}`,
    ...(notice.action === null || notice.cleared !== null ? [] : [`  What to do: ${notice.action}`]),
  ];
};

/** The most urgent of some notices that are still active, else the first. */
const toLead = (notices: readonly Notice[]): Notice | undefined =>
  notices.toSorted((a, b) => Number(a.kind === 'resolved') - Number(b.kind === 'resolved') || a.priority.localeCompare(b.priority))[0];

/** Pure: a delivery as text. Control characters of names and reasons do not reach a mail header. */
export const toMessage = ({ id, notices }: Pick<Delivery, 'id' | 'notices'>, parts: MessageParts): Message => {
  const lead = toLead(notices);
  const more = notices.length > 1 ? ` (and ${notices.length - 1} more)` : '';
  const what = lead === undefined ? '' : `${words[lead.kind]}${lead.priority} ${toReasonText(lead, parts)}`;
  const subject = toOneLine(`${parts.layout.title}: ${what}`);
  const link = parts.panel === null ? null : new URL('/alarms', parts.panel).href;
  const text = [
    ...notices.flatMap((notice) => [...toLines(notice, parts), '']),
    ...(link === null ? [] : [`Acknowledge it here: ${link}`, '']),
  ];
  return {
    id,
    subject: `${subject.length > maxSubject ? `${subject.slice(0, maxSubject - 1)}…` : subject}${more}`,
    text: text.join('\n'),
    priority: lead?.priority ?? 'P4',
    notices,
    link,
  };
};

// eslint-disable-next-line no-control-regex -- they are what is taken out
const toOneLine = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').trim();
