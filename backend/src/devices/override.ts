import { type Author, overrideWarningMs, reasonOf, type Reason } from '@phloem/protocol';
import { change, clear, emit, raise, toCause, type Turn } from './turn.ts';
import type { Override, OverrideOrder } from './override-order.ts';

/** Somebody overrides the device; an older override ends by it. */
export function takeOverride(turn: Turn, { value, by, reason, forMs }: OverrideOrder): Turn {
  if (turn.state.isDraining) return turn;
  const until = turn.now.at + forMs;
  const said = emit(clear(turn, ['override-ends']), {
    kind: 'append',
    draft: { kind: 'override', device: turn.spec.id, value, by, reason, forMs, until },
  });
  return change(said, { override: { value, by, reason, forMs, untilUp: turn.now.up + forMs, cause: toCause(said) }, restUntilUp: 0 });
}

/** Somebody lets the device go. */
export function releaseOverride(turn: Turn, by: Author, reason: string | null): Turn {
  return turn.state.override === null || turn.state.isDraining ? turn : endOverride(turn, by, reason === null ? {} : { reason });
}

/** An override ends when its time is over, and announces its end two minutes before. */
export function guardOverrideTime(turn: Turn): Turn {
  const { override, isDraining } = turn.state;
  if (override === null || isDraining) return turn;
  if (turn.now.up >= override.untilUp) return endOverride(turn, { kind: 'hub' }, { why: reasonOf('time/over') });
  if (turn.now.up < toWarningUp(override)) return turn;
  const until = turn.now.at + (override.untilUp - turn.now.up);
  return raise(turn, 'override-ends', reasonOf('override/ending', { by: override.by, until }));
}

/** When time alone changes something of an override next, in `up`. */
export const nextOverrideWake = ({ untilUp, ...override }: Override, isWarned: boolean): number =>
  isWarned ? untilUp : Math.min(untilUp, toWarningUp({ untilUp, ...override }));

/** Who holds the device, and until when. */
export const toOverrideReason = ({ now }: Pick<Turn, 'now'>, { by, untilUp, reason }: Override): Reason =>
  reasonOf('override/active', { by, until: now.at + (untilUp - now.up), reason });

/** One that is short is warning enough by itself. */
const toWarningUp = ({ untilUp, forMs }: Pick<Override, 'untilUp' | 'forMs'>): number =>
  forMs > overrideWarningMs ? untilUp - overrideWarningMs : untilUp;

/** What a person wrote, or why the hub did it. */
type Said = { readonly reason?: string; readonly why?: Reason };

function endOverride(turn: Turn, by: Author, said: Said): Turn {
  const ended = emit(turn, { kind: 'append', draft: { kind: 'override', device: turn.spec.id, by, released: true, ...said } });
  return clear(change(ended, { override: null }), ['override-ends']);
}
