import type { ValueStatus } from '@phloem/protocol';
import type { Step } from '../override/override-steps.ts';

/** What is known of an offset that this screen has sent. */
export type SentOffset = {
  readonly delta: number;
  /** What the schedule alone wanted when it was sent. */
  readonly base: number;
  /** When the hub said that it has it; by the browser's running time. */
  readonly takenAt: number;
};

const proofMs = 5000;

/**
 * The two steps of an offset: the hub has it, and the rules steer by it. Only the value that the rules themselves tell
 * counts as done.
 */
export const toOffsetSteps = (
  { delta, base, takenAt }: SentOffset,
  value: ValueStatus | undefined,
  toText: (value: number) => string,
  running: number,
): readonly Step[] => {
  const taken: Step = { name: 'sent', state: 'done', text: 'sent, the hub has it' };
  const told = typeof value?.v === 'number' ? value.v : null;
  // The schedule may ramp meanwhile: nearer to the moved line than to the other is moved.
  if (told !== null && Math.abs(told - (base + delta)) < Math.abs(delta) / 2)
    return [taken, { name: 'confirmed', state: 'done', text: `the rules steer to ${toText(told)}` }];
  if (running - takenAt <= proofMs) return [taken, { name: 'confirmed', state: 'waiting', text: 'the rules take it over: waiting' }];
  const still = told === null ? 'the rules tell no value of it' : `the rules steer to ${toText(told)} still`;
  return [taken, { name: 'confirmed', state: 'failed', text: `not taken over after 5 s: ${still}` }];
};
