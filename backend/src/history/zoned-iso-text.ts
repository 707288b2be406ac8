import { createTimeZone, toIsoText, toLocal } from '@phloem/protocol';

/** Writes wall times as ISO 8601 with the offset of this zone: `2026-11-23T14:01:05.120+01:00`; in UTC with a Z. */
export const createZonedIsoText = (timeZone: string): ((at: number) => string) => {
  if (timeZone === 'UTC') return toIsoText;
  const zone = createTimeZone(timeZone);
  let known = { offsetMs: 0, text: '+00:00' };
  return (at) => {
    const offsetMs = zone.offsetMsAt(at);
    if (offsetMs !== known.offsetMs) known = { offsetMs, text: toOffsetText(offsetMs) };
    return `${toIsoText(toLocal(zone, at)).slice(0, -1)}${known.text}`;
  };
};

/** `+05:45`. */
const toOffsetText = (offsetMs: number): string => {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
};
