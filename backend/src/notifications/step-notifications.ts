import { alarmIds, isAlarmOver, isAlarmSilenced, type AlarmStatus } from '@phloem/protocol';
import { toAlarmPlaces } from '../alarms/alarm-places.ts';
import { toRoutes, type NotificationPlan, type QuietHours, type Recipient } from './notification-plan.ts';
import {
  noHealth,
  toRecipientKey,
  type Delivery,
  type EndedDelivery,
  type Episode,
  type Notice,
  type NoticeKind,
  type NotificationState,
  type Progress,
} from './notification-state.ts';
import { queueNotices, toPauseMs } from './outbox.ts';

/** When it is: the hub's running time, and its wall time. */
export type Moment = { readonly up: number; readonly at: number };

export type NotificationEvent =
  /** The alarms as they stand; also now and then, so that what is due is done. */
  | { readonly kind: 'look'; readonly alarms: readonly AlarmStatus[] }
  | { readonly kind: 'delivered'; readonly id: string }
  /** `isFinal`: it will not be delivered, however often it is tried. */
  | { readonly kind: 'failed'; readonly id: string; readonly error: string; readonly isFinal: boolean }
  /** A test message was delivered, or was not: `error` says why. */
  | { readonly kind: 'tested'; readonly channel: string; readonly error: string | null };

/** An alarm of P1 or P2 that is acknowledged and still active notifies again after so long. */
export const ringAgainMs = 30 * 60_000;
/** So long a message is tried. */
const giveUpMs = 24 * 3_600_000;
/** So many ended messages are kept. */
const maxEnded = 200;

/** Pure: what the notifications are after an event. What has to be sent then, `toDue` says. */
export const stepNotifications = (
  plan: NotificationPlan,
  state: NotificationState,
  event: NotificationEvent,
  now: Moment,
): NotificationState => {
  switch (event.kind) {
    case 'look':
      return escalate(plan, reconcile(plan, state, event.alarms, now), event.alarms, now);
    case 'delivered':
      return endDelivery(state, event.id, 'delivered', now);
    case 'failed':
      return fail(state, event, now);
    case 'tested':
      return withHealth(state, event.channel, event.error, now);
  }
};

type Need = 'notify' | 'acknowledged' | 'none' | 'cleared';

/**
 * What an alarm needs now. One that comes from another alarm is notified with that one; but never one that is more urgent: its
 * cause may take other routes, or wait.
 */
const toNeed = (status: AlarmStatus, find: (alarm: string) => AlarmStatus | undefined): Need => {
  if (status.state === 'cleared' || isAlarmOver(status)) return 'cleared';
  if (isAlarmSilenced(status, find) || status.suppressed !== undefined) return 'none';
  const parent = status.parent === undefined ? undefined : find(status.parent);
  if (parent !== undefined && parent.state !== 'cleared' && parent.priority <= status.priority) return 'none';
  return status.isAcknowledged ? 'acknowledged' : 'notify';
};

/** Brings the episodes in line with the alarms. */
const reconcile = (plan: NotificationPlan, before: NotificationState, alarms: readonly AlarmStatus[], now: Moment): NotificationState => {
  const known = new Map(alarms.map((status) => [status.alarm, status]));
  let state = before;
  for (const episode of before.episodes) {
    const status = known.get(episode.alarm);
    const need = status === undefined ? 'cleared' : toNeed(status, (alarm) => known.get(alarm));
    const isSame = status?.raised === episode.raised && status.priority >= episode.priority;
    if (need === 'none') state = dropEpisode(state, episode);
    else if (need === 'cleared') state = resolve(plan, state, episode, status, now);
    else if (!isSame) state = dropEpisode(state, episode);
    else if (need === 'acknowledged') state = acknowledge(state, episode, now);
    // It was acknowledged, and must be acknowledged once more.
    else if (episode.isAcknowledged) state = dropEpisode(state, episode);
  }
  const running = new Set(state.episodes.map(({ alarm }) => alarm));
  for (const status of alarms) {
    if (!running.has(status.alarm) && toNeed(status, (alarm) => known.get(alarm)) === 'notify') state = raise(plan, state, status, now);
  }
  return state;
};

const withEpisode = (state: NotificationState, episode: Episode): NotificationState => ({
  ...state,
  episodes: [...state.episodes.filter(({ alarm }) => alarm !== episode.alarm), episode],
});

const raise = (plan: NotificationPlan, state: NotificationState, status: AlarmStatus, now: Moment): NotificationState => {
  const { alarm, priority, raised, lsn } = status;
  const progress = toRoutes(plan, priority, toAlarmPlaces(status)).map((route) => ({ route, nextStep: 0, dueUp: now.up }));
  const episode: Episode = {
    id: `${alarm}#${lsn}`,
    alarm,
    priority,
    raised,
    startUp: now.up,
    progress,
    recipients: [],
    isAcknowledged: false,
    ringAgainUp: null,
  };
  return withEpisode(state, episode);
};

