import type { NotificationPlan, QuietHours, Recipient } from './notification-plan.ts';
import { toRecipientKey, type Delivery, type Notice, type NotificationState } from './notification-state.ts';

type Moment = { readonly up: number; readonly at: number };

/** Alarms below P1 wait so long for others that go to the same recipient. */
const groupMs = 30_000;
/** After a message, the next one below P1 to the same recipient waits so long. */
const betweenMs = 5 * 60_000;
/** More notices than this in one message are not read; the rest is counted. */
const maxNotices = 50;

/** How long after a failed attempt the next one comes, by the number of attempts before it. */
export const toPauseMs = (tries: number): number => [5000, 15_000, 60_000][tries] ?? 300_000;

/**
 * Puts a notice into the outbox, for each recipient. P1 is a message of its own and waits for nothing. Others join a message to the
 * same recipient that was not tried yet.
 */
export const queueNotices = (
  state: NotificationState,
  recipients: readonly Recipient[],
  { part, ...notice }: Notice & { readonly part: string },
  quiet: QuietHours | null,
  now: Moment,
): NotificationState => recipients.reduce((next, recipient) => queueOne(next, recipient, { notice, part, quiet }, now), state);

const queueOne = (
  state: NotificationState,
  recipient: Recipient,
  { notice, part, quiet }: { readonly notice: Notice; readonly part: string; readonly quiet: QuietHours | null },
  { up, at }: Moment,
): NotificationState => {
  const key = toRecipientKey(recipient);
  const isUrgent = notice.priority === 'P1';
  const open = state.outbox.find(
    ({ recipient: other, tries, notices }) =>
      !isUrgent &&
      tries === 0 &&
      toRecipientKey(other) === key &&
      notices.length < maxNotices &&
      notices.every(({ priority }) => priority !== 'P1'),
  );
  if (open !== undefined) {
    return { ...state, outbox: state.outbox.map((one) => (one === open ? { ...open, notices: [...open.notices, notice] } : one)) };
  }
  const id = `${notice.episode}/${part}/${key}`;
  if (state.outbox.some((one) => one.id === id)) return state;
  const last = state.ended.findLast(({ recipient: other }) => toRecipientKey(other) === key);
  const sinceMs = last === undefined ? Infinity : at - last.endedAt;
  // By the wall clock, since the message before may be from an earlier run; a clock that was set makes it wait no longer than once.
  const waitMs = sinceMs >= 0 && sinceMs < betweenMs ? betweenMs - sinceMs : groupMs;
  const notBeforeUp = isUrgent ? up : up + waitMs;
  const delivery: Delivery = { id, recipient, notices: [notice], quiet, queuedAt: at, queuedUp: up, notBeforeUp, tries: 0, error: null };
  return { ...state, outbox: [...state.outbox, delivery] };
};

/**
 * The messages to send now. One of P1 waits for nothing but an earlier message about the same alarm to the same recipient. Of the others each
 * recipient gets the oldest that waits.
 */
export const toDue = (plan: Pick<NotificationPlan, 'isQuiet'>, { outbox }: NotificationState, { up, at }: Moment): readonly Delivery[] => {
  const ready = outbox.filter(({ notBeforeUp, quiet }) => notBeforeUp <= up && (quiet === null || !plan.isQuiet(quiet, at)));
  const urgent = ready.filter((one) => isUrgent(one) && !outbox.slice(0, outbox.indexOf(one)).some((before) => isAboutSame(before, one)));
  const taken = new Set(ready.filter(isUrgent).map(({ recipient }) => toRecipientKey(recipient)));
  const others = ready.filter((one) => {
    const key = toRecipientKey(one.recipient);
    if (isUrgent(one) || taken.has(key)) return false;
    taken.add(key);
    return true;
  });
  return [...urgent, ...others];
};

const isUrgent = ({ notices }: Delivery): boolean => notices.some(({ priority }) => priority === 'P1');

const isAboutSame = (one: Delivery, other: Delivery): boolean =>
  toRecipientKey(one.recipient) === toRecipientKey(other.recipient) &&
  one.notices.some(({ episode }) => other.notices.some((notice) => notice.episode === episode));
