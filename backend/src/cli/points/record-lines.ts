import type { CalibrationStatus, PointRecordsAnswer } from '@phloem/protocol';
import { toIsoText } from '../../http/iso-text.ts';

const toDay = (at: number): string => toIsoText(at).slice(0, 10);
const toMinute = (at: number): string => `${toIsoText(at).slice(0, 16).replace('T', ' ')} UTC`;
const toNumber = (value: number): string => String(value).replace('-', '−');

const toLines = (status: CalibrationStatus): readonly string[] => [
  `  ${toMinute(status.at)}  ${status.by}: ${status.reason}`,
  `    value = uncorrected × ${toNumber(status.gain)} + ${toNumber(status.offset)}${status.instrument === null ? '' : `, against ${status.instrument}`}`,
  ...status.asFound.map(
    ({ reference, reading }, index) =>
      `    reference ${toNumber(reference)}: as found ${toNumber(reading)}, as left ${toNumber(status.asLeft[index]?.reading ?? reading)}`,
  ),
  ...(status.due === null ? [] : [`    due again on ${toDay(status.due)}${status.isOverdue ? ' – OVERDUE' : ''}`]),
];

/** What was done to a point, as lines for a terminal; times in UTC. */
export const toRecordLines = ({ id, calibration, earlier, maintenance }: PointRecordsAnswer): readonly string[] => [
  id,
  maintenance === null ? '  in use' : `  OUT OF USE until ${toMinute(maintenance.until)}, ${maintenance.by}: ${maintenance.reason}`,
  ...(calibration === null ? ['  never calibrated: values are as the instrument tells them'] : toLines(calibration)),
  ...(earlier.length === 0 ? [] : ['  earlier:', ...earlier.flatMap(toLines).map((line) => `  ${line}`)]),
];
