import {
  alarmIds,
  isProven,
  reasonOf,
  type AlarmState,
  type DeviceFeedback,
  type DeviceId,
  type DeviceState,
  type EntryDraft,
  type PointState,
} from '@phloem/protocol';

/** A device with run feedback. */
export type FeedbackDevice = { readonly id: DeviceId; readonly feedback?: DeviceFeedback };

/** Since when each device has not done what was read back from it, by the running clock. */
export type FeedbackMismatches = ReadonlyMap<DeviceId, number>;

/** How things stand at a moment. */
export type FeedbackFacts = {
  readonly up: number;
  readonly states: readonly DeviceState[];
  readonly points: readonly PointState[];
  /** What a point is called. */
  readonly titleOf: (point: string) => string;
  readonly alarmState: (alarm: string) => AlarmState;
};

/**
 * Pure: compares what devices were confirmed to be with their run feedback (DE8). What differs for longer than `within` is
 * an alarm; where the feedback has no value nothing is claimed, and an alarm that stands goes on.
 */
export const stepFeedback = (
  devices: readonly FeedbackDevice[],
  before: FeedbackMismatches,
  { up, states, points, titleOf, alarmState }: FeedbackFacts,
): { readonly mismatches: FeedbackMismatches; readonly drafts: readonly EntryDraft[] } => {
  const mismatches = new Map<DeviceId, number>();
  const drafts: EntryDraft[] = [];
  for (const { id, feedback } of devices) {
    if (feedback === undefined) continue;
    const confirmed = states.find((state) => state.id === id)?.confirmed ?? null;
    const reading = points.find((point) => point.id === feedback.point);
    const isSo = isProven(feedback, confirmed, reading);
    const alarm = alarmIds.device(id, 'feedback-mismatch');
    const isClear = alarmState(alarm) === 'cleared';
    if (isSo === true && !isClear) drafts.push({ kind: 'alarm', alarm, state: 'cleared', priority: 'P2', by: { kind: 'hub' } });
    if (isSo !== false || confirmed === null) continue;
    const since = before.get(id) ?? up;
    mismatches.set(id, since);
    if (up - since < feedback.withinMs || !isClear) continue;
    const why = reasonOf('device/feedback-mismatch', {
      confirmed,
      title: titleOf(feedback.point),
      read: reading?.v ?? null,
      forMs: Math.round(up - since),
    });
    drafts.push({ kind: 'alarm', alarm, state: 'active', priority: 'P2', by: { kind: 'hub' }, why });
  }
  return { mismatches, drafts };
};
