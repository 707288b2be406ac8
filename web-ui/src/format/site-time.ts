/** Writes the hub's wall times in the zone of the site. An unknown zone is shown as UTC, under the name UTC. */
export type SiteTime = {
  /** `14:03:27` */
  readonly clock: (at: number) => string;
  /** `14:03`, with the day in front when it is not the day of `now`: `22 Nov 14:03`. */
  readonly moment: (at: number, now: number) => string;
  /** `14:03:27`, with the day in front when it is not the day of `now`. */
  readonly second: (at: number, now: number) => string;
  /** `02:00–03:10`, with seconds where minutes would not distinguish the ends, and with days where they differ from that of `now`. */
  readonly range: (from: number, to: number, now: number) => string;
  /** `23 Nov` */
  readonly date: (at: number) => string;
  /** `23 Nov 14:03:27` */
  readonly stamp: (at: number) => string;
  /** `CET` */
  readonly zone: (at: number) => string;
};

export const createSiteTime = (timeZone: string): SiteTime => {
  const zone = isZone(timeZone) ? timeZone : 'UTC';
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...options });
  const clock = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const short = format({ hour: '2-digit', minute: '2-digit' });
  const date = format({ day: 'numeric', month: 'short' });
  const name = format({ timeZoneName: 'short' });
  const isOn = (at: number, now: number): boolean => date.format(at) === date.format(now);
  return {
    range: (from, to, now) => {
      const ends = to - from < secondsBelowMs ? clock : short;
      const begin = isOn(from, now) ? '' : `${date.format(from)} `;
      const end = isOn(to, from) ? '' : `${date.format(to)} `;
      return `${begin}${ends.format(from)}–${end}${ends.format(to)}`;
    },
    clock: (at) => clock.format(at),
    moment: (at, now) => (isOn(at, now) ? short.format(at) : `${date.format(at)} ${short.format(at)}`),
    second: (at, now) => (isOn(at, now) ? clock.format(at) : `${date.format(at)} ${clock.format(at)}`),
    date: (at) => date.format(at),
    stamp: (at) => `${date.format(at)} ${clock.format(at)}`,
    zone: (at) => name.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? zone,
  };
};

/** A stretch shorter than this is reported with seconds. */
const secondsBelowMs = 10 * 60_000;

const isZone = (timeZone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone }).format(0) !== '';
  } catch {
    return false; // Intl has no other way to say that it does not know a zone.
  }
};
