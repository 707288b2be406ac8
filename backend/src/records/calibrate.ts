import {
  Fault,
  quantities,
  type CalibrationRecord,
  type CalibrationRequest,
  type DocumentHash,
  type ReferencePair,
} from '@phloem/protocol';
import type { PointSpec } from '../site/site.ts';
import { doubtCalibration } from './doubt-calibration.ts';

const identity = { gain: 1, offset: 0 } as const;
/** Who made a record, in the text form of an author, and when. A record is named by its hash, so its form stays. */
export type Made = { readonly at: number; readonly by: string };
type Coefficients = { readonly gain: number; readonly offset: number };
const gains = { least: 0.5, most: 2 } as const;

const tidy = (value: number): number => Number(value.toPrecision(10));
const fail = (message: string): never => {
  throw new Fault('calibration/invalid', message);
};

/**
 * The record of a calibration. What the point showed is first taken back to what it would have shown without the
 * corrections so far; then one pair gives an offset, and two pairs give gain and offset.
 *
 * @throws Fault `calibration/invalid` for pairs that no sound correction follows from, and `calibration/implausible` for
 * pairs that look wrong and that nobody has confirmed.
 */
export const toCalibration = (
  point: PointSpec,
  request: CalibrationRequest,
  current: {
    readonly coefficients: Coefficients;
    readonly hash: DocumentHash | null;
    /** What the point showed in the last minute under this calibration, where that is known. */
    readonly shown: number | null;
  },
  { at, by }: Made,
): CalibrationRecord => {
  if (point.source.kind === 'derived') fail(`${point.id} is calculated from other points; calibrate those points`);
  if (point.quantity === 'boolean') fail(`${point.id} is a contact; there is nothing to calibrate`);
  if (point.totalise !== undefined) fail(`${point.id} is a running total; correct the scale of its profile instead`);
  if (point.source.kind === 'register' && point.source.register.names !== undefined)
    fail(`${point.id} has named values; there is nothing to calibrate`);
  const { pairs, due = null, instrumentDue = null, confirmed = false } = request;
  const { unit } = quantities[point.quantity];
  const { min, max } = point.range;
  for (const { reference } of pairs) {
    if (reference < min || reference > max)
      fail(`a reference of ${reference} ${unit} is outside of what ${point.id} can show, ${min} to ${max}`);
  }
  if (due !== null && due <= at) fail('the due date has passed');
  if (instrumentDue !== null && instrumentDue <= at) fail(`the reference ${request.instrument} is itself overdue for calibration`);
  const uncorrected = pairs.map(({ reference, reading }) => ({
    reference,
    reading: (reading - current.coefficients.offset) / current.coefficients.gain,
  }));
  mustRiseTogether(pairs, unit);
  const { gain, offset } = toCoefficients(uncorrected, current.coefficients);
  if (gain < gains.least || gain > gains.most)
    fail(
      `the pairs need a slope of ${tidy(gain)}; a working instrument needs no less than ${gains.least} and no more than ${gains.most}. Are they in ${unit}?`,
    );
  const doubts = doubtCalibration(point, { pairs, uncorrected, gain, currentGain: current.coefficients.gain, shown: current.shown });
  if (doubts.length > 0 && !confirmed)
    throw new Fault(
      'calibration/implausible',
      `${doubts.join('; ')}. Check the pairs; if they are right, confirm them (--confirm, or "confirmed": true)`,
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

/** Two pairs of which one value rises while the other falls are mixed up: there is no such instrument. */
const mustRiseTogether = (pairs: readonly ReferencePair[], unit: string): void => {
  const [low, high] = pairs.toSorted((a, b) => a.reference - b.reference);
  if (low === undefined || high === undefined) return;
  const withUnit = unit === '' ? '' : ` ${unit}`;
  if (high.reference === low.reference) fail(`both references are ${low.reference}${withUnit}: two pairs need two different references`);
  if (high.reading === low.reading) fail(`both readings are ${low.reading}${withUnit}: two pairs need two different readings`);
  if (high.reading < low.reading)
    fail(
      `the reference rises from ${low.reference} to ${high.reference}${withUnit} while the reading falls from ${low.reading} to ${high.reading}${withUnit}: the pairs are in the wrong order or mixed up`,
    );
};

const toCoefficients = (uncorrected: readonly ReferencePair[], current: Coefficients): Coefficients => {
  const [low, high] = uncorrected.toSorted((a, b) => a.reference - b.reference);
  if (low === undefined) return identity;
  // One pair says nothing of the slope: what is known of it stays.
  if (high === undefined) return { gain: current.gain, offset: tidy(low.reference - low.reading * current.gain) };
  const gain = tidy((high.reference - low.reference) / (high.reading - low.reading));
  return { gain, offset: tidy(low.reference - low.reading * gain) };
};
