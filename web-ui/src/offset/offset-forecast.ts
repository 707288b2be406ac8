import type { SetpointAhead } from '@phloem/protocol';
import { toNumberText, toUnitText } from '../format/format-value.ts';
import { isMoved, toBaseAt, toDeltaText, toDifferenceUnit } from '../setpoints/moved.ts';
import type { SiteTime } from '../format/site-time.ts';

type Change = {
  readonly delta: number | null;
  readonly forMs: number | null;
  readonly decimals: number;
  readonly at: number;
  readonly time: SiteTime;
  /** How automation stands where it is not there to follow; empty where it is. */
  readonly automation: string;
};

/** What would come of an offset, in sentences: the new target and its bands, what the schedule does meanwhile, and the end. */
export const toForecast = (setpoint: SetpointAhead, { delta, forMs, decimals, at, time, automation }: Change): readonly string[] => {
  const { quantity, reach, target, alarm, now, offset } = setpoint;
  const base = toBaseAt(setpoint, at) ?? setpoint.base;
  const unit = toUnitText(quantity);
  const text = (value: number): string => `${toNumberText(value, decimals)} ${unit}`.trim();
  const range = (limits: { readonly low: number; readonly high: number } | null, by: number): string =>
    limits === null ? '' : `${toNumberText(limits.low + by, decimals)} to ${text(limits.high + by)}`;
  const allowed =
    reach === null ? '' : `It may be moved by ${`${toNumberText(reach, decimals)} ${toDifferenceUnit(quantity)}`.trim()} either way.`;
  if (base === null || delta === null || delta === 0 || forMs === null) return [allowed].filter(Boolean);
  const wanted = base + delta;
  // The limits are reported for what is wanted now, the standing offset included.
  const by = now === null ? 0 : wanted - now;
  const until = at + forMs;
  const after = toBaseAt(setpoint, until);
  const turns = setpoint.steps.filter((step) => step.at > at && step.at < until);
  const extremes = turns.flatMap((step) => toBaseAt(setpoint, step.at) ?? []);
  const farthest = extremes.toSorted((a, b) => Math.abs(b - base) - Math.abs(a - base))[0];
  const isCarried = farthest !== undefined && toNumberText(farthest, decimals) !== toNumberText(base, decimals);
  const bands = [
    target === null ? '' : `target band ${range(target, by)}`,
    alarm === null ? '' : `alarm limits ${range(alarm, by)}`,
  ].filter(Boolean);
  return [
    `From ${text(base)} to ${text(wanted)}, until ${time.moment(until, at)}.`,
    bands.length === 0 ? '' : `These move with it: ${bands.join(' and ')}.`,
    isCarried ? `Meanwhile the schedule goes to ${text(farthest)}, with the offset ${text(farthest + delta)}.` : '',
    after === null ? 'Then it follows its schedule again.' : `Then it follows its schedule again: ${text(after)} as of now.`,
    offset !== null && isMoved(setpoint) ? `It replaces the offset of ${toDeltaText(offset.delta, quantity, decimals)}.` : '',
    automation === '' ? '' : `Nothing is controlled to it now: ${automation}.`,
    allowed,
  ].filter(Boolean);
};
