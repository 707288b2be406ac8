import type { ValueStatus } from '@phloem/protocol';
import type { Step } from '../override/override-steps.ts';

/** What is known of an offset that this screen has sent. */
export type SentOffset = {
  readonly delta: number;
  /** What the schedule alone wanted when it was sent. */
  readonly base: number;
  /** When it began, by the hub's running time: what the rules reported before speaks of an offset that stood before. */
  readonly sinceUp: number;
  /** When the hub said that it has it; by the browser's running time. */
  readonly takenAt: number;
};

const proofMs = 5000;
/** What is lost when decimals are added up. */
const same = 1e-9;

/**
 * The two steps of an offset: the hub has it, and the rules steer by it. Only the value that the rules themselves report
 * counts as done.
 */
export const toOffsetSteps = (
  { delta, base, sinceUp, takenAt }: SentOffset,
  value: ValueStatus | undefined,
  toText: (value: number) => string,
  running: number,
): readonly Step[] => {
  const taken: Step = { name: 'sent', state: 'done', text: 'sent, accepted by the hub' };
  const told = typeof value?.v === 'number' ? value.v : null;
  const distance = told === null ? Infinity : Math.abs(told - (base + delta));
  // Reported since then, nearer to the moved line than to the other is moved: the schedule may ramp meanwhile. The same line as
  // before is not reported again.
  const isTaken = value !== undefined && (value.up >= sinceUp ? distance < Math.abs(delta) / 2 : distance < same);
  if (told !== null && isTaken) return [taken, { name: 'confirmed', state: 'done', text: `the rules control to ${toText(told)}` }];
  if (running - takenAt <= proofMs) return [taken, { name: 'confirmed', state: 'waiting', text: 'waiting for the rules' }];
  const still = told === null ? 'the rules report no value for it' : `the rules control to ${toText(told)}, as before`;
  return [taken, { name: 'confirmed', state: 'failed', text: `not applied after 5 s: ${still}` }];
};
