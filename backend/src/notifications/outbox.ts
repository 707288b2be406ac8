import type { NotificationPlan, QuietHours, Target } from './notification-plan.ts';
import { toTargetKey, type Delivery, type Notice, type NotificationState } from './notification-state.ts';

type Moment = { readonly up: number; readonly at: number };

/** Alarms below P1 wait so long for others that go to the same target. */
const groupMs = 30_000;
/** After a message, the next one below P1 to the same target waits so long. */
const betweenMs = 5 * 60_000;
/** More notices than this in one message are not read; the rest is counted. */
const maxNotices = 50;

/** How long after a failed attempt the next one comes, by the number of attempts before it. */
export const toPauseMs = (tries: number): number => [5000, 15_000, 60_000][tries] ?? 300_000;

/**
 * Puts a notice into the outbox, for each target. P1 is a message of its own and waits for nothing. Others join a message to the
 * same target that was not tried yet.
 */
export const queueNotices = (
  state: NotificationState,
  targets: readonly Target[],
  { part, ...notice }: Notice & { readonly part: string },
  quiet: QuietHours | null,
  now: Moment,
): NotificationState => targets.reduce((next, target) => queueOne(next, target, { notice, part, quiet }, now), state);

const queueOne = (
  state: NotificationState,
  target: Target,
  { notice, part, quiet }: { readonly notice: Notice; readonly part: string; readonly quiet: QuietHours | null },
  { up, at }: Moment,
): NotificationState => {
  const key = toTargetKey(target);
  const isUrgent = notice.priority === 'P1';
  const open = state.outbox.find(
    ({ target: other, tries, notices }) =>
      !isUrgent &&
      tries === 0 &&
      toTargetKey(other) === key &&
      notices.length < maxNotices &&
      notices.every(({ priority }) => priority !== 'P1'),
  );
  if (open !== undefined) {
    return { ...state, outbox: state.outbox.map((one) => (one === open ? { ...open, notices: [...open.notices, notice] } : one)) };
  }
  const id = `${notice.episode}/${part}/${key}`;
  if (state.outbox.some((one) => one.id === id)) return state;
  const last = state.ended.findLast(({ target: other }) => toTargetKey(other) === key);
  const sinceMs = last === undefined ? Infinity : at - last.endedAt;
  // By the wall clock, since the message before may be from an earlier run; a clock that was set makes it wait no longer than once.
  const waitMs = sinceMs >= 0 && sinceMs < betweenMs ? betweenMs - sinceMs : groupMs;
  const notBeforeUp = isUrgent ? up : up + waitMs;
  const delivery: Delivery = { id, target, notices: [notice], quiet, queuedAt: at, queuedUp: up, notBeforeUp, tries: 0, error: null };
  return { ...state, outbox: [...state.outbox, delivery] };
};

/**
 * The messages to send now. One of P1 waits for nothing but an earlier message about the same alarm to the same target. Of the others each
 * target gets the oldest that waits.
 */
export const toDue = (plan: Pick<NotificationPlan, 'isQuiet'>, { outbox }: NotificationState, { up, at }: Moment): readonly Delivery[] => {
  const ready = outbox.filter(({ notBeforeUp, quiet }) => notBeforeUp <= up && (quiet === null || !plan.isQuiet(quiet, at)));
  const urgent = ready.filter((one) => isUrgent(one) && !outbox.slice(0, outbox.indexOf(one)).some((before) => isAboutSame(before, one)));
  const taken = new Set(ready.filter(isUrgent).map(({ target }) => toTargetKey(target)));
  const others = ready.filter((one) => {
    const key = toTargetKey(one.target);
    if (isUrgent(one) || taken.has(key)) return false;
    taken.add(key);
    return true;
  });
  return [...urgent, ...others];
};

const isUrgent = ({ notices }: Delivery): boolean => notices.some(({ priority }) => priority === 'P1');

const isAboutSame = (one: Delivery, other: Delivery): boolean =>
  toTargetKey(one.target) === toTargetKey(other.target) &&
  one.notices.some(({ episode }) => other.notices.some((notice) => notice.episode === episode));
