import type { Moment } from './moment.ts';
import type { Node, NodeOutput } from './node.ts';
import { createProfile } from './profile.ts';
import type { SiteClock } from './site-clock.ts';

/** From its moment on the value moves in a straight line, and reaches the point's value after `rampMs`. */
export type Setpoint = { readonly at: Moment; readonly value: number; readonly rampMs: number };
/** Points, and the clock by which they are read. */
export type SetpointsParams = { readonly clock: SiteClock; readonly points: readonly Setpoint[] };

/** What an operator adds for a while; `adjust` is given once, on the step on which it was said, and `null` takes it back. */
export type SetpointsInput = { readonly adjust?: { readonly by: number; readonly forMs: number } | null };
/** What an operator has added, and until when in `up`. */
export type SetpointsState = { readonly v: 1; readonly adjust: { readonly by: number; readonly untilUp: number } | null };

/** `base` is the value without the operator's `adjustBy`, which ends in `adjustLeftMs`; `target` is where the ramp leads; `nextAt` when the next one begins. */
export type SetpointsOutput = NodeOutput<number> & {
  readonly base: number;
  readonly target: number;
  readonly nextAt: number;
  readonly adjustBy: number;
  readonly adjustLeftMs: number;
};

/**
 * What is wanted at this time of the site's day: points, and straight ramps between them, over midnight too. A ramp that
 * is cut short by the next point leads on from where it had come. It is never unknown.
 *
 * @throws RangeError without points, or for a ramp that is negative or longer than a day; Fault `rules/invalid` for
 * moments of which the clock knows nothing.
 */
export const createSetpoints = ({ clock, points }: SetpointsParams): Node<SetpointsState, SetpointsInput, SetpointsOutput> => {
  if (points.length === 0) throw new RangeError('no points');
  for (const { at, value, rampMs } of points) {
    if (!(rampMs >= 0 && rampMs <= 86_400_000 && Number.isFinite(value))) throw new RangeError(`${value} over ${rampMs} ms`);
    clock.instantOf(at, 0);
  }
  const profile = createProfile(clock, points);
  return {
    type: 'setpoints',
    version: 1,
    isTimed: true,
    init: () => ({ v: 1, adjust: null }),
    step: (state, input, { at, up }) => {
      const { base, target, nextAt } = profile.at(at);
      const adjust = toAdjust(state, input, up);
      const value = base + (adjust?.by ?? 0);
      const next: SetpointsState = adjust === state.adjust ? state : { v: 1, adjust };
      const left = adjust === null ? 0 : adjust.untilUp - up;
      return [next, { value, base, target, nextAt, adjustBy: adjust?.by ?? 0, adjustLeftMs: left }];
    },
  };
};

const toAdjust = (state: SetpointsState, { adjust }: SetpointsInput, up: number): SetpointsState['adjust'] => {
  if (adjust === null) return null;
  if (adjust !== undefined && Number.isFinite(adjust.by) && adjust.forMs > 0) return { by: adjust.by, untilUp: up + adjust.forMs };
  return state.adjust !== null && state.adjust.untilUp > up ? state.adjust : null;
};
