import {
  Fault,
  isAlarmOver,
  type AlarmStatus,
  type DeviceValue,
  type KioskAnswer,
  type OverridePreview,
  type OverrideStatus,
} from '@phloem/protocol';
import { toWord } from '../../devices/device-value.ts';
import { fromIsoText } from '../../http/iso-text.ts';
import type { InterlockAnswer } from '../../http/interlock-answers.ts';

/** Says a wall time in the zone of the site, with the zone's name. */
export type ToMoment = (at: number) => string;

/**
 * A device's value as people type it: `on`, `off`, `40` or `40%`.
 *
 * @throws Fault `cli/usage`.
 */
export const toDeviceValue = (text: string): DeviceValue => {
  if (text === 'on' || text === 'off') return text === 'on';
  const value = Number(text.replace(/ ?%$/, ''));
  if (text.trim() === '' || !Number.isFinite(value)) throw new Fault('cli/usage', `${text} is no value of a device: say on, off or 40%`);
  return value;
};

/** An override as lines for a terminal. */
export const toOverrideLines = ({ device, value, by, reason, until, isReleased }: OverrideStatus, toMoment: ToMoment): readonly string[] =>
  isReleased ? [`${device} is let go`] : [`${device} is kept ${toWord(value)} until ${toMoment(until)}, ${by}: ${reason}`];

/** Screens on walls that are let in, as lines for a terminal. */
export const toKioskLines = (kiosks: readonly KioskAnswer[], toMoment: ToMoment): readonly string[] =>
  kiosks.length === 0
    ? ['no wall screen is let in']
    : kiosks.map(({ id, name, createdAt }) => `${id}  ${name}  let in ${toMoment(createdAt)}`);

/** Interlocks as lines for a terminal, those at work first. */
export const toInterlockLines = (interlocks: readonly InterlockAnswer[], toMoment: ToMoment): readonly string[] =>
  interlocks.length === 0
    ? ['the site has no interlocks']
    : interlocks
        .toSorted((a, b) => Number(a.state === 'clear') - Number(b.state === 'clear'))
        .map(({ id, state, why, since, isResettable }) => {
          const how = since === null || state === 'clear' ? '' : ` since ${toMoment(fromIsoText(since))}: ${why}`;
          const next = state !== 'latched' ? '' : isResettable ? ' – can be reset' : ' – its condition has not been clear for long enough';
          return `${state.padEnd(7)}  ${id}${how}${next}`;
        });

/** What would come of an override, or why it would be refused. */
export const toPreviewLines = ({ isAllowed, consequences }: OverridePreview): readonly string[] => [
  ...(isAllowed ? [] : ['REFUSED']),
  ...consequences.map(({ text }) => `  ${text}`),
];

/** The alarms that somebody has to look at, the most urgent first. */
export const toAlarmLines = (alarms: readonly AlarmStatus[], toMoment: ToMoment): readonly string[] => {
  const open = alarms.filter((alarm) => !isAlarmOver(alarm)).toSorted((a, b) => a.priority.localeCompare(b.priority) || b.since - a.since);
  if (open.length === 0) return ['no alarms'];
  return open.map(({ alarm, priority, state, isAcknowledged, acknowledgedBy, raised, since, reason, count }) => {
    const seen = isAcknowledged ? `seen by ${acknowledgedBy ?? 'somebody'}` : 'NOT ACKNOWLEDGED';
    const often = count > 1 ? `, ${count} times` : '';
    return `${priority}  ${alarm}  ${state === 'cleared' ? `came ${toMoment(raised)}, gone since ${toMoment(since)}` : `active since ${toMoment(raised)}`}${often}, ${seen}: ${reason ?? ''}`;
  });
};
