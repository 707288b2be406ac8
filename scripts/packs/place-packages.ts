/** A package of a certain version. */
export type Item = { readonly name: string; readonly version: string };

/** `a/node_modules/b` and `a`, the folders whose packages a package at this path finds before those at the top. */
const foldersOf = (path: string): readonly string[] => {
  const parts = path.split('/node_modules/');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/node_modules/'));
};

/**
 * Arranges packages as npm installs them: at the top, and nested only where another version of the same name is at the top.
 * Returns a map from the path below `node_modules` to the package.
 */
export const placePackages = <T extends Item>(top: readonly T[], dependenciesOf: (item: T) => readonly T[]): ReadonlyMap<string, T> => {
  const placed = new Map<string, T>(top.map((item) => [item.name, item]));
  const queue: [path: string, item: T][] = [...placed];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [path, item] = next;
    for (const needed of dependenciesOf(item)) {
      const paths = [...foldersOf(path).map((folder) => `${folder}/node_modules/${needed.name}`), needed.name];
      const found = paths.map((each) => placed.get(each)).find((each) => each !== undefined);
      if (found?.version === needed.version) continue;
      const place = found === undefined ? needed.name : `${path}/node_modules/${needed.name}`;
      placed.set(place, needed);
      queue.push([place, needed]);
    }
  }
  return placed;
};
