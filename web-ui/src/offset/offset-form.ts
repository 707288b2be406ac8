import { longestOffsetMs, type OffsetRequest, type SetpointAhead } from '@phloem/protocol';
import { toLengthMs, type ExpiryChoice } from '../override/override-form.ts';
import { toNumberText } from '../format/format-value.ts';
import { toDifferenceUnit } from '../setpoints/moved.ts';

/** What is filled in so far. */
export type OffsetForm = {
  /** By how much it is to be moved, in the unit of differences; null while the field holds no number. */
  readonly delta: number | null;
  readonly expiry: ExpiryChoice;
  readonly customMinutes: number | null;
  /** One of the chips, or empty. */
  readonly chip: string;
  readonly note: string;
};

/** What is offered as a reason; a reason must be given, a note may be. */
export const offsetReasons = ['crop condition', 'weather', 'crop work', 'trial'] as const;

/** An untouched form. */
export const emptyOffsetForm: OffsetForm = { delta: 0, expiry: '1h', customMinutes: null, chip: '', note: '' };

/** What the form asks for; null as long as it is not complete, with what is missing in words. */
export type OffsetAnswer = { readonly request: OffsetRequest; readonly missing: '' } | { readonly request: null; readonly missing: string };

const leastMs = 60_000;
/** What is lost when decimals are added up. */
const tiny = 1e-9;

/** Why a set-point may not be moved manually at all; empty where it may. */
export const toFixedText = ({ reach, now }: Pick<SetpointAhead, 'reach' | 'now'>): string =>
  reach === null
    ? 'This set-point cannot be moved: its rules give it no alarm band, and no limit under `offsets`.'
    : now === null
      ? 'The set-point has no value now, so there is nothing to move.'
      : '';

/** By how much a press of + or − moves it: about a quarter of what is allowed, in round steps. */
export const toStep = (reach: number | null, decimals: number): number => {
  const least = 10 ** -decimals;
  const rough = (reach ?? 0) / 4;
  if (!(rough > least)) return least;
  const power = 10 ** Math.floor(Math.log10(rough) + tiny);
  return Math.max(least, power * ([5, 2, 1].find((factor) => factor * power <= rough + tiny) ?? 1));
};

/** One press further, in steps, and never farther than is allowed. */
export const moveDelta = (delta: number | null, by: 1 | -1, step: number, reach: number | null): number => {
  const next = Math.round(((delta ?? 0) + by * step) / step) * step;
  const most = reach ?? 0;
  return Number(Math.max(-most, Math.min(most, next)).toPrecision(12));
};

/** Checks the form as the hub will: a difference within reach, an end within a day, and a reason. */
export const toOffsetAnswer = (
  form: OffsetForm,
  { reach, quantity }: Pick<SetpointAhead, 'reach' | 'quantity'>,
  decimals: number,
  lightTurnMs: number | null,
): OffsetAnswer => {
  const { delta } = form;
  const forMs = toLengthMs(form, lightTurnMs);
  const reason = [form.chip, form.note.trim()].filter(Boolean).join(': ').slice(0, 400);
  const isFar = reach !== null && delta !== null && Math.abs(delta) > reach + tiny;
  const missing = [
    delta === null || !Number.isFinite(delta) || delta === 0
      ? 'by how much'
      : isFar
        ? `at most ${toNumberText(reach, decimals)} ${toDifferenceUnit(quantity)} either way`.replace('  ', ' ')
        : '',
    forMs === null || forMs < leastMs ? 'how long, at least a minute' : forMs > longestOffsetMs ? 'at most 24 h' : '',
    reason === '' ? 'a reason' : '',
  ].filter(Boolean);
  if (delta === null || forMs === null || missing.length > 0) return { request: null, missing: `Still needed: ${missing.join(', ')}.` };
  return { request: { delta, reason, forMs: Math.round(forMs) }, missing: '' };
};
