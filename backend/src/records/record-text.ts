import { quantities, renderReason, toIsoText, type MaintenanceRecord, type PointRecord } from '@phloem/protocol';
import type { PointSpec } from '../site/site.ts';

/** What a person wrote, or why the hub did it. */
const toCauseText = ({ reason, why }: MaintenanceRecord): string =>
  why === undefined ? (reason ?? '') : renderReason(why, { time: toIsoText });

/** What was done to a point, as a sentence of the log. */
export const toRecordText = (point: PointSpec, record: PointRecord): string => {
  const name = `${point.title} (${point.id})`;
  if (record.kind === 'maintenance') {
    return record.forMs === 0
      ? `${name} is back in use: ${toCauseText(record)}`
      : `${name} is out of use for ${Math.ceil(record.forMs / 60_000)} min: ${toCauseText(record)}`;
  }
  const { unit } = quantities[point.quantity];
  const how = `value = uncorrected × ${record.gain} ${record.offset < 0 ? '−' : '+'} ${Math.abs(record.offset)}${unit === '' ? '' : ` ${unit}`}`;
  const against = record.instrument === null ? '' : `, against ${record.instrument}`;
  return `${name} calibrated: ${how}${against}: ${record.reason}`;
};
