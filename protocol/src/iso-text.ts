/** A wall time in milliseconds since 1970 as ISO 8601 in UTC: `2026-11-23T13:01:05.120Z`. */
export const toIsoText = (at: number): string => new globalThis.Date(at).toISOString();

/** The wall time that such a text says. */
export const fromIsoText = (text: string): number => globalThis.Date.parse(text);

/** The beginning of a day in UTC, `2026-11-23`, in milliseconds since 1970; NaN when there is no such day. */
export const fromDayText = (text: string): number => {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? globalThis.Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // 31 April is taken for 1 May.
  return Number.isNaN(at) || toIsoText(at).slice(0, 10) !== text ? Number.NaN : at;
};
