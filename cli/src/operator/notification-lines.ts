import type { NotificationsAnswer, NotificationTestAnswer } from '@phloem/protocol';
import { toTable } from '../bus/table.ts';
import type { ToMoment } from './operator-lines.ts';

/** So many of the messages that have ended are shown. */
const shownEnded = 20;

/** Channels and messages as lines for a terminal. */
export const toNotificationLines = (
  { isConfigured, channels, waiting, ended }: NotificationsAnswer,
  toMoment: ToMoment,
): readonly string[] => {
  if (!isConfigured) return ['nobody is notified of alarms: the site has no document of the kind Notifications (docs/notifications.md)'];
  const moment = (at: number | null): string => (at === null ? 'never' : toMoment(at));
  return [
    ...toTable(
      ['channel', 'kind', 'delivered', 'failures', 'last error'],
      channels.map(({ id, kind, deliveredAt, failures, error, failedAt }) => [
        id,
        kind,
        moment(deliveredAt),
        String(failures),
        error === null ? '' : `${error} (${moment(failedAt)})`,
      ]),
      [3],
    ),
    '',
    ...(waiting.length === 0
      ? ['no message waits']
      : ['waiting:', ...waiting.map((one) => `  ${toMessageLine(one, toMoment(one.queuedAt))}`)]),
    ...(ended.length === 0
      ? []
      : ['newest:', ...ended.slice(0, shownEnded).map((one) => `  ${toMessageLine(one, moment(one.endedAt))}, ${one.end ?? ''}`)]),
  ];
};

const toMessageLine = ({ channel, person, alarms, tries, error }: NotificationsAnswer['waiting'][number], moment: string): string => {
  const [first, ...more] = alarms;
  const what = first === undefined ? '' : `${first.kind} ${first.alarm}${more.length > 0 ? ` and ${more.length} more` : ''}`;
  const trouble = error === null ? '' : `, ${tries} ${tries === 1 ? 'attempt' : 'attempts'}: ${error}`;
  return `${moment}  ${person === null ? channel : `${person} by ${channel}`}: ${what}${trouble}`;
};

/** What came of a test message, one line for each address. */
export const toTestLines = (results: NotificationTestAnswer): readonly string[] =>
  results.map(({ channel, person, error }) => `${person === null ? channel : `${person} by ${channel}`}: ${error ?? 'delivered'}`);
