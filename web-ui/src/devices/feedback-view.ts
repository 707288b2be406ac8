import { isProven, type DeviceId, type DeviceState, type PointState, type SiteLayout } from '@phloem/protocol';

/** What shows whether a device runs: what that says of the device now, what it is called, and how long it may take. */
export type FeedbackView = { readonly isProven: boolean | null; readonly title: string; readonly withinMs: number };

type Known = {
  readonly site: SiteLayout | null;
  readonly points: ReadonlyMap<string, PointState>;
  readonly devices: ReadonlyMap<DeviceId, DeviceState>;
};

/** The run feedback of a device; null for a device without it. */
export const toFeedbackValue = ({ site, points, devices }: Known, id: DeviceId): FeedbackView | null => {
  const feedback = site?.devices.find((device) => device.id === id)?.feedback;
  if (feedback === undefined) return null;
  return {
    isProven: isProven(feedback, devices.get(id)?.confirmed ?? null, points.get(feedback.point)),
    title: site?.points.find((point) => point.id === feedback.point)?.title ?? feedback.point,
    withinMs: feedback.withinMs,
  };
};