const dropEpisode = (state: NotificationState, { alarm, id }: Episode): NotificationState => ({
  ...state,
  episodes: state.episodes.filter((one) => one.alarm !== alarm),
  outbox: withoutNotices(state.outbox, (notice) => notice.episode === id),
});

/** Messages that were not tried yet lose these notices; one that was tried keeps what it says. */
const withoutNotices = (outbox: readonly Delivery[], isOver: (notice: Notice) => boolean): readonly Delivery[] =>
  outbox.flatMap((delivery) => {
    if (delivery.tries > 0) return [delivery];
    const notices = delivery.notices.filter((notice) => !isOver(notice));
    return notices.length === 0 ? [] : [{ ...delivery, notices }];
  });

const acknowledge = (state: NotificationState, episode: Episode, { up }: Moment): NotificationState =>
  episode.isAcknowledged
    ? state
    : withEpisode(
        { ...state, outbox: withoutNotices(state.outbox, (notice) => notice.episode === episode.id && notice.kind !== 'raised') },
        { ...episode, isAcknowledged: true, ringAgainUp: episode.priority <= 'P2' ? up + ringAgainMs : null },
      );

/** Those who were notified learn that it is over; those whose message was not tried yet are not bothered, unless it is P1. */
const resolve = (
  plan: NotificationPlan,
  state: NotificationState,
  episode: Episode,
  status: AlarmStatus | undefined,
  now: Moment,
): NotificationState => {
  const isUrgent = episode.priority === 'P1';
  const outbox = isUrgent ? state.outbox : withoutNotices(state.outbox, ({ episode: id }) => id === episode.id);
  const unsent = new Set(
    isUrgent
      ? []
      : state.outbox
          .filter(({ tries, notices }) => tries === 0 && notices.some((one) => one.episode === episode.id))
          .map(({ recipient }) => toRecipientKey(recipient)),
  );
  const recipients = episode.recipients.filter((recipient) => !unsent.has(toRecipientKey(recipient)));
  const over = { ...state, episodes: state.episodes.filter(({ alarm }) => alarm !== episode.alarm), outbox };
  const notice = { ...toNotice('resolved', episode, status, 'resolved'), cleared: status?.since ?? now.at };
  return queueNotices(over, recipients, notice, toQuiet(plan, episode), now);
};

/** The quiet hours of an alarm that is not P1. */
const toQuiet = (plan: NotificationPlan, { priority, progress }: Episode): QuietHours | null =>
  priority === 'P1' ? null : (progress.map(({ route }) => plan.routes[route]?.quiet ?? null).find((quiet) => quiet !== null) ?? null);

const toNotice = (
  kind: NoticeKind,
  episode: Episode,
  status: AlarmStatus | undefined,
  part: string,
): Notice & { readonly part: string } => ({
  kind,
  alarm: episode.alarm,
  episode: episode.id,
  priority: episode.priority,
  why: status?.why ?? null,
  action: status?.guidance?.action ?? null,
  raised: episode.raised,
  cleared: null,
  part,
});

/** Does what is due: the next step of each route, repeats, and alarms that are acknowledged and still active. */
const escalate = (plan: NotificationPlan, before: NotificationState, alarms: readonly AlarmStatus[], now: Moment): NotificationState => {
  let state = before;
  for (const episode of before.episodes) {
    const status = alarms.find(({ alarm }) => alarm === episode.alarm);
    if (!episode.isAcknowledged) state = takeSteps(plan, state, episode, status, now);
    else if (episode.ringAgainUp !== null && episode.ringAgainUp <= now.up) state = ringAgain(plan, state, episode, status, now);
  }
  return state;
};

const ringAgain = (
  plan: NotificationPlan,
  state: NotificationState,
  episode: Episode,
  status: AlarmStatus | undefined,
  now: Moment,
): NotificationState => {
  const next = withEpisode(state, { ...episode, ringAgainUp: now.up + ringAgainMs });
  return queueNotices(
    next,
    episode.recipients,
    toNotice('reminder', episode, status, `reminder-${Math.round(now.up)}`),
    toQuiet(plan, episode),
    now,
  );
};

