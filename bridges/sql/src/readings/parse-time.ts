import { parseDay, whenShown, DAY_MS, type TimeZone } from '@phloem/protocol';

/** When a row says that it was measured: once, or one of two instants where the clocks were put back. */
export type RowTime =
  | { readonly kind: 'once'; readonly at: number }
  | { readonly kind: 'twice'; readonly at: number; readonly again: number };

const pattern = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/;
/** A number below this counts seconds since 1970, one above it milliseconds: as seconds it would be the year 5138. */
const secondsEnd = 1e11;

/**
 * Pure: the time of a row as its database writes it: `2026-11-30 20:00:00.5`, with or without an offset, or seconds or milliseconds since
 * 1970. A time without an offset is one of the clocks of `zone`. Undefined where the text is no time.
 */
export const parseTime = (text: string, zone: TimeZone): RowTime | undefined => {
  const written = text.trim();
  if (/^\d+(\.\d+)?$/.test(written)) {
    const number = Number(written);
    return { kind: 'once', at: number < secondsEnd ? number * 1000 : number };
  }
  const [, date = '', hour, minute, second = '0', fraction = '', offset] = pattern.exec(written) ?? [];
  const day = parseDay(date);
  if (day === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const local =
    day * DAY_MS + Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second) * 1000 + Number(`0.${fraction || 0}`) * 1000;
  if (offset !== undefined) return { kind: 'once', at: local - toOffsetMs(offset) };
  const shown = whenShown(zone, local);
  return shown.kind === 'twice' ? shown : { kind: 'once', at: shown.at };
};

const toOffsetMs = (offset: string): number => {
  if (offset === 'Z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(3).replace(':', '') || 0);
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
};
