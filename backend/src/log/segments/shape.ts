/** Stands for a number in a shape. JSON text never has it: control characters are escaped there. */
export const placeholder = '\u0001';

/** The text of an entry without its numbers, and the numbers, in the order of the text. */
export type Shaped = { readonly shape: string; readonly numbers: readonly number[] };

const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** Takes the numbers out of a JSON text. A number that would be written in another way stays in the shape. */
export function toShape(body: string): Shaped {
  const numbers: number[] = [];
  const shape = body.replace(tokens, (token) => {
    if (token.startsWith('"')) return token;
    const number = Number(token);
    if (String(number) !== token) return token;
    numbers.push(number);
    return placeholder;
  });
  return { shape, numbers };
}

/** What the numbers of a shape are: columns by their path, in the order of the text; `group` names what is read together. */
export type ShapeColumns = { readonly group: string; readonly paths: readonly string[]; readonly readings: number };

/** The columns of a shape; null where its text does not say them unmistakably. */
export function toShapeColumns(shape: string): ShapeColumns | null {
  let count = 0;
  const text = shape.replaceAll(placeholder, () => {
    count += 1;
    return `"\\u0001${count - 1}"`;
  });
  const entry = tryParse(text);
  if (typeof entry !== 'object' || entry === null) return null;
  const paths: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string') {
      if (value.startsWith(placeholder)) paths[Number(value.slice(1))] = path;
    } else if (Array.isArray(value)) {
      for (const item of value) walk(item, `${path}[]`);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) walk(member, path === '' ? name : `${path}.${name}`);
    }
  };
  walk(entry, '');
  if (paths.length !== count || paths.includes(undefined as never)) return null;
  const { readings } = entry as ShapeHead;
  return { group: toGroup(entry), paths, readings: Object.keys(readings ?? {}).length };
}

/** The members of an entry that say which entries are read together. */
type ShapeHead = {
  readonly kind?: unknown;
  readonly location?: unknown;
  readonly cluster?: unknown;
  readonly name?: unknown;
  readonly readings?: object;
};

/** Readings of one cluster together, all other entries by kind and name. */
const toGroup = ({ kind, location, cluster, name }: ShapeHead): string =>
  kind === 'sensor' || kind === 'late'
    ? toReadingsGroup(String(location), String(cluster))
    : `${String(kind)} ${typeof name === 'string' ? name : ''}`;

/** The group of the readings of a cluster. */
export const toReadingsGroup = (location: string, cluster: string): string => `${location}/${cluster}`;

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the text is kept as it is.
    return null;
  }
}
