import type { Node, NodeOutput } from './node.ts';
import { constantProfile, createProfile, type Profile } from './profile.ts';
import type { SiteClock } from './site-clock.ts';
import type { Setpoint } from './setpoint.ts';

/** Points, and the clock by which they are read. */
export type SetpointsParams = { readonly clock: SiteClock; readonly points: readonly Setpoint[] };

/** What an operator says: so much more, for so long; `who` is for people, with his reason. */
export type OffsetOrder = { readonly delta: number; readonly forMs: number; readonly who: string };
/** An offset is given once, on the step on which it was said, and `null` takes it back. */
export type SetpointsInput = { readonly offset?: OffsetOrder | null };
/** What an operator has added, and until when in `up`. */
export type SetpointsState = {
  readonly v: 1;
  readonly adjust: { readonly delta: number; readonly untilUp: number; readonly who: string } | null;
};

/** `base` is the value without the operator's `offset`, which ends in `offsetLeftMs`; `target` is where the ramp leads; `nextAt` when the next one begins. */
export type SetpointsOutput = NodeOutput<number> & {
  readonly base: number;
  readonly target: number;
  readonly nextAt: number;
  readonly offset: number;
  readonly offsetLeftMs: number;
};

export type SetpointsNode = Node<SetpointsState, SetpointsInput, SetpointsOutput>;

/**
 * What is wanted at this time of the site's day: points, and straight ramps between them, over midnight too. A ramp that
 * is cut short by the next point leads on from where it had come. It is never unknown.
 *
 * @throws RangeError without points, or for a ramp that is negative or longer than a day; Fault `rules/invalid` for
 * moments of which the clock knows nothing.
 */
export const createSetpoints = ({ clock, points }: SetpointsParams): SetpointsNode => {
  if (points.length === 0) throw new RangeError('no points');
  for (const { at, value, rampMs } of points) {
    if (!(rampMs >= 0 && rampMs <= 86_400_000 && Number.isFinite(value))) throw new RangeError(`${value} over ${rampMs} ms`);
    clock.instantOf(at, 0);
  }
  return createAdjustable(createProfile(clock, points));
};

/** A value that is always wanted, but for what an operator adds to it for a while. */
export const createConstantSetpoint = (value: number): SetpointsNode => createAdjustable(constantProfile(value));

const createAdjustable = (profile: Profile): SetpointsNode => ({
  type: 'setpoints',
  version: 1,
  isTimed: true,
  init: () => ({ v: 1, adjust: null }),
  step: (state, input, { at, up }) => {
    const { base, target, nextAt } = profile.at(at);
    const adjust = toAdjust(state, input, up);
    const offset = adjust?.delta ?? 0;
    const next: SetpointsState = adjust === state.adjust ? state : { v: 1, adjust };
    return [next, { value: base + offset, base, target, nextAt, offset, offsetLeftMs: adjust === null ? 0 : adjust.untilUp - up }];
  },
});

const toAdjust = (state: SetpointsState, { offset }: SetpointsInput, up: number): SetpointsState['adjust'] => {
  if (offset === null) return null;
  if (offset !== undefined && Number.isFinite(offset.delta) && offset.forMs > 0) {
    const { delta, forMs, who } = offset;
    return { delta, untilUp: up + forMs, who };
  }
  return state.adjust !== null && state.adjust.untilUp > up ? state.adjust : null;
};
