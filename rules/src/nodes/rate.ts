import { isUnknown, toKnown, unknown, type Node, type NodeOutput, type Sample } from './node.ts';

/** Over what time a rate is taken, and in what unit it is reported. */
export type RateParams = {
  readonly windowMs: number;
  /** How many samples the window must hold for an answer; at least 2. */
  readonly minSamples: number;
  /** The unit of time of the answer: 3 600 000 for K/h. */
  readonly perMs: number;
};

/** The samples of the window, oldest first, as `[up, value]`, and their slope per ms, `null` while they are too few. */
export type RateState = {
  readonly v: 1;
  readonly samples: readonly (readonly [up: number, value: number])[];
  readonly slope: number | null;
};

/** How many samples the answer rests on. */
export type RateOutput = NodeOutput<number> & { readonly samples: number };

/** The window keeps no more than this, however fast an instrument reports: samples that follow closer are passed over. */
const MAX_SAMPLES = 120;

/**
 * How fast a value changes: the slope of the straight line that fits the samples of the window best (least squares), so
 * that one noisy reading does not decide. Unknown while the input is, and while the window holds too few samples.
 *
 * @throws RangeError for a window or unit of time that is not above 0, or `minSamples` outside 2 to 120.
 */
export const createRate = ({ windowMs, minSamples, perMs }: RateParams): Node<RateState, Sample, RateOutput> => {
  if (!(windowMs > 0 && perMs > 0)) throw new RangeError(`a window of ${windowMs} ms, per ${perMs} ms`);
  if (!(minSamples >= 2 && minSamples <= MAX_SAMPLES)) throw new RangeError(`at least ${minSamples} samples`);
  const toState = (samples: RateState['samples']): RateState => ({
    v: 1,
    samples,
    slope: samples.length < minSamples ? null : finite(slopeOf(samples)),
  });
  return {
    type: 'rate',
    version: 1,
    isTimed: true,
    init: () => ({ v: 1, samples: [], slope: null }),
    step: (state, sample, { up }) => {
      const value = toKnown(sample.value);
      const newest = state.samples.at(-1)?.[0] ?? -Infinity;
      const isNew = !isUnknown(value) && sample.up > up - windowMs && sample.up - newest > windowMs / MAX_SAMPLES;
      const isOld = (state.samples[0]?.[0] ?? Infinity) <= up - windowMs;
      const kept = isOld ? state.samples.filter(([since]) => since > up - windowMs) : state.samples;
      const next = isNew ? toState([...kept, [sample.up, value]]) : isOld ? toState(kept) : state;
      const answer = isUnknown(value) || next.slope === null ? unknown : toKnown(next.slope * perMs);
      return [next, { value: answer, samples: next.samples.length }];
    },
  };
};

/** Per millisecond. Counted from the first sample, since `up` grows large. */
const slopeOf = (samples: RateState['samples']): number => {
  const [firstUp, firstValue] = samples[0] ?? [0, 0];
  let [x, y, xx, xy] = [0, 0, 0, 0];
  for (const [up, value] of samples) {
    x += up - firstUp;
    y += value - firstValue;
    xx += (up - firstUp) * (up - firstUp);
    xy += (up - firstUp) * (value - firstValue);
  }
  return (samples.length * xy - x * y) / (samples.length * xx - x * x) + 0;
};

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
