import type { BundleContent } from '../bundle.ts';
import type { DeviceLimitSet } from '../device-limits.ts';
import { parseDuration } from '../units/units.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A first-order lag has forgotten all but 1 % of its past after five of its time constants. */
const lagging: ReadonlySet<string> = new Set(['ewma', 'ti', 'td', 'tt']);
const lags = 5;
const resets: Readonly<Record<string, number>> = { day: dayMs, week: 7 * dayMs, month: 31 * dayMs };

/** Memories that no time ends: what they held before the log began is not known. */
const unending: ReadonlySet<string> = new Set(['latch', 'counter', 'leadLag']);

/** How long the longest memory of a bundle reaches back, and the memories that time does not end. */
export type WarmUp = { readonly ms: number; readonly unending: readonly string[] };

/**
 * How long a bundle has to run over entries before nothing that came before them matters: the longest of its durations, five time
 * constants of each lag, and the periods of its sums. Limits that count starts in an hour reach back an hour.
 */
export const toWarmUp = (content: Pick<BundleContent, 'documents'>, devices: readonly DeviceLimitSet[]): WarmUp => {
  let ms = minuteMs;
  const found = new Set<string>();
  const visit = (value: unknown, key: string, id: string): void => {
    if (typeof value === 'string') {
      const length = parseDuration(value);
      if (length !== undefined) ms = Math.max(ms, length * (lagging.has(key) ? lags : 1));
      if (key === 'resetEvery') ms = Math.max(ms, resets[value] ?? 0);
      if (key === 'resetAt') ms = Math.max(ms, dayMs);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) {
        if (unending.has(name)) found.add(`${id}: ${name}`);
        visit(inner, name, id);
      }
    }
  };
  for (const document of content.documents) {
    const { kind, metadata } = (document ?? {}) as { readonly kind?: string; readonly metadata?: { readonly id?: string } };
    // Set-points follow from the time of day and remember nothing.
    if (kind === 'RuleTest' || kind === 'Setpoints') continue;
    if (kind === 'LeadLag') found.add(`${metadata?.id ?? ''}: run hours`);
    visit(document, '', metadata?.id ?? '');
  }
  for (const { minOn, minOff, maxRun, maxStartsPerHour, maxOnPerHour } of devices) {
    ms = Math.max(ms, minOn, minOff, maxRun ?? 0, maxStartsPerHour !== undefined || maxOnPerHour !== undefined ? hourMs : 0);
  }
  return { ms, unending: [...found] };
};
