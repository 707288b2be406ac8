import { quantities, toPlausibleOffset, type ReferencePair } from '@phloem/protocol';
import type { PointSpec } from '../site/site.ts';

/** What a calibration is held against before anybody believes it. */
export type CalibrationFacts = {
  readonly pairs: readonly ReferencePair[];
  /** The pairs with the readings as they would be without the corrections so far. */
  readonly uncorrected: readonly ReferencePair[];
  /** What the calibration multiplies by, and what the one before it did. */
  readonly gain: number;
  readonly currentGain: number;
  /** What the point showed in the last minute under the calibration that holds; null where nobody knows. */
  readonly shown: number | null;
};

/** Two pairs nearer than this share of the range would stretch noise over the whole of it. */
const leastSpan = 0.02;
/** By how much a calibration may stretch the scale of a sound instrument. */
const plausibleStretch = 0.2;
/** A value this near to one of a pair, as a share of what is between them, is that one. */
const nearShare = 0.2;

const tidy = (value: number): number => Number(value.toPrecision(6));

/** The sentences that say what looks wrong with a calibration. None: it is plausible. */
export const doubtCalibration = (point: PointSpec, facts: CalibrationFacts): readonly string[] => {
  const { unit, label } = quantities[point.quantity];
  const withUnit = (value: number): string => `${tidy(value)}${unit === '' ? '' : ` ${unit}`}`;
  const apart = (value: number): string => `${tidy(value)}${unit === '°C' ? ' K' : unit === '' ? '' : ` ${unit}`}`;
  return [
    ...doubtOrder(point, facts, withUnit),
    ...doubtOffset(facts, { most: toPlausibleOffset(point.quantity, point.range), label, withUnit, apart }),
    ...doubtStretch(facts),
    ...doubtSpan(point, facts, apart),
  ];
};

/** A pair the other way round: the point shows the reference, not the reading. */
const doubtOrder = (
  { id, range }: PointSpec,
  { pairs, shown }: CalibrationFacts,
  withUnit: (value: number) => string,
): readonly string[] => {
  const outside = pairs.find(({ reading }) => reading < range.min || reading > range.max);
  if (outside !== undefined) {
    return [
      `${id} cannot show the reading ${withUnit(outside.reading)}: it shows ${range.min} to ${withUnit(range.max)}. A pair is the reference first, then the reading`,
    ];
  }
  if (shown === null) return [];
  const isNear = (value: number, { reference, reading }: ReferencePair): boolean =>
    Math.abs(shown - value) <= nearShare * Math.abs(reference - reading);
  if (pairs.some((pair) => isNear(pair.reading, pair))) return [];
  const swapped = pairs.find((pair) => isNear(pair.reference, pair));
  return swapped === undefined
    ? []
    : [
        `${id} shows ${withUnit(shown)} now, which is the reference ${withUnit(swapped.reference)} and not the reading ${withUnit(swapped.reading)}: reference and reading look swapped`,
      ];
};

const doubtOffset = (
  { pairs, uncorrected }: CalibrationFacts,
  {
    most,
    label,
    withUnit,
    apart,
  }: {
    readonly most: number;
    readonly label: string;
    readonly withUnit: (value: number) => string;
    readonly apart: (value: number) => string;
  },
): readonly string[] => {
  const plausible = `${label} is plausibly off by ${apart(most)} at most`;
  const far = pairs.find(({ reference, reading }) => Math.abs(reference - reading) > most);
  if (far !== undefined) {
    return [
      `the reference ${withUnit(far.reference)} and the reading ${withUnit(far.reading)} are ${apart(Math.abs(far.reference - far.reading))} apart; ${plausible}`,
    ];
  }
  const grown = uncorrected.find(({ reference, reading }) => Math.abs(reference - reading) > most);
  return grown === undefined
    ? []
    : [
        `with the corrections so far the value is moved by ${apart(Math.abs(grown.reference - grown.reading))}, from ${withUnit(grown.reading)} to ${withUnit(grown.reference)}; ${plausible}`,
      ];
};

const doubtStretch = ({ pairs, gain, currentGain }: CalibrationFacts): readonly string[] =>
  pairs.length < 2 || gain === currentGain || Math.abs(gain - 1) <= plausibleStretch
    ? []
    : [`the pairs need a slope of ${tidy(gain)}; a working instrument has ${1 - plausibleStretch} to ${1 + plausibleStretch}`];

const doubtSpan = (
  { range }: PointSpec,
  { pairs: [one, other] }: CalibrationFacts,
  apart: (value: number) => string,
): readonly string[] => {
  const least = (range.max - range.min) * leastSpan;
  if (one === undefined || other === undefined) return [];
  const span = Math.abs(one.reference - other.reference);
  return span >= least
    ? []
    : [
        `the two references are ${apart(span)} apart, which is too close: noise would determine the slope. Take them at least ${apart(least)} apart`,
      ];
};
