/** A wall time in milliseconds since 1970 as ISO 8601 in UTC: `2026-11-23T13:01:05.120Z`. */
export const toIsoText = (at: number): string => new globalThis.Date(at).toISOString();
