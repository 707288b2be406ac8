import { explainDeviceValue, type DeviceLayout, type DeviceValue } from '@phloem/protocol';

/** How long an override is to stand, as a person chooses it. */
export type ExpiryChoice = '15m' | '1h' | 'lights' | 'custom';

/** What is filled in so far. */
export type OverrideForm = {
  readonly value: DeviceValue | null;
  readonly expiry: ExpiryChoice;
  readonly customMinutes: number | null;
  /** One of the chips, or empty. */
  readonly chip: string;
  readonly note: string;
};

/** What is offered as a reason; a reason must be given, a note may be. */
export const reasonChips = ['maintenance', 'cleaning', 'crop work', 'fault', 'test'] as const;

/** An untouched form: the expiry is there already, the reason is not. */
export const emptyForm: OverrideForm = { value: null, expiry: '1h', customMinutes: null, chip: '', note: '' };

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const leastMs = minuteMs;

/** What the form asks for; null as long as it is not complete, with what is missing in words. */
export type FormAnswer =
  | { readonly request: { readonly value: DeviceValue; readonly reason: string; readonly forMs: number }; readonly missing: '' }
  | { readonly request: null; readonly missing: string };

/** How long the override would stand, in milliseconds; null when that is not said, or not possible. */
export const toLengthMs = (
  { expiry, customMinutes }: Pick<OverrideForm, 'expiry' | 'customMinutes'>,
  lightTurnMs: number | null,
): number | null => {
  switch (expiry) {
    case '15m':
      return 15 * minuteMs;
    case '1h':
      return 60 * minuteMs;
    case 'lights':
      return lightTurnMs;
    default:
      return customMinutes === null || !Number.isFinite(customMinutes) ? null : Math.round(customMinutes * minuteMs);
  }
};

/** Checks the form as the hub will: value, reason, and an expiry within what the site allows. */
export const toAnswer = (form: OverrideForm, layout: DeviceLayout, lightTurnMs: number | null): FormAnswer => {
  const { value } = form;
  const forMs = toLengthMs(form, lightTurnMs);
  const longest = Math.min(dayMs, layout.limits.maxOverrideMs);
  const reason = [form.chip, form.note.trim()].filter(Boolean).join(': ').slice(0, 400);
  const missing = [
    value === null ? 'a value' : (explainDeviceValue(layout, value)?.replace('the device takes', 'a valid value:') ?? ''),
    forMs === null || forMs < leastMs ? 'how long, at least a minute' : forMs > longest ? `at most ${toHoursText(longest)}` : '',
    reason === '' ? 'a reason' : '',
  ].filter(Boolean);
  if (value === null || forMs === null || missing.length > 0) return { request: null, missing: `Still needed: ${missing.join(', ')}.` };
  return { request: { value, reason, forMs }, missing: '' };
};

const toHoursText = (ms: number): string => (ms % (60 * minuteMs) === 0 ? `${ms / (60 * minuteMs)} h` : `${Math.floor(ms / minuteMs)} min`);
