import type { AlarmStatus, Reason } from '@phloem/protocol';
import type { QuietHours, Recipient } from './notification-plan.ts';

/** Why people are notified of an alarm. */
export type NoticeKind = 'raised' | 'escalated' | 'reminder' | 'resolved' | 'test';

/** One alarm in a message. */
export type Notice = {
  readonly kind: NoticeKind;
  readonly alarm: string;
  /** One activation of the alarm: a receiver knows repeats by it. */
  readonly episode: string;
  readonly priority: AlarmStatus['priority'];
  readonly why: Reason | null;
  /** What its document says that people should do. */
  readonly action: string | null;
  /** When it was raised, and returned to normal; wall times. */
  readonly raised: number;
  readonly cleared: number | null;
};

/** A message for one recipient, until it is delivered or given up. Its id stays the same however often it is tried. */
export type Delivery = {
  readonly id: string;
  readonly recipient: Recipient;
  readonly notices: readonly Notice[];
  readonly quiet: QuietHours | null;
  /** Wall time. */
  readonly queuedAt: number;
  readonly queuedUp: number;
  readonly notBeforeUp: number;
  readonly tries: number;
  readonly error: string | null;
};

/** What became of a message. */
export type EndedDelivery = Omit<Delivery, 'quiet' | 'queuedUp' | 'notBeforeUp'> & {
  readonly end: 'delivered' | 'given-up';
  /** Wall time. */
  readonly endedAt: number;
};

/** How far a route has come. `dueUp` is null when nothing follows. */
export type Progress = { readonly route: number; readonly nextStep: number; readonly dueUp: number | null };

/** One activation of an alarm, as long as it needs somebody. */
export type Episode = {
  readonly id: string;
  readonly alarm: string;
  readonly priority: AlarmStatus['priority'];
  /** Wall time at which it was raised: another one is another activation. */
  readonly raised: number;
  readonly startUp: number;
  readonly progress: readonly Progress[];
  /** Who has been notified, or is being notified. */
  readonly recipients: readonly Recipient[];
  readonly isAcknowledged: boolean;
  /** When people are notified again because it is acknowledged and still active; null for never. */
  readonly ringAgainUp: number | null;
};

/** How a channel does. */
export type ChannelHealth = {
  /** Failures since it delivered last. */
  readonly failures: number;
  readonly deliveredAt: number | null;
  readonly error: string | null;
  readonly failedAt: number | null;
};

/** All that the notifications remember; stored by the hub after each change. */
export type NotificationState = {
  readonly episodes: readonly Episode[];
  readonly outbox: readonly Delivery[];
  /** The newest of those that ended, oldest first. */
  readonly ended: readonly EndedDelivery[];
  readonly channels: Readonly<Record<string, ChannelHealth>>;
};

export const noNotifications: NotificationState = { episodes: [], outbox: [], ended: [], channels: {} };

export const noHealth: ChannelHealth = { failures: 0, deliveredAt: null, error: null, failedAt: null };

/** A key that is the same for the same person at the same channel. */
export const toRecipientKey = ({ channel, person }: Recipient): string => `${person ?? ''}@${channel}`;
