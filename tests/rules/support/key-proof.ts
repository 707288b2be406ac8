import { isCheckKey, isPeopleKey, toChanges, type Names } from './key-changes.ts';
import { toEffect, toReported, type Doc, type Effect, type World } from './key-effects.ts';
import { findKeys, isMap, kindOf, listKeys, replaceAt, type Found, type Key, type Schema, type SchemaNode } from './key-paths.ts';

/** A key in a document of a world. */
type Place = { readonly world: World; readonly index: number; readonly doc: Doc; readonly found: Found };

const perWorld = 3;
/** What people would see if they saw the text of a key. */
const marker = 'zzqx';

const isConstant = (node: SchemaNode): boolean => node.const !== undefined || node.enum?.length === 1;
const isContainer = (node: SchemaNode): boolean => node.type === 'object' || node.type === 'array';

/** The worlds that have a key, the smallest first, and in each its first places. */
const toPlaces = (kind: string, schema: Schema, worlds: readonly World[], perKey: number): ReadonlyMap<string, readonly Place[]> => {
  const places = new Map<string, Place[]>();
  for (const world of worlds) {
    const here = new Map<string, number>();
    for (const [index, doc] of world.docs.entries()) {
      if (kindOf(doc.value) !== kind) continue;
      for (const found of findKeys(schema, doc.value)) {
        const count = (here.get(found.path) ?? 0) + 1;
        here.set(found.path, count);
        const known = places.get(found.path) ?? [];
        if (count <= perWorld && known.length < perKey) places.set(found.path, [...known, { world, index, doc, found }]);
      }
    }
  }
  return places;
};

const namesIn = (world: World): Names => {
  const specs = world.docs.map(({ value }) => (isMap(value) && isMap(value['spec']) ? value['spec'] : {}));
  const keysOf = (part: string): readonly string[] => specs.flatMap((spec) => (isMap(spec[part]) ? Object.keys(spec[part]) : []));
  const ids = world.docs.flatMap(({ value }) => (isMap(value) && isMap(value['metadata']) ? [String(value['metadata']['id'])] : []));
  const points = specs.flatMap(({ inputs }) =>
    isMap(inputs) ? Object.values(inputs).flatMap((one) => (isMap(one) ? [String(one['point'])] : [])) : [],
  );
  const files = world.docs.map(({ file }) => file);
  const steered = ids.flatMap((id) => keysOf('setpoints').map((name) => `${id}/${name}`));
  return [
    files,
    [...new Set(steered)],
    keysOf('devices'),
    ids,
    [...new Set(points)],
    [...keysOf('inputs'), ...keysOf('signals')],
    keysOf('setpoints'),
  ];
};

const changed = ({ world, index, found }: Place, value: unknown): World => ({
  ...world,
  docs: world.docs.map((doc, i) => (i === index ? { ...doc, value: replaceAt(doc.value, found.at, value) } : doc)),
});

/** A document under another id, and all that name it. */
const renamed = ({ world, found }: Place): World => {
  const text = JSON.stringify(world.docs).replaceAll(JSON.stringify(found.value), JSON.stringify(`${marker}/${marker}`));
  return { ...world, docs: JSON.parse(text) as World['docs'] };
};

/**
 * Finds the keys of a kind of document that can be written and change nothing: neither what is done nor what people are shown. Those that are
 * `shown` elsewhere are taken as proven.
 */
export const findKeysWithoutEffect = async (
  kind: string,
  schema: Schema,
  worlds: readonly World[],
  { perKey = 20, shown = new Set() }: { readonly perKey?: number; readonly shown?: ReadonlySet<string> } = {},
): Promise<readonly string[]> => {
  const places = toPlaces(kind, schema, worlds, perKey);
  const known = new Map<string, Effect>();
  const baseOf = async ({ world, doc }: Place, ask: typeof toEffect): Promise<Effect> => {
    const key = `${world.name} ${doc.part} ${ask.name}`;
    const effect = known.get(key) ?? (await ask(world, kind, doc.part));
    known.set(key, effect);
    return effect;
  };
  const isTold = async (place: Place): Promise<boolean> => {
    const { world, doc, found } = place;
    if (found.path === 'metadata.id') return isText(await toReported(renamed(place), kind, doc.part));
    if (typeof found.value === 'string' && found.node.enum === undefined)
      if (isText(await toReported(changed(place, marker), kind, doc.part))) return true;
    const before = await baseOf(place, toReported);
    return isAny(toChanges(found, namesIn(world)), async (value) =>
      differs(before, await toReported(changed(place, value), kind, doc.part)),
    );
  };
  const isDone = async (place: Place): Promise<boolean> => {
    const { world, doc, found } = place;
    const before = await baseOf(place, toEffect);
    return isAny(toChanges(found, namesIn(world)), async (value) => {
      const after = await toEffect(changed(place, value), kind, doc.part);
      if (after.kind === 'does') return differs(before, after);
      // A key that may be left out, but not here; and one that can only be what it is.
      if (isCheckKey(found.path)) return value !== undefined;
      return (value === undefined && found.isOptional) || (value !== undefined && isConstant(found.node) && !found.isOptional);
    });
  };
  const keys = listKeys(schema);
  const proven = new Set(shown);
  // From the leaves up: what holds a key that does something does so by it.
  for (const { path, node } of keys.toReversed()) {
    const isBelow = (key: Key): boolean => key.path.startsWith(`${path}.`) || key.path.startsWith(`${path}[`);
    const holds = isContainer(node) && keys.some((key) => isBelow(key) && proven.has(key.path));
    const shows = isPeopleKey(kind, path) ? isTold : isDone;
    if (proven.has(path) || holds || (await isAny(places.get(path) ?? [], shows))) proven.add(path);
  }
  return keys
    .map(({ path }) => path)
    .filter((path) => !proven.has(path))
    .map((path) => `${kind} ${path}`);
};

/** One after the other, until one is so. */
const isAny = async <T>(all: readonly T[], isSo: (one: T) => Promise<boolean>): Promise<boolean> => {
  for (const one of all) if (await isSo(one)) return true;
  return false;
};

const isText = (effect: Effect): boolean => effect.kind === 'does' && effect.what.includes(marker);
const differs = (before: Effect, after: Effect): boolean => before.kind === 'does' && after.kind === 'does' && before.what !== after.what;
