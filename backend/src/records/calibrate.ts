import { Fault, quantities, type CalibrationRecord, type CalibrationRequest, type DocumentHash } from '@phloem/protocol';
import type { PointSpec } from '../site/site.ts';

const identity = { gain: 1, offset: 0 } as const;
/** Who made a record, and when. */
export type Made = { readonly at: number; readonly by: string };
type Coefficients = { readonly gain: number; readonly offset: number };
/** Two pairs nearer than this share of the range would stretch noise over the whole of it. */
const leastSpan = 0.02;
const gains = { least: 0.5, most: 2 } as const;

const tidy = (value: number): number => Number(value.toPrecision(10));
const fail = (message: string): never => {
  throw new Fault('calibration/invalid', message);
};

/**
 * The record of a calibration. What the point showed is first taken back to what it would have shown without the
 * corrections so far; then one pair gives an offset, and two pairs give gain and offset.
 *
 * @throws Fault `calibration/invalid` for pairs that no sound correction follows from.
 */
export const toCalibration = (
  point: PointSpec,
  request: CalibrationRequest,
  current: { readonly coefficients: Coefficients; readonly hash: DocumentHash | null },
  { at, by }: Made,
): CalibrationRecord => {
  if (point.source.kind !== 'register') fail(`${point.id} is worked out from other points; calibrate those that it is made of`);
  if (point.quantity === 'boolean') fail(`${point.id} is open or closed; there is nothing to calibrate`);
  const { pairs, due = null, instrumentDue = null } = request;
  const { unit } = quantities[point.quantity];
  const { min, max } = point.range;
  for (const { reference } of pairs) {
    if (reference < min || reference > max)
      fail(`a reference of ${reference} ${unit} is outside of what ${point.id} can show, ${min} to ${max}`);
  }
  if (due !== null && due <= at) fail('the day on which it is due again has passed');
  if (instrumentDue !== null && instrumentDue <= at) fail(`the reference ${request.instrument} is itself overdue for calibration`);
  const coefficients = toCoefficients(
    pairs.map(({ reference, reading }) => ({
      reference,
      uncorrected: (reading - current.coefficients.offset) / current.coefficients.gain,
    })),
    max - min,
    current.coefficients,
  );
  const { gain, offset } = coefficients;
  if (gain < gains.least || gain > gains.most)
    fail(
      `the pairs ask for a gain of ${tidy(gain)}; a sound probe needs ${gains.least} to ${gains.most}. Are they in the right order, and in ${unit}?`,
    );
  return {
    kind: 'calibration',
    point: point.id,
    by,
    at,
    gain,
    offset,
    asFound: pairs.map(({ reference, reading }) => ({ reference, reading })),
    asLeft: pairs.map(({ reference, reading }) => ({
      reference,
      reading: tidy(((reading - current.coefficients.offset) / current.coefficients.gain) * gain + offset),
    })),
    instrument: request.instrument,
    instrumentDue,
    due,
    reason: request.reason,
    previous: current.hash,
    withdrawTo: current.hash,
  };
};

/** The record that takes the newest one back, to the one below it; null below is the point as it came. */
export const toWithdrawal = (
  point: PointSpec,
  below: CalibrationRecord | null,
  reason: string,
  previous: DocumentHash,
  { at, by }: Made,
): CalibrationRecord => ({
  kind: 'calibration',
  point: point.id,
  by,
  at,
  ...identity,
  asFound: [],
  asLeft: [],
  instrument: null,
  instrumentDue: null,
  due: null,
  withdrawTo: null,
  ...(below === null
    ? {}
    : {
        gain: below.gain,
        offset: below.offset,
        asFound: below.asFound,
        asLeft: below.asLeft,
        instrument: below.instrument,
        instrumentDue: below.instrumentDue,
        due: below.due,
        withdrawTo: below.withdrawTo,
      }),
  reason,
  previous,
});

const toCoefficients = (
  pairs: readonly { readonly reference: number; readonly uncorrected: number }[],
  range: number,
  current: Coefficients,
): Coefficients => {
  const [low, high] = pairs.toSorted((a, b) => a.reference - b.reference);
  if (low === undefined) return identity;
  // One pair says nothing of the slope: what is known of it stays.
  if (high === undefined) return { gain: current.gain, offset: tidy(low.reference - low.uncorrected * current.gain) };
  if (high.reference - low.reference < range * leastSpan || high.uncorrected === low.uncorrected) {
    fail(`the two references are too near to each other: they have to be at least ${tidy(range * leastSpan)} apart`);
  }
  const gain = tidy((high.reference - low.reference) / (high.uncorrected - low.uncorrected));
  return { gain, offset: tidy(low.reference - low.uncorrected * gain) };
};
