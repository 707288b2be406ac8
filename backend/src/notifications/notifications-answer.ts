import type { NotificationsAnswer } from '@phloem/protocol';
import type { NotificationPlan } from './notification-plan.ts';
import { noHealth, type Delivery, type EndedDelivery, type NotificationState } from './notification-state.ts';

type Message = NotificationsAnswer['waiting'][number];

const toMessage = ({ id, recipient, notices, queuedAt, tries, error }: Delivery | EndedDelivery): Omit<Message, 'end' | 'endedAt'> => ({
  id,
  channel: recipient.channel,
  person: recipient.person,
  priority: notices.map(({ priority }) => priority).toSorted()[0] ?? 'P4',
  alarms: notices.flatMap(({ kind, alarm }) => (kind === 'test' ? [] : [{ kind, alarm }])),
  queuedAt,
  tries,
  error: error?.slice(0, 400) ?? null,
});

/** Pure: the notifications as the hub reports them. Addresses of people stay in the documents of the site. */
export const toNotificationsAnswer = (plan: Pick<NotificationPlan, 'channels'>, state: NotificationState): NotificationsAnswer => ({
  isConfigured: true,
  channels: Object.entries(plan.channels).map(([id, { kind }]) => {
    const { failures, deliveredAt, failedAt, error } = state.channels[id] ?? noHealth;
    return { id, kind, failures, deliveredAt, failedAt, error: error?.slice(0, 400) ?? null };
  }),
  waiting: state.outbox.map((delivery) => ({ ...toMessage(delivery), end: null, endedAt: null })),
  ended: state.ended.toReversed().map((delivery) => ({ ...toMessage(delivery), end: delivery.end, endedAt: delivery.endedAt })),
});
