import { concatMap, from, type Observable } from 'rxjs';
import type { Transport, TransportEvent } from '../transport.ts';

/** A message of a hub, whatever it holds. */
export type SentMessage = { readonly event: string; readonly payload: unknown };

type Members = Readonly<Record<string, unknown>>;

/** The member that a hub of next year adds to every object. */
export const novelty = { novelty: { since: 'next year', list: [{ of: 'things' }] } } as const;

/** The kind as which a hub of next year records what it records as one of `renamedKinds` today. */
export const noveltyKind = 'forecast';
/** A reason with a code of next year, and with params that nobody knows. */
const noveltyReason = { code: 'novelty/rehearsal', params: { stage: 'dress' } } as const;
/** Who a hub of next year names where a hub of today names itself. */
const noveltyAuthor = { kind: 'committee', id: 'next-year' } as const;
/** Kinds that nobody decides by: what becomes of the others would change what is right. */
const renamedKinds: ReadonlySet<unknown> = new Set(['value', 'note', 'access', 'node']);

/** Objects that are keyed by names, where another member would be another name. */
const records: ReadonlySet<string> = new Set(['readings', 'subscriptions', 'covered', 'names']);

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Pure: any JSON with a member more in each of its objects, as a hub of next year would answer it over HTTP. */
export const widen = (value: unknown, name = ''): unknown => {
  if (Array.isArray(value)) return value.map((item) => widen(item));
  if (!isObject(value)) return value;
  const members = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, widen(member, key)]));
  return records.has(name) ? members : { ...members, ...novelty };
};

/** Pure: an entry as a hub of next year records it. Sensor entries get a reading whose quality is of next year, and what the hub did is by an author of next year. */
export const toNextYearEntry = (entry: unknown): unknown => {
  if (!isObject(entry)) return entry;
  const { by } = entry;
  const wide = widen(isObject(by) && by['kind'] === 'hub' ? { ...entry, by: noveltyAuthor } : entry) as Members;
  if (renamedKinds.has(entry['kind'])) return { ...wide, kind: noveltyKind };
  if (entry['kind'] !== 'sensor') return wide;
  return { ...wide, readings: { ...(wide['readings'] as Members), next_year: { v: 1, q: 'excellent', ...novelty } } };
};

/** What a view shows beside what is there today; each item holds a name of next year. */
const toViewNovelties = (
  location: string,
  { lsn, at, up }: { readonly lsn: unknown; readonly at: unknown; readonly up: unknown },
): Members => ({
  points: [{ id: `${location}/next_year/lux`, v: 5, q: 'excellent', lsn, reported: up, changed: up }],
  devices: [
    {
      id: `${location}/next_year`,
      requested: 3,
      written: 3,
      confirmed: 3,
      phase: 'rehearsed',
      by: noveltyAuthor,
      why: noveltyReason,
      since: at,
      lsn,
    },
  ],
  alarms: [
    {
      alarm: `${location}/next_year`,
      state: 'escalated',
      priority: 'P0',
      why: noveltyReason,
      since: at,
      raised: at,
      isAcknowledged: false,
      acknowledgedBy: null,
      count: 1,
      lsn,
    },
  ],
  values: [{ name: `${location}/next_year`, v: 1, q: 'excellent', up }],
  buses: [{ bus: 'next_year', state: 'thinking', silentUnits: [], cycleMs: null }],
  interlocks: [
    {
      id: `${location}/next_year`,
      title: 'Next year',
      state: 'bypassed',
      devices: [],
      why: noveltyReason,
      since: null,
      resetBy: 'director',
      lsn,
    },
  ],
});

const siteNovelties = (location: string): Members => ({
  points: [
    {
      id: `${location}/next_year/lux`,
      quantity: 'happiness',
      intervalMs: 1000,
      decimals: 1,
      title: 'Next year',
      isDerived: false,
      range: null,
    },
  ],
  devices: [
    {
      id: `${location}/next_year`,
      kind: 'orchestra',
      title: 'Next year',
      power: null,
      failSafe: { afterMs: 10_000, value: null },
      limits: { maxOverrideMs: 60_000 },
    },
  ],
});

const append = (members: Members, more: Members): Members => ({
  ...members,
  ...Object.fromEntries(
    Object.entries(more).map(([name, items]) => [name, [...listOf(members[name]), ...listOf(items).map((item) => widen(item))]]),
  ),
});

/** The first location that a view speaks of; null where it speaks of none. */
const toLocation = ({ site, points }: Members): string | null => {
  const [first] = isObject(site) ? listOf(site['locations']) : listOf(points);
  const id = isObject(first) ? first['id'] : undefined;
  return typeof id === 'string' ? (id.split('/')[0] ?? null) : null;
};

const toNextYearView = (view: Members): Members => {
  const wide = widen(view) as Members;
  const location = toLocation(view);
  const { site, part = 1, version, at, up } = view;
  if (location === null || part !== 1) return wide;
  const more = append(wide, toViewNovelties(location, { lsn: version, at, up }));
  return { ...more, ...(isObject(site) && { site: append(wide['site'] as Members, siteNovelties(location)) }), weather: [{ rain: true }] };
};

const toNextYearWelcome = (welcome: Members): Members => {
  const wide = widen(welcome) as Members;
  const protocol = wide['protocol'] as { readonly minor: number };
  return { ...wide, protocol: { ...protocol, minor: protocol.minor + 1 } };
};

/**
 * Pure: what a hub of next year, which speaks a later minor version, sends where a hub of today sends this message. Every object
 * has a member more, entries that nobody decides by are of a kind that nobody knows, views hold items whose enumerations have new
 * names, and an event that nobody knows comes before each message but the welcome.
 */
export const toNextYear = ({ event, payload }: SentMessage): readonly SentMessage[] => {
  if (!isObject(payload)) return [{ event, payload }];
  if (event === 'welcome') return [{ event, payload: toNextYearWelcome(payload) }];
  const news: SentMessage = { event: 'weather', payload: { rain: true } };
  if (event === 'entries') {
    const entries = listOf(payload['entries']).map(toNextYearEntry);
    return [news, { event, payload: { ...payload, ...novelty, entries } }];
  }
  const isView = event === 'snapshot' || event === 'changes';
  return [news, { event, payload: isView ? toNextYearView(payload) : widen(payload) }];
};

const toNextYearEvents = (happened: TransportEvent): readonly TransportEvent[] =>
  happened.kind === 'message' ? toNextYear(happened).map((message) => ({ kind: 'message', ...message })) : [happened];

/** A way to the same hub, as if it were of next year. */
export const fromNextYear = (transport: Transport): Transport => ({
  dial: (hello): Observable<TransportEvent> => transport.dial(hello).pipe(concatMap((happened) => from(toNextYearEvents(happened)))),
});
