import {
  createTimeText,
  parseAlarmId,
  renderReason,
  withMessage,
  type AlarmAnswer,
  type AlarmStatus,
  type DeviceLayout,
  type DeviceTimeline,
  type HistoryGap,
  type LocationMark,
  type SiteLayout,
} from '@phloem/protocol';

type MessageLayout = { readonly timeZone: SiteLayout['timeZone']; readonly devices: readonly DeviceLayout[] };

/** A timeline with the sentences of its reasons. */
export const withMessages = (timeline: DeviceTimeline, { timeZone, devices }: MessageLayout): DeviceTimeline => {
  const texts = { time: createTimeText(timeZone), device: devices.find(({ id }) => id === timeline.id) };
  return { ...timeline, spans: timeline.spans.map((span) => (span.why === null ? span : { ...span, why: withMessage(span.why, texts) })) };
};

/** Gaps with the sentences of their reasons. */
export const withGapMessages = <A extends { readonly gaps: readonly HistoryGap[] }>(
  answer: A,
  { timeZone }: Pick<MessageLayout, 'timeZone'>,
): A => {
  const texts = { time: createTimeText(timeZone) };
  return { ...answer, gaps: answer.gaps.map((gap) => ({ ...gap, why: withMessage(gap.why, texts) })) };
};

const toAlarmTexts = ({ timeZone, devices }: MessageLayout) => {
  const time = createTimeText(timeZone);
  return (alarm: string) => {
    const subject = parseAlarmId(alarm);
    return { time, device: subject.kind === 'device' ? devices.find(({ id }) => id === subject.device) : undefined };
  };
};

/** Alarms with the sentences of their reasons. */
export const withAlarmMessages = (alarms: readonly AlarmStatus[], layout: MessageLayout): AlarmAnswer[] => {
  const textsOf = toAlarmTexts(layout);
  return alarms.map((status) => ({ ...status, why: status.why === null ? null : withMessage(status.why, textsOf(status.alarm)) }));
};

/** Marks in whose text is why the alarm was active. */
export const withMarkTexts = (marks: readonly LocationMark[], layout: MessageLayout): LocationMark[] => {
  const textsOf = toAlarmTexts(layout);
  return marks.map((mark) => (mark.why === undefined ? mark : { ...mark, text: renderReason(mark.why, textsOf(mark.id ?? '')) }));
};
