import { type NamedValues, quantities, quantityNames, toNamedText } from '@phloem/protocol';
import { dimensionOf, formatDimension, type Dimension } from '../units/dimension.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import { checkTerm, subjectOf } from './check-term.ts';
import { evaluatePart } from './evaluate-term.ts';
import type { EvaluationContext, Scalar, Scope } from './scope.ts';
import { isConstant, partsOf, type CompareOperator, type Term } from './term.ts';

/** One more than people are shown: a reason distinguishes 1.128 kPa from 1.130 kPa. */
const decimals: ReadonlyMap<string, number> = new Map([
  ...quantityNames.map((quantity) => [formatDimension(dimensionOf(quantity)), quantities[quantity].decimals + 1] as const),
  // Several quantities have these.
  ...([
    ['%', 1],
    ['K', 2],
    ['ppm', 0],
    ['µmol/m²/s', 0],
    ['W', 0],
    ['s', 0],
    ['lx', 0],
    ['g/m³', 1],
  ] as const),
]);

/** A value as people read it: `1.062 kPa`, `on`, `unknown`. */
export const formatValue = (value: Maybe<Scalar>, dimension: Dimension): string => {
  if (value === unknown) return 'unknown';
  if (typeof value !== 'number') return String(value);
  const unit = formatDimension(dimension);
  if (unit === 'number') return `${Number(value.toPrecision(6))}`;
  return `${value.toFixed(decimals.get(unit) ?? 2)} ${unit}`;
};

const opposite: Readonly<Record<CompareOperator, CompareOperator>> = { '<': '>=', '<=': '>', '>': '<=', '>=': '<', '==': '!=', '!=': '==' };

/**
 * Why a condition is what it is, in one clause with the numbers: `vpd 1.062 kPa < 1.130 kPa`. Of an "and" that failed
 * and of an "or" that held, only the part that decided is reported.
 */
export const explainTerm = (term: Term, text: string, scope: Scope, evaluation: EvaluationContext): string => {
  const valueOf = (part: Term): Maybe<Scalar> => evaluatePart(part, scope, evaluation);
  const isMacro = (part: Term): boolean => part.op === 'macro' || partsOf(part).some(isMacro);
  const written = (part: Term): string => text.slice(part.from, part.to);
  const namesOf = (part: Term): NamedValues | undefined => (part.op === 'reference' ? scope.find(part.name)?.names : undefined);
  const side = (part: Term, isLeft: boolean, other: Term): string => {
    if (part.op === 'text') return part.value;
    if (isMacro(part)) return written(part);
    const value = valueOf(part);
    const shown = toNamedText(namesOf(part) ?? namesOf(other), value) ?? formatValue(value, checkTerm(part, scope).dimension);
    return part.op === 'reference' || (isLeft && !isConstant(part)) ? `${nameOf(part, written(part))} ${shown}` : shown;
  };
  const explain = (part: Term): string => {
    const value = valueOf(part);
    if (value === unknown) return explainUnknown(part);
    switch (part.op) {
      case 'compare':
        return `${side(part.left, true, part.right)} ${value === true ? part.operator : opposite[part.operator]} ${side(part.right, false, part.left)}`;
      case 'not':
        return explain(part.of);
      case 'logic': {
        const parts = [part.left, part.right];
        const isDecidedByOne = (part.operator === '||') === value;
        const decisive = parts.find((each) => valueOf(each) === value);
        if (isDecidedByOne && decisive !== undefined) return explain(decisive);
        return parts.map(explain).join(' and ');
      }
      case 'choose':
        return explain(valueOf(part.when) === true ? part.yes : part.no);
      case 'reference':
        return value === true ? part.name : `not ${part.name}`;
      case 'call':
        if (part.name === 'has' || part.name === 'has_value')
          return `${subjectOf(part) ?? nameOfFirst(part, written(part))} has ${value === true ? 'a' : 'no'} value`;
        return `${subjectOf(part) ?? written(part)} is ${value === true ? 'on' : 'off'}`;
      default:
        return `${written(part)} is ${String(value)}`;
    }
  };
  const explainUnknown = (part: Term): string => {
    const missing = new Set<string>();
    const visit = (each: Term): void => {
      if (each.op === 'reference' && valueOf(each) === unknown) missing.add(each.name);
      else for (const inner of each.op === 'macro' ? [each.list] : partsOf(each)) visit(inner);
    };
    visit(part);
    return missing.size === 0 ? `${written(part)} is unknown` : `${[...missing].join(' and ')} unknown`;
  };
  return explain(term);
};

const nameOfFirst = ({ args: [first] }: Term & { readonly op: 'call' }, written: string): string =>
  first?.op === 'reference' ? first.name : written;

const nameOf = (part: Term, written: string): string => (part.op === 'reference' ? part.name : written);
