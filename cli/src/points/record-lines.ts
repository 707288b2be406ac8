import { toPersonText, type CalibrationStatus, type PointRecordsAnswer, toIsoText } from '@phloem/protocol';
import type { ToMoment } from '../operator/operator-lines.ts';

/** A day as it was typed: `2027-05-31`. */
const toDay = (at: number): string => toIsoText(at).slice(0, 10);
const toNumber = (value: number): string => String(value).replace('-', '−');

const toLines = (status: CalibrationStatus, toMoment: ToMoment): readonly string[] => [
  `  ${toMoment(status.at)}  ${toPersonText(status.by)}: ${status.reason}  (${status.hash.slice(0, 8)})`,
  `    value = uncorrected × ${toNumber(status.gain)} + ${toNumber(status.offset)}${status.instrument === null ? '' : `, against ${status.instrument}`}`,
  ...status.asFound.map(
    ({ reference, reading }, index) =>
      `    reference ${toNumber(reference)}: as found ${toNumber(reading)}, as left ${toNumber(status.asLeft[index]?.reading ?? reading)}`,
  ),
  ...(status.due === null ? [] : [`    due again on ${toDay(status.due)}${status.isOverdue ? ' – OVERDUE' : ''}`]),
];

/** What was done to a point, as lines for a terminal. */
export const toRecordLines = ({ id, calibration, earlier, maintenance }: PointRecordsAnswer, toMoment: ToMoment): readonly string[] => [
  id,
  maintenance === null
    ? '  in use'
    : `  OUT OF USE until ${toMoment(maintenance.until)}, ${toPersonText(maintenance.by)}: ${maintenance.reason}`,
  ...(calibration === null ? ['  never calibrated: values are as the instrument reports them'] : toLines(calibration, toMoment)),
  ...(earlier.length === 0 ? [] : ['  earlier:', ...earlier.flatMap((one) => toLines(one, toMoment)).map((line) => `  ${line}`)]),
];
