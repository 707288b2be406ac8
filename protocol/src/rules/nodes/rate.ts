import { isUnknown, toKnown, unknown, type Node, type NodeOutput, type Sample } from './node.ts';

export type RateParams = {
  readonly windowMs: number;
  /** How many samples the window must hold for an answer; at least 2. */
  readonly minSamples: number;
  /** The unit of time of the answer: 3 600 000 for K/h. */
  readonly perMs: number;
};

/** The samples of the window, oldest first, as `[up, value]`. */
export type RateState = { readonly v: 1; readonly samples: readonly (readonly [up: number, value: number])[] };

export type RateOutput = NodeOutput<number> & { readonly samples: number };

/** The window keeps no more than this, however fast an instrument reports: samples that follow closer are passed over. */
const MOST_SAMPLES = 512;

/**
 * How fast a value changes: the slope of the straight line that fits the samples of the window best (least squares), so
 * that one noisy reading does not decide. Unknown while the input is, and while the window holds too few samples.
 *
 * @throws RangeError for a window or unit of time that is not above 0, or `minSamples` outside 2 to 512.
 */
export const createRate = ({ windowMs, minSamples, perMs }: RateParams): Node<RateState, Sample, RateOutput> => {
  if (!(windowMs > 0 && perMs > 0)) throw new RangeError(`a window of ${windowMs} ms, per ${perMs} ms`);
  if (!(minSamples >= 2 && minSamples <= MOST_SAMPLES)) throw new RangeError(`at least ${minSamples} samples`);
  return {
    type: 'rate',
    version: 1,
    isTimed: true,
    init: () => ({ v: 1, samples: [] }),
    step: (state, sample, { up }) => {
      const value = toKnown(sample.value);
      const kept = state.samples.filter(([sampleUp]) => sampleUp > up - windowMs);
      const newest = kept.at(-1)?.[0] ?? -Infinity;
      const isNew = !isUnknown(value) && sample.up > up - windowMs && sample.up - newest > windowMs / MOST_SAMPLES;
      const samples = isNew ? [...kept, [sample.up, value] as const] : kept;
      const isBlind = isUnknown(value) || samples.length < minSamples;
      return [
        { v: 1, samples },
        { value: isBlind ? unknown : toKnown(slope(samples) * perMs), samples: samples.length },
      ];
    },
  };
};

/** Per millisecond. Times are taken from their mean, since `up` grows large. */
const slope = (samples: RateState['samples']): number => {
  const mean = (pick: (sample: readonly [number, number]) => number): number =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  const [meanUp, meanValue] = [mean(([up]) => up), mean(([, value]) => value)];
  let [rise, run] = [0, 0];
  for (const [up, value] of samples) {
    rise += (up - meanUp) * (value - meanValue);
    run += (up - meanUp) ** 2;
  }
  return rise / run;
};
