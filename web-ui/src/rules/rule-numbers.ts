/** The way to a value of a document. */
export type Path = readonly (string | number)[];

/** A number of a rule that people tune. `start` and `end` are its place in the text at `path`. */
export type RuleNumber = {
  /** By which it is found again after a change. */
  readonly key: string;
  readonly path: Path;
  readonly start: number;
  readonly end: number;
  /** What it belongs to, such as `when · hysteresis · on`. */
  readonly label: string;
  /** The expression that it stands in; empty where it stands alone. */
  readonly context: string;
  readonly value: number;
  readonly unit: string;
  /** By how much the buttons beside it change it. */
  readonly step: number;
};

const duration = /^(\d+(?:\.\d+)?)(ms|s|min|h|d)$/g;
const quantity = /^([-−]?\d+(?:\.\d+)?) ([^\d\s].*)$/g;
const literal = /\b([A-Za-z]+)\(\s*(-?\d+(?:\.\d+)?)\s*\)/g;
const words: Readonly<Record<string, string>> = { degC: '°C', degF: '°F', pct: '%', umol: 'µmol/m²/s' };

/** The numbers with units in the specification of a rule, in its order. */
export const findNumbers = (spec: unknown): readonly RuleNumber[] => {
  const found: RuleNumber[] = [];
  const visit = (value: unknown, path: Path): void => {
    if (typeof value === 'string') found.push(...readNumbers(value, path));
    else if (Array.isArray(value)) for (const [i, each] of value.entries()) visit(each, [...path, i]);
    else if (typeof value === 'object' && value !== null) for (const [key, each] of Object.entries(value)) visit(each, [...path, key]);
  };
  visit(spec, []);
  return found;
};

const readNumbers = (text: string, path: Path): readonly RuleNumber[] => {
  const label = path.map((part) => (typeof part === 'number' ? `${part + 1}` : part)).join(' · ');
  const make = (digits: string, unit: string, at: number, context: string): RuleNumber => ({
    key: `${path.join('/')}@${context === '' ? 0 : countBefore(text, at)}`,
    path,
    start: at,
    end: at + digits.length,
    label,
    context,
    value: Number(digits.replace('−', '-')),
    unit,
    step: toStep(digits),
  });
  for (const alone of [duration, quantity]) {
    const [match] = text.matchAll(alone);
    if (match !== undefined) return [make(match[1] ?? '', match[2] ?? '', 0, '')];
  }
  return [...text.matchAll(literal)].map((match) => {
    const [whole, name = '', digits = ''] = match;
    return make(digits, words[name] ?? name, match.index + whole.indexOf(digits, name.length), text);
  });
};

/** How many numbers of an expression stand before a place: that does not change with their digits. */
const countBefore = (text: string, at: number): number => [...text.slice(0, at).matchAll(literal)].length;

/** One in the last written decimal; whole numbers from 20 on in fives. */
const toStep = (digits: string): number => {
  const decimals = digits.split('.')[1]?.length ?? 0;
  if (decimals > 0) return 10 ** -decimals;
  return Math.abs(Number(digits)) >= 20 ? 5 : 1;
};

/** The specification with another number in one place. */
export const withNumber = (spec: unknown, { path, start, end, step }: RuleNumber, value: number): unknown => {
  const decimals = Math.max(0, Math.ceil(-Math.log10(step)), `${value}`.split('.')[1]?.length ?? 0);
  const change = (node: unknown, depth: number): unknown => {
    const key = path[depth];
    if (key === undefined)
      return typeof node === 'string' ? node.slice(0, start) + value.toFixed(Math.min(decimals, 6)) + node.slice(end) : node;
    if (Array.isArray(node)) return node.map((each: unknown, i) => (i === key ? change(each, depth + 1) : each));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([name, each]) => [name, name === key ? change(each, depth + 1) : each]));
  };
  return change(spec, 0);
};
