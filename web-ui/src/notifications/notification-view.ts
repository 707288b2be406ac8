import type { NotificationsAnswer, NotificationTestAnswer } from '@phloem/protocol';
import { toDurationText } from '../format/duration.ts';
import type { SiteTime } from '../format/site-time.ts';

/** A channel as its card shows it. */
export type ChannelView = {
  readonly id: string;
  readonly kind: string;
  readonly glyph: 'ok' | 'down' | 'unknown';
  readonly word: string;
  /** What it was last up against; empty when it delivered since. */
  readonly error: string;
  /** A channel with one receiver can be tested by its own name. */
  readonly isTestable: boolean;
};

/** A message as a line. */
export type MessageView = {
  readonly id: string;
  readonly to: string;
  readonly what: string;
  readonly when: string;
  readonly state: string;
  readonly error: string;
};

export type NotificationView = {
  readonly channels: readonly ChannelView[];
  readonly waiting: readonly MessageView[];
  readonly ended: readonly MessageView[];
};

const kinds = { email: 'E-mail', webhook: 'Webhook', ntfy: 'ntfy' } as const;
const words = { raised: 'raised', escalated: 'not acknowledged', reminder: 'still active', resolved: 'returned to normal' } as const;

type Message = NotificationsAnswer['waiting'][number];

const toWhat = ({ alarms }: Message): string => {
  const [first, ...more] = alarms;
  if (first === undefined) return '';
  return `${first.alarm} ${words[first.kind]}${more.length === 0 ? '' : ` and ${more.length} more`}`;
};

const toState = ({ end, tries }: Message): string => {
  if (end === 'delivered') return 'delivered';
  const attempts = `${tries} ${tries === 1 ? 'attempt' : 'attempts'}`;
  if (end === 'given-up') return `given up after ${attempts}`;
  return tries === 0 ? 'waits to be sent' : `not delivered after ${attempts}`;
};

/** Pure: the notifications in words. `now` is the wall time of the hub. */
export const toNotificationView = ({ channels, waiting, ended }: NotificationsAnswer, time: SiteTime, now: number): NotificationView => {
  const toMessage = (message: Message): MessageView => ({
    id: message.id,
    to: message.person === null ? message.channel : `${message.person} by ${message.channel}`,
    what: toWhat(message),
    when: time.second(message.endedAt ?? message.queuedAt, now),
    state: toState(message),
    error: message.end === 'delivered' ? '' : (message.error ?? ''),
  });
  return {
    channels: channels.map(({ id, kind, failures, deliveredAt, error, failedAt }) => {
      const last = deliveredAt === null ? '' : `delivered ${time.second(deliveredAt, now)}, ${toDurationText(now - deliveredAt)} ago`;
      const isFailing = failures > 0;
      const isProven = deliveredAt !== null;
      return {
        id,
        kind: kinds[kind],
        glyph: isFailing ? 'down' : isProven ? 'ok' : 'unknown',
        word: isFailing ? `Not delivered${last === '' ? '' : `; last ${last}`}` : isProven ? `Last ${last}` : 'Not tried yet',
        error: isFailing && error !== null ? `${error}${failedAt === null ? '' : ` (${time.second(failedAt, now)})`}` : '',
        isTestable: kind === 'webhook',
      };
    }),
    waiting: waiting.map(toMessage),
    ended: ended.slice(0, 50).map(toMessage),
  };
};

/** What came of a test message, a line for each address. */
export const toTestTexts = (results: NotificationTestAnswer): readonly string[] =>
  results.map(({ channel, person, error }) => `${person === null ? channel : `${person} by ${channel}`}: ${error ?? 'delivered'}`);
