import { parseDuration, parseQuantity } from '../units/units.ts';

/** How a document differs between two folders; `lines` say what, one for each part of it. */
export type DocumentDifference = {
  readonly kind: string;
  readonly id: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly lines: readonly string[];
};

type Leaf = { readonly group: string; readonly label: string; readonly value: unknown };
type Header = { readonly kind?: unknown; readonly metadata?: { readonly id?: unknown } };

/** What two sets of documents mean differently: where they only write the same otherwise, there is no difference. */
export const diffDocuments = (before: readonly unknown[], after: readonly unknown[]): readonly DocumentDifference[] => {
  const [old, now] = [byName(before), byName(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])].toSorted();
  return names.flatMap((name): DocumentDifference[] => {
    const [kind = '', id = ''] = name.split('\n');
    const [was, is] = [old.get(name), now.get(name)];
    if (was === undefined || is === undefined) return [{ kind, id, change: was === undefined ? 'added' : 'removed', lines: [] }];
    const lines = diffLeaves(toLeaves(was), toLeaves(is));
    return lines.length === 0 ? [] : [{ kind, id, change: 'changed', lines }];
  });
};

const byName = (documents: readonly unknown[]): ReadonlyMap<string, unknown> =>
  new Map(
    documents.map((document) => {
      const { kind, metadata } = (document ?? {}) as Header;
      return [`${String(kind)}\n${String(metadata?.id)}`, document];
    }),
  );

const diffLeaves = (before: ReadonlyMap<string, Leaf>, after: ReadonlyMap<string, Leaf>): readonly string[] => {
  const groups = new Map<string, { readonly changed: string[]; readonly same: string[] }>();
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(path), after.get(path)];
    const { group, label } = is ?? was ?? { group: '', label: '' };
    const found = groups.get(group) ?? { changed: [], same: [] };
    groups.set(group, found);
    const { changed, same } = found;
    if (was === undefined) changed.push(`${label} ${formatValue(is?.value)} is new`.trimStart());
    else if (is === undefined) changed.push(`${label} ${formatValue(was.value)} is gone`.trimStart());
    else if (isSameValue(was.value, is.value)) same.push(isShort(is.value) ? `${label} ${formatValue(is.value)}` : label);
    else changed.push(`${label} ${formatChange(was.value, is.value)}`.trimStart());
  }
  return [...groups]
    .filter(([, { changed }]) => changed.length > 0)
    .map(([group, { changed, same }]) => `${group}: ${changed.join('; ')}${same.length === 0 ? '' : `; ${same.join(', ')} unchanged`}`);
};

/** Every value of a document by its path, with the part that it is listed under and its name there. */
const toLeaves = (document: unknown): ReadonlyMap<string, Leaf> => {
  const leaves = new Map<string, Leaf>();
  const visit = (value: unknown, path: readonly string[]): void => {
    if (Array.isArray(value) && value.some((each) => typeof each === 'object' && each !== null)) {
      const seen = new Map<string, number>();
      for (const [i, each] of value.entries()) {
        const name = nameOf(each) ?? `${i + 1}`;
        const count = (seen.get(name) ?? 0) + 1;
        seen.set(name, count);
        visit(each, [...path, count === 1 ? name : `${name} (${count})`]);
      }
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, each] of Object.entries(value)) visit(each, [...path, key]);
    } else if (!isName(path, value)) {
      leaves.set(path.join('\n'), { ...toPlace(path), value });
    }
  };
  const { metadata, spec } = (document ?? {}) as { readonly metadata?: unknown; readonly spec?: unknown };
  visit({ metadata, spec }, []);
  return leaves;
};

const nameKeys = ['device', 'alarm', 'id', 'name', 'at', 'expr'];

/** What an element of a list is known by, so that one more before it is no change of all that follow. */
const nameOf = (element: unknown): string | undefined => {
  if (typeof element !== 'object' || element === null) return undefined;
  const parts = element as Record<string, unknown>;
  const inner = parts['request'] ?? parts['to'];
  const key = nameKeys.find((each) => typeof parts[each] === 'string');
  if (key === 'at' && typeof parts['device'] === 'string') return `${parts['at'] as string} ${parts['device']}`;
  return key === undefined ? nameOf(inner) : (parts[key] as string);
};