const takeSteps = (
  plan: NotificationPlan,
  before: NotificationState,
  first: Episode,
  status: AlarmStatus | undefined,
  now: Moment,
): NotificationState => {
  let [state, episode] = [before, first];
  for (const [index, progress] of first.progress.entries()) {
    if (progress.dueUp === null || progress.dueUp > now.up) continue;
    const route = plan.routes[progress.route];
    if (route === undefined) continue;
    const step = route.steps[progress.nextStep];
    // After the last step everybody of the route is notified again.
    const names = step?.notify ?? route.steps.flatMap(({ notify }) => notify);
    const recipients = toRecipients(plan, names, episode.alarm, now.at);
    const kind = progress.nextStep === 0 ? 'raised' : step === undefined ? 'reminder' : 'escalated';
    const part = `${progress.route}-${progress.nextStep}`;
    const quiet = episode.priority === 'P1' ? null : route.quiet;
    state = queueNotices(state, recipients, toNotice(kind, episode, status, part), quiet, now);
    const added = recipients.filter((recipient) => !episode.recipients.some((one) => toRecipientKey(one) === toRecipientKey(recipient)));
    episode = {
      ...episode,
      recipients: [...episode.recipients, ...added],
      progress: episode.progress.with(index, toNext(plan, progress, episode, now)),
    };
  }
  return episode === first ? state : withEpisode(state, episode);
};

const toNext = (plan: NotificationPlan, { route, nextStep }: Progress, { startUp }: Episode, { up }: Moment): Progress => {
  const { steps = [], repeatMs = null } = plan.routes[route] ?? {};
  const following = steps[nextStep + 1];
  const dueUp = following === undefined ? (repeatMs === null ? null : up + repeatMs) : Math.max(up, startUp + following.afterMs);
  return { route, nextStep: nextStep + 1, dueUp };
};

/** The recipients behind names, each once. A channel is not used to say that it fails. */
const toRecipients = (plan: NotificationPlan, names: readonly string[], alarm: string, at: number): readonly Recipient[] => {
  const all = names.flatMap((name) => plan.recipientsOf(name, at));
  const unique = new Map(all.map((recipient) => [toRecipientKey(recipient), recipient]));
  return [...unique.values()].filter(({ channel }) => alarm !== alarmIds.notification(channel));
};

const toEnded = (
  { quiet: _quiet, queuedUp: _up, notBeforeUp: _before, ...delivery }: Delivery,
  end: EndedDelivery['end'],
  endedAt: number,
): EndedDelivery => ({
  ...delivery,
  end,
  endedAt,
});

const endDelivery = (state: NotificationState, id: string, end: EndedDelivery['end'], now: Moment): NotificationState => {
  const delivery = state.outbox.find((one) => one.id === id);
  if (delivery === undefined) return state;
  const tries = delivery.tries + (end === 'delivered' ? 1 : 0);
  const next = {
    ...state,
    outbox: state.outbox.filter((one) => one !== delivery),
    ended: [...state.ended, toEnded({ ...delivery, tries }, end, now.at)].slice(-maxEnded),
  };
  return end === 'delivered' ? withHealth(next, delivery.recipient.channel, null, now) : next;
};

/** A channel has delivered, or has failed once more. */
const withHealth = (state: NotificationState, channel: string, error: string | null, { at }: Moment): NotificationState => {
  const health = state.channels[channel] ?? noHealth;
  const next =
    error === null ? { ...health, failures: 0, deliveredAt: at } : { ...health, failures: health.failures + 1, error, failedAt: at };
  return { ...state, channels: { ...state.channels, [channel]: next } };
};

const fail = (
  before: NotificationState,
  { id, error, isFinal }: Extract<NotificationEvent, { kind: 'failed' }>,
  now: Moment,
): NotificationState => {
  const delivery = before.outbox.find((one) => one.id === id);
  if (delivery === undefined) return before;
  const tried = { ...delivery, tries: delivery.tries + 1, error, notBeforeUp: now.up + toPauseMs(delivery.tries) };
  const outbox = before.outbox.map((one) => (one === delivery ? tried : one));
  const state = withHealth({ ...before, outbox }, delivery.recipient.channel, error, now);
  const next = isFinal || now.up - delivery.queuedUp > giveUpMs ? endDelivery(state, id, 'given-up', now) : state;
  return hurry(next, delivery, now);
};

/** Where nobody of a step could be reached at the first attempt, the next step does not wait. */
const hurry = (state: NotificationState, { notices }: Delivery, now: Moment): NotificationState => ({
  ...state,
  episodes: state.episodes.map((episode) => {
    const isAbout = notices.some((notice) => notice.episode === episode.id && notice.kind !== 'resolved');
    const mine = state.outbox.filter((one) => one.notices.some((notice) => notice.episode === episode.id));
    const isReached = state.ended.some(({ end, notices: sent }) => end === 'delivered' && sent.some((one) => one.episode === episode.id));
    if (!isAbout || isReached || mine.some(({ tries }) => tries === 0)) return episode;
    return {
      ...episode,
      progress: episode.progress.map((one) => (one.dueUp === null ? one : { ...one, dueUp: Math.min(one.dueUp, now.up) })),
    };
  }),
});
