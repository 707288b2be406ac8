import type { DeviceState } from '@phloem/protocol';
import type { FrameLog } from '../log/frame-log.ts';
import { stepFeedback, type FeedbackFacts, type FeedbackDevice, type FeedbackMismatches } from './step-feedback.ts';

export type FeedbackLookParts = {
  readonly log: Pick<FrameLog, 'append'>;
  readonly clock: { up(): number };
  readonly site: {
    readonly devices: readonly FeedbackDevice[];
    readonly points: readonly { readonly id: string; readonly title: string }[];
  };
  readonly gate: { states(): readonly DeviceState[] };
  readonly view: { points(): FeedbackFacts['points']; alarmState: FeedbackFacts['alarmState'] };
};

/** Makes the function that compares, once a second, what devices were confirmed to be with their run feedback. */
export const createFeedbackLook = ({ log, clock, site, gate, view }: FeedbackLookParts): (() => void) => {
  if (!site.devices.some(({ feedback }) => feedback !== undefined)) return () => undefined;
  const titles = new Map(site.points.map(({ id, title }) => [id, title]));
  let mismatches: FeedbackMismatches = new Map();
  return () => {
    const step = stepFeedback(site.devices, mismatches, {
      up: clock.up(),
      states: gate.states(),
      points: view.points(),
      titleOf: (id) => titles.get(id) ?? id,
      alarmState: (alarm) => view.alarmState(alarm),
    });
    ({ mismatches } = step);
    if (step.drafts.length > 0) log.append(step.drafts);
  };
};
