import type { DeviceLayout, DeviceState, DeviceValue, OverrideStatus } from '@phloem/protocol';
import { toStateWord } from '../format/state-word.ts';
import type { FeedbackView } from '../devices/feedback-view.ts';

/** One step of a command on its way, as it is drawn. */
export type Step = {
  readonly name: 'sent' | 'written' | 'confirmed' | 'proven';
  readonly state: 'done' | 'waiting' | 'failed';
  readonly text: string;
};

/** What is known of a command that this screen has sent. */
export type Sent = {
  readonly value: DeviceValue;
  /** When the hub said that it has it; by the browser's running time. */
  readonly takenAt: number;
  /** The entry of the override, so that what came before is not taken for its outcome. */
  readonly lsn: number;
};

/** What the steps are drawn with: the run feedback, the device, and why it stands as it does. */
export type StepFacts = { readonly feedback?: FeedbackView | null; readonly layout?: DeviceLayout | undefined; readonly why?: string };

const proofMs = 5000;

/** The steps of an override; with a fourth for a device with run feedback: the read-back value is proven, or is not. */
export const toSteps = (
  sent: Sent,
  state: DeviceState | undefined,
  override: OverrideStatus | undefined,
  running: number,
  { feedback = null, layout, why = '' }: StepFacts = {},
): readonly Step[] => {
  const steps = toReadSteps(sent, state, override, running, { layout, why });
  if (feedback === null) return steps;
  const isConfirmed = steps.at(-1)?.state === 'done';
  if (!isConfirmed) return [...steps, waiting('proven')];
  if (feedback.isProven === true) return [...steps, { name: 'proven', state: 'done', text: `proven by ${feedback.title}` }];
  if (running - sent.takenAt <= feedback.withinMs + proofMs) return [...steps, waiting('proven')];
  const otherwise = feedback.isProven === null ? `${feedback.title} has no value` : `${feedback.title} does not match`;
  return [...steps, { name: 'proven', state: 'failed', text: `not proven: ${otherwise}` }];
};

/**
 * The three steps of an override: the hub has it, it was written to the device, the device reads back so. Only what the
 * device itself says counts as done. What the hub holds back, for a limit or an interlock, is said as that.
 */
const toReadSteps = (
  sent: Sent,
  state: DeviceState | undefined,
  override: OverrideStatus | undefined,
  running: number,
  { layout, why }: { readonly layout: DeviceLayout | undefined; readonly why: string },
): readonly Step[] => {
  const word = toStateWord(sent.value, layout);
  const followMs = layout?.limits.settleMs ?? 0;
  const taken: Step = { name: 'sent', state: 'done', text: 'sent, accepted by the hub' };
  const isOverdue = running - sent.takenAt > proofMs;
  if (state === undefined) return [taken, waiting('written'), waiting('confirmed')];
  const isWritten = state.written === sent.value;
  // `held` is then the request of a rule that the override outranks; the device itself does what was sent.
  const isRead = state.confirmed === sent.value || (typeof sent.value === 'number' && state.phase === 'confirmed');
  if (isWritten && isRead && (state.phase === 'confirmed' || state.phase === 'held')) {
    return [
      taken,
      { name: 'written', state: 'done', text: `${word} written` },
      { name: 'confirmed', state: 'done', text: `${state.confirmed === null ? word : toStateWord(state.confirmed, layout)} read back` },
    ];
  }
  const isNews = state.lsn > sent.lsn;
  if (!isWritten && isNews && state.phase === 'held') {
    return [taken, { name: 'written', state: 'waiting', text: `held: ${why || 'a limit of the device'}` }, waiting('confirmed')];
  }
  if (isNews && (state.phase === 'failed' || state.phase === 'refused')) {
    return [taken, { name: 'written', state: 'failed', text: `${state.phase}: ${why || 'no reason was given'}` }, waiting('confirmed')];
  }
  if (!isWritten) {
    const limited = isNews && state.written !== null && state.phase === 'confirmed' && override !== undefined;
    if (limited && isOverdue) {
      return [
        taken,
        { name: 'written', state: 'failed', text: `${toStateWord(state.written ?? false, layout)} instead${why === '' ? '' : `: ${why}`}` },
        waiting('confirmed'),
      ];
    }
    return [
      taken,
      isOverdue ? { name: 'written', state: 'failed', text: 'not written after 5 s' } : waiting('written'),
      waiting('confirmed'),
    ];
  }
  const written: Step = { name: 'written', state: 'done', text: `${word} written` };
  if (state.phase === 'discrepancy') {
    const read = state.confirmed === null ? 'nothing' : toStateWord(state.confirmed, layout);
    return [taken, written, { name: 'confirmed', state: 'failed', text: `the device reads ${read}` }];
  }
  if (typeof state.confirmed === 'number' && running - sent.takenAt <= proofMs + followMs) {
    return [taken, written, { name: 'confirmed', state: 'waiting', text: `following: ${toStateWord(state.confirmed, layout)} of ${word}` }];
  }
  return [taken, written, isOverdue ? { name: 'confirmed', state: 'failed', text: 'not confirmed after 5 s' } : waiting('confirmed')];
};

const waiting = (name: Step['name']): Step => ({ name, state: 'waiting', text: `${name}: waiting` });
