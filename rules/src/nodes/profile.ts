import { hasDay } from '@phloem/protocol';
import type { Setpoint } from './setpoint.ts';
import type { SiteClock } from './site-clock.ts';

/** The value at an instant, where its ramp leads, and when the next point comes. */
export type ProfileAt = { readonly base: number; readonly target: number; readonly nextAt: number };

/** From `at` on it is `value`; with `isRamp` it moves in a straight line to the next step, else it stays until then. */
export type ProfileStep = { readonly at: number; readonly value: number; readonly isRamp: boolean };

/** What is wanted over the days of a site. */
export type Profile = {
  readonly at: (instant: number) => ProfileAt;
  /** From `from` to `to`, both included, oldest first. */
  readonly between: (from: number, to: number) => readonly ProfileStep[];
};

/** Points and straight ramps between them, over midnight too. A ramp that is cut short leads on from where it had come. */
export const createProfile = (clock: SiteClock, points: readonly Setpoint[]): Profile => {
  let cached: { readonly day: number; readonly legs: readonly Leg[] } | undefined;
  const legsAround = (instant: number): readonly Leg[] => {
    const day = clock.dayOf(instant);
    if (cached?.day !== day) cached = { day, legs: toLegs(turnsOf(clock, points, day)) };
    return cached.legs;
  };
  const at = (instant: number): ProfileAt => {
    const legs = legsAround(instant);
    const index = legs.findLastIndex((leg) => leg.at <= instant);
    const base = valueAt(legs[index], instant);
    return { base, target: legs[index]?.value ?? base, nextAt: legs[index + 1]?.at ?? instant };
  };
  const between = (from: number, to: number): readonly ProfileStep[] => {
    const steps: ProfileStep[] = [];
    for (let instant = from; instant < to;) {
      const leg = legsAround(instant).findLast((each) => each.at <= instant);
      const { base, nextAt } = at(instant);
      const end = nextAt > instant ? Math.min(nextAt, to) : to;
      const arrivesAt = leg === undefined ? instant : leg.at + leg.rampMs;
      steps.push({ at: instant, value: base, isRamp: arrivesAt > instant && leg?.start !== leg?.value });
      if (arrivesAt > instant && arrivesAt < end) steps.push({ at: arrivesAt, value: at(arrivesAt).base, isRamp: false });
      instant = end;
    }
    steps.push({ at: to, value: at(to).base, isRamp: false });
    return steps;
  };
  return { at, between };
};

/** One value at all times. */
export const constantProfile = (value: number): Profile => ({
  at: (instant) => ({ base: value, target: value, nextAt: instant }),
  between: (from, to) => [
    { at: from, value, isRamp: false },
    { at: to, value, isRamp: false },
  ],
});

type Turn = { readonly at: number; readonly value: number; readonly rampMs: number };
/** A turn, with the value from which its ramp starts. */
type Leg = Turn & { readonly start: number };

/**
 * A week back, so that a chain of ramps that are all cut short is followed from far enough. Points that the clocks skip
 * all come at the change, in the order of their times; those of one time in the order written.
 */
const turnsOf = (clock: SiteClock, points: readonly Setpoint[], today: number): readonly Turn[] =>
  Array.from({ length: 11 }, (_, index) => today - 8 + index)
    .filter((day) => hasDay(clock.zone, day))
    .flatMap((day) => points.map(({ at: moment, value, rampMs }) => ({ ...clock.occurrenceOf(moment, day), value, rampMs })))
    .toSorted((a, b) => a.at - b.at || a.local - b.local);

const toLegs = (turns: readonly Turn[]): readonly Leg[] => {
  const legs: Leg[] = [];
  for (const turn of turns) legs.push({ ...turn, start: legs.length === 0 ? turn.value : valueAt(legs.at(-1), turn.at) });
  return legs;
};

const valueAt = (leg: Leg | undefined, at: number): number => {
  if (leg === undefined) return Number.NaN;
  const { start, value, rampMs } = leg;
  const passedMs = at - leg.at;
  return passedMs >= rampMs ? value : start + ((value - start) * passedMs) / rampMs;
};
