import {
  alarmIds,
  Fault,
  reasonOf,
  textReason,
  type AlarmState,
  type AlarmStatus,
  type NotificationsAnswer,
  type NotificationTestAnswer,
  type SiteLayout,
} from '@phloem/protocol';
import { interval, Subscription, type SchedulerLike } from 'rxjs';
import type { HubStore } from '../store/hub-store.ts';
import type { NotificationPlan, Recipient } from './notification-plan.ts';
import { noHealth, noNotifications, type ChannelHealth, type Notice, type NotificationState } from './notification-state.ts';
import { toNotificationsAnswer } from './notifications-answer.ts';
import { toDue } from './outbox.ts';
import type { Send, SendOutcome } from './send.ts';
import { stepNotifications, type NotificationEvent } from './step-notifications.ts';
import { toMessage, type Message } from './to-message.ts';

export type NotificationParts = {
  /** Null where the site notifies nobody. */
  readonly plan: NotificationPlan | null;
  readonly store: Pick<HubStore, 'log' | 'clock' | 'notifications'>;
  readonly view: { alarms(): readonly AlarmStatus[]; alarmState(alarm: string): AlarmState; readonly layout: SiteLayout };
  readonly send: Send;
  /** The address of the panel, where people can open it. */
  readonly panel: URL | null;
  readonly scheduler: SchedulerLike;
};

/** Notifies people of alarms. */
export type NotificationService = {
  status(): NotificationsAnswer;
  /** Sends a test message to everybody behind a name, at once. @throws Fault `notification/unknown`. */
  test(name: string): Promise<NotificationTestAnswer>;
  close(): void;
};

/** How often it is looked what is due. Alarms are looked at when they change as well. */
const lookEveryMs = 1000;
/** A channel that failed so often in a row raises an alarm. */
const failuresToAlarm = 3;

/**
 * Runs the notifications of a site. What they remember is stored before a message leaves, and a message is taken from the outbox only
 * after its channel has answered: a hub that was killed sends a message again, under the same id, and forgets none.
 */
export const runNotifications = (parts: NotificationParts): NotificationService => {
  const { plan } = parts;
  clearOldAlarms(parts);
  return plan === null ? notifyNobody : new RunningNotifications({ ...parts, plan });
};

/** A channel that the site does not have any more fails no longer. */
const clearOldAlarms = ({ plan, store, view }: NotificationParts): void => {
  const own = new Set(Object.keys(plan?.channels ?? {}).map(alarmIds.notification));
  const old = view
    .alarms()
    .filter(({ alarm, state, why }) => state !== 'cleared' && why?.code === 'notification/failing' && !own.has(alarm));
  if (old.length > 0) store.log.append(old.map(({ alarm }) => toAlarm(alarm, '', null)));
};

const notifyNobody: NotificationService = {
  status: () => ({ isConfigured: false, channels: [], waiting: [], ended: [] }),
  test: () =>
    Promise.reject(
      new Fault(
        'notification/unknown',
        'the site has no document of the kind Notifications; docs/notifications.md shows one. Nothing was sent',
      ),
    ),
  close: () => undefined,
};

class RunningNotifications implements NotificationService {
  readonly #parts: NotificationParts & { readonly plan: NotificationPlan };
  readonly #running = new Subscription();
  /** The ids of messages under way. */
  readonly #sending = new Set<string>();
  #state: NotificationState;
  #seen: number;

  constructor(parts: NotificationParts & { readonly plan: NotificationPlan }) {
    this.#parts = parts;
    const { store, scheduler } = parts;
    const stored = store.notifications.get();
    this.#state = stored === null ? noNotifications : (JSON.parse(stored) as NotificationState);
    this.#seen = store.log.head;
    this.#running.add(interval(lookEveryMs, scheduler).subscribe(() => this.#look()));
    this.#running.add(
      store.log.head$.subscribe(() => {
        if (this.#hasNews()) this.#look();
      }),
    );
    this.#look();
  }

