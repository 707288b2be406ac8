import { createTimeText, withMessage, type DeviceTimeline, type DeviceLayout, type SiteLayout } from '@phloem/protocol';

type MessageLayout = { readonly timeZone: SiteLayout['timeZone']; readonly devices: readonly DeviceLayout[] };

/** A timeline with the sentences of its reasons. */
export const withMessages = (timeline: DeviceTimeline, { timeZone, devices }: MessageLayout): DeviceTimeline => {
  const texts = { time: createTimeText(timeZone), device: devices.find(({ id }) => id === timeline.id) };
  return { ...timeline, spans: timeline.spans.map((span) => (span.why === null ? span : { ...span, why: withMessage(span.why, texts) })) };
};
