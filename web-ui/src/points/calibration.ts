import { toPersonText, type PointRecordsAnswer } from '@phloem/protocol';
import type { SiteTime } from '../format/site-time.ts';

/** When a point was calibrated, in a sentence; empty when the hub does not say. */
export const toCalibrationText = (records: PointRecordsAnswer | null, time: SiteTime): string => {
  if (records === null) return '';
  const { calibration, maintenance } = records;
  const hand =
    maintenance === null
      ? ''
      : ` In maintenance by ${toPersonText(maintenance.by)} until ${time.stamp(maintenance.until)}: ${maintenance.reason}.`;
  if (calibration === null) return `No calibration recorded.${hand}`;
  const due = calibration.due === null ? '' : `, ${calibration.isOverdue ? 'was due' : 'due'} ${time.date(calibration.due)}`;
  return `Calibrated ${time.date(calibration.at)} by ${toPersonText(calibration.by)}: ${toCorrectionText(calibration)}${due}.${hand}`;
};

/** What a calibration does to a value: `×1.02 −0.3`. */
export const toCorrectionText = ({ gain, offset }: { readonly gain: number; readonly offset: number }): string => {
  const shift = offset === 0 ? '' : `${offset < 0 ? '−' : '+'}${Math.abs(offset)}`;
  return [gain === 1 ? '' : `×${gain}`, shift].filter((part) => part !== '').join(' ') || 'nothing to correct';
};