/** What an element is known by is said already. */
const isName = (path: readonly string[], value: unknown): boolean =>
  nameKeys.includes(path.at(-1) ?? '') && typeof value === 'string' && path.slice(2, -1).some((part) => part.split(' (')[0] === value);

const named = new Set([
  'inputs',
  'signals',
  'setpoints',
  'bands',
  'offsets',
  'then',
  'split',
  'devices',
  'interlocks',
  'instruments',
  'buses',
  'tests',
]);
const words: Readonly<Record<string, string>> = {
  'hysteresis on': 'on-threshold',
  'hysteresis off': 'off-threshold',
  'antiWindup tt': 'tracking time',
};

const toPlace = (path: readonly string[]): { readonly group: string; readonly label: string } => {
  const [top = '', first, second] = path;
  if (top !== 'spec' || first === undefined) return { group: top, label: path.slice(1).join(' ') };
  const isNamed = named.has(first) && second !== undefined;
  const rest = path.slice(isNamed ? 3 : 2).filter((part) => part !== 'request' && part !== 'to');
  const label = rest.join(' ');
  return { group: isNamed ? `${first} ${second}` : first, label: words[label] ?? label };
};

const isMeasure = (text: string): boolean => parseDuration(text) !== undefined || parseQuantity(text) !== undefined;

const isShort = (value: unknown): boolean => (typeof value === 'string' ? isMeasure(value) : !Array.isArray(value));

const formatValue = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(formatValue).join(', ')}]`;
  if (typeof value !== 'string') return JSON.stringify(value);
  return parseQuantity(value) === undefined && value.length > 16 ? `'${value}'` : value;
};

/** The same quantity, duration or expression, however it is written. */
const isSameValue = (was: unknown, is: unknown): boolean => {
  if (typeof was !== 'string' || typeof is !== 'string') return JSON.stringify(was) === JSON.stringify(is);
  if (was === is) return true;
  const durations = [parseDuration(was), parseDuration(is)];
  if (durations[0] !== undefined && durations[1] !== undefined) return durations[0] === durations[1];
  const [a, b] = [parseQuantity(was), parseQuantity(is)];
  if (a !== undefined && b !== undefined) {
    return a.value === b.value && a.isPlusMinus === b.isPlusMinus && JSON.stringify(a.dimension) === JSON.stringify(b.dimension);
  }
  const [x, y] = [toTokens(was), toTokens(is)];
  return x.length === y.length && x.every((token, i) => isSameToken(token, y[i] ?? ''));
};

const toTokens = (text: string): readonly string[] => text.match(/"[^"]*"|'[^']*'|[\d.]+|[A-Za-z_][\w.]*|&&|\|\||[<>=!]=|\S/g) ?? [];

const isNumber = (token: string): boolean => /^\d+(\.\d*)?$/.test(token);

const isSameToken = (a: string, b: string): boolean => a === b || (isNumber(a) && isNumber(b) && Number(a) === Number(b));

const formatChange = (was: unknown, is: unknown): string => {
  const numbers = typeof was === 'string' && typeof is === 'string' && !isMeasure(was) ? toNumberChange(was, is) : undefined;
  return numbers ?? `${formatValue(was)} → ${formatValue(is)}`;
};

const unitWords: Readonly<Record<string, string>> = { degC: '°C', degF: '°F', pct: '%', umol: 'µmol/m²/s' };

/** Two expressions that differ in one number alone are reported by that number, with its sign and unit. */
const toNumberChange = (was: string, is: string): string | undefined => {
  const [x, y] = [toTokens(was), toTokens(is)];
  if (x.length !== y.length || x.length < 3) return undefined;
  const places = x.flatMap((token, i) => (isSameToken(token, y[i] ?? '') ? [] : [i]));
  const [at] = places;
  if (at === undefined || places.length > 1 || !isNumber(x[at] ?? '') || !isNumber(y[at] ?? '')) return undefined;
  const word = x[at - 1] === '(' ? x[at - 2] : undefined;
  const isUnit = word !== undefined && /^(degC|degF|K|kPa|ppm|pct|umol)$/.test(word);
  const sign = x[at - (isUnit ? 3 : 1)] === '-' ? '−' : '';
  const unit = isUnit ? ` ${unitWords[word] ?? word}` : '';
  return `${sign}${x[at]} → ${sign}${y[at]}${unit}`;
};
