/** How far the local time of a zone is ahead of UTC at an instant, in milliseconds. An unknown zone is UTC. */
export type ZoneOffset = (at: number) => number;

/** Reads the offsets of an IANA zone; keeps what it has read, one a quarter of an hour, as zones change on those. */
export const createZoneOffset = (timeZone: string): ZoneOffset => {
  const known = new Map<number, number>();
  const format = toFormat(timeZone);
  return (at) => {
    const quarter = Math.floor(at / quarterMs);
    const before = known.get(quarter);
    if (before !== undefined) return before;
    const name = format.formatToParts(quarter * quarterMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const offset = parseOffset(name);
    if (known.size > 5000) known.clear();
    known.set(quarter, offset);
    return offset;
  };
};

const quarterMs = 900_000;

const toFormat = (timeZone: string): Intl.DateTimeFormat => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return new Intl.DateTimeFormat('en', { timeZone: 'UTC', timeZoneName: 'longOffset' }); // Intl has no other way to say so.
  }
};

/** `GMT+05:45`; `GMT` alone is no offset. */
const parseOffset = (name: string): number => {
  const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name.replace('−', '-')) ?? [];
  const length = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
  return sign === '-' ? -length : length;
};