  status(): NotificationsAnswer {
    return toNotificationsAnswer(this.#parts.plan, this.#state);
  }

  async test(name: string): Promise<NotificationTestAnswer> {
    const { plan, store } = this.#parts;
    const at = store.clock.at();
    const channels = Object.keys(plan.channels);
    const recipients = plan.recipientsOf(name, at);
    if (
      recipients.length === 0 ||
      recipients.some(({ channel, address }) => address === null && plan.channels[channel]?.kind !== 'webhook')
    ) {
      throw new Fault(
        'notification/unknown',
        `no person, rota or webhook is named ${name}; channels are ${channels.join(', ')}. Nothing was sent`,
      );
    }
    return Promise.all(recipients.map((recipient) => this.#test(recipient, at)));
  }

  close(): void {
    this.#running.unsubscribe();
  }

  async #test(recipient: Recipient, at: number): Promise<NotificationTestAnswer[number]> {
    const why = textReason('This is a test. No alarm was raised.');
    const id = `test/${at}/${recipient.person ?? ''}@${recipient.channel}`;
    const notice: Notice = { kind: 'test', alarm: 'test', episode: id, priority: 'P4', why, action: null, raised: at, cleared: null };
    const outcome = await this.#send(recipient, toMessage({ id, notices: [notice] }, this.#toMessageParts()));
    this.#step({ kind: 'tested', channel: recipient.channel, error: outcome.kind === 'failed' ? outcome.error : null });
    return { channel: recipient.channel, person: recipient.person, error: outcome.kind === 'failed' ? outcome.error : null };
  }

  /** Claims that alarms have changed since it was asked last. */
  #hasNews(): boolean {
    const { log } = this.#parts.store;
    const entries = log.read(this.#seen, { entries: 256, bytes: 1024 * 1024 });
    const isWhole = entries.at(-1)?.lsn === log.head;
    this.#seen = log.head;
    return !isWhole || entries.some(({ kind }) => kind === 'alarm');
  }

  #look(): void {
    this.#step({ kind: 'look', alarms: this.#parts.view.alarms() });
  }

  #step(event: NotificationEvent): void {
    if (this.#running.closed) return;
    const { plan, store } = this.#parts;
    const now = { up: store.clock.up(), at: store.clock.at() };
    const next = stepNotifications(plan, this.#state, event, now);
    if (next !== this.#state) {
      this.#state = next;
      store.notifications.put(JSON.stringify(next));
      this.#reportChannels();
    }
    for (const delivery of toDue(plan, this.#state, now)) {
      if (this.#sending.has(delivery.id)) continue;
      this.#sending.add(delivery.id);
      void this.#send(delivery.recipient, toMessage(delivery, this.#toMessageParts())).then((outcome) =>
        this.#settle(delivery.id, outcome),
      );
    }
  }

  /** Whatever goes wrong in a channel is its failure, which is shown and tried again: it must not end the hub, which controls devices. */
  async #send(recipient: Recipient, message: Message): Promise<SendOutcome> {
    try {
      return await this.#parts.send(recipient, message);
    } catch (error) {
      return { kind: 'failed', error: `internal error: ${error instanceof Error ? error.message : String(error)}`, isFinal: false };
    }
  }

  #settle(id: string, outcome: SendOutcome): void {
    this.#sending.delete(id);
    this.#step(outcome.kind === 'delivered' ? { kind: 'delivered', id } : { ...outcome, id });
  }

  /** A channel that fails is an alarm, which the other channels carry. */
  #reportChannels(): void {
    const { plan, store, view } = this.#parts;
    for (const channel of Object.keys(plan.channels)) {
      const health = this.#state.channels[channel] ?? noHealth;
      const alarm = alarmIds.notification(channel);
      const isActive = view.alarmState(alarm) !== 'cleared';
      const isFailing = health.failures >= failuresToAlarm || (isActive && health.failures > 0);
      if (isFailing !== isActive) store.log.append([toAlarm(alarm, channel, isFailing ? health : null)]);
    }
  }

  #toMessageParts() {
    return { layout: this.#parts.view.layout, panel: this.#parts.panel };
  }
}

const toAlarm = (alarm: string, channel: string, health: ChannelHealth | null) => {
  const parts = { kind: 'alarm', alarm, priority: 'P2', by: { kind: 'hub' } } as const;
  if (health === null) return { ...parts, state: 'cleared' } as const;
  const why = reasonOf('notification/failing', { channel, because: textReason(health.error ?? 'no answer'), lastAt: health.deliveredAt });
  return { ...parts, state: 'active', why } as const;
};
