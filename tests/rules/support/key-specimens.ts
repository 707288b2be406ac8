import { toEffect, toReported, type Doc, type Effect, type World } from './key-effects.ts';
import { findKeys, type Schema } from './key-paths.ts';

/** The parts of a small site: one unit with one instrument, and what else a key needs. */
export type SitePart = Readonly<Record<string, unknown>>;
export type Parts = {
  /** The points of the profile; all but those of `unread` are measured. */
  readonly points?: Readonly<Record<string, SitePart>>;
  readonly unread?: readonly string[];
  readonly profile?: SitePart;
  readonly instrument?: SitePart;
  readonly bus?: SitePart;
  readonly site?: SitePart;
  readonly devices?: Readonly<Record<string, SitePart>>;
  readonly docs?: readonly Doc[];
};

/**
 * A key with a site in which it matters: with another value of it the same site does something else (`does`), says something
 * else to people (`says`), or is refused (`is refused`).
 */
export type Specimen = {
  readonly kind: 'Site' | 'Profile' | 'Devices';
  readonly keys: readonly string[];
  readonly before: Parts;
  readonly after: Parts;
  readonly shows: 'does' | 'says' | 'is refused';
};

const point = (rest: SitePart): SitePart => ({
  title: 'A point',
  quantity: 'number',
  table: 'input',
  type: 'u16',
  access: 'read',
  ...rest,
});
const metadata = (id: string): SitePart => ({ id, title: 'A title', owner: 'anna', tags: ['one', 'two'] });
const document = (kind: string, spec: SitePart): SitePart => ({
  apiVersion: 'phloem/v1',
  kind,
  metadata: metadata(`room/${kind.toLowerCase()}`),
  spec,
});
const usual = { a: { address: 0 } } as const;

/** The documents of a small site. */
export const toSpecimenWorld = (name: string, parts: Parts): World => {
  const { points = usual, unread = [], profile = {}, instrument = {}, bus = {}, site = {}, devices, docs = [] } = parts;
  const ownProfile = {
    profile: 'small-unit',
    version: 1,
    title: 'A unit',
    source: { document: 'A manual' },
    status: 'unverified',
    points: Object.fromEntries(Object.entries(points).map(([key, rest]) => [key, point(rest)])),
    ...profile,
  };
  const spec = {
    timeZone: 'UTC',
    locations: [{ id: 'room' }],
    buses: ['transport' in bus ? { id: 'net', ...bus } : { id: 'net', transport: 'tcp', host: '127.0.0.1', port: 5020, ...bus }],
    instruments: [
      {
        id: 'unit',
        bus: 'net',
        unit: 60,
        profile: ownProfile.profile,
        location: 'room',
        cluster: 'front',
        interval: '5s',
        measurements: Object.fromEntries(
          Object.keys(points)
            .filter((key) => !unread.includes(key))
            .map((key) => [key, key]),
        ),
        ...instrument,
      },
    ],
    ...site,
  };
  const values = [ownProfile, document('Site', spec), ...(devices === undefined ? [] : [document('Devices', { devices })])];
  return {
    name,
    timeZone: 'UTC',
    docs: [...values.map((value, i): Doc => ({ file: `${i}.json`, part: 'site', value })), ...docs],
  };
};

const isIn = (schema: Schema, kind: string, { docs }: World, key: string): boolean =>
  docs.some(({ value }) => {
    const isOfKind = kind === 'Profile' ? 'profile' in (value as object) : (value as { kind?: string }).kind === kind;
    return isOfKind && findKeys(schema, value).some(({ path }) => path === key);
  });

const hasEffect = (shows: Specimen['shows'], before: Effect, after: Effect): boolean =>
  before.kind === 'does' && (shows === 'is refused' ? after.kind === 'refused' : after.kind === 'does' && after.what !== before.what);

/** What is wrong with a specimen; nothing where it shows that its keys have an effect. */
export const findSpecimenFault = async (specimen: Specimen, schema: Schema): Promise<readonly string[]> => {
  const { kind, keys, shows } = specimen;
  const name = `${kind} ${keys.join(', ')}`;
  const [before, after] = [specimen.before, specimen.after].map((parts) => toSpecimenWorld(name, parts)) as [World, World];
  const missing = keys.filter((key) => !isIn(schema, kind, before, key) && !isIn(schema, kind, after, key));
  if (missing.length > 0) return [`${name}: ${missing.join(', ')} in neither of its sites`];
  const ask = shows === 'says' ? toReported : toEffect;
  const [first, second] = [await ask(before, kind, 'site'), await ask(after, kind, 'site')];
  if (hasEffect(shows, first, second)) return [];
  return [`${name}: ${first.kind === 'refused' ? first.why : second.kind === 'refused' ? second.why : 'no difference'}`];
};
