import {
  boolean,
  formatDimension,
  isNumeric,
  isPlain,
  isSameDimension,
  kelvin,
  multiplyDimensions,
  percent,
  plain,
  temperature,
  text,
  toBase,
  type Dimension,
} from '../units/dimension.ts';
import { hintForName } from '../documents/problem.ts';
import { ExpressionFault } from './expression-fault.ts';
import { functionNames, pureFunctions, questions, sameFunctions, unitFunctionOf, unitFunctions } from './functions.ts';
import type { Scope } from './scope.ts';
import { isConstant, type Range, type Term } from './term.ts';

/**
 * What a term gives. `isInteger` is CEL's whole number, whose division cuts off; `isWhole` is a number that is always whole, as
 * counters are, and may stand beside `%`; a list has the dimension of its items.
 */
export type TermType = { readonly dimension: Dimension; readonly isInteger: boolean; readonly isWhole: boolean; readonly isList: boolean };

type Variables = ReadonlyMap<string, Dimension>;

const of = (dimension: Dimension, isInteger = false, isWhole = isInteger): TermType => ({ dimension, isInteger, isWhole, isList: false });

/**
 * What the term gives, its names resolved and its units reckoned through.
 *
 * @throws ExpressionFault at the part that is wrong.
 */
export const checkTerm = (term: Term, scope: Scope, variables: Variables = new Map()): TermType => {
  const parts = createParts((part) => checkTerm(part, scope, variables));
  const { check, single, claim, amount } = parts;
  switch (term.op) {
    case 'number':
      return of(plain, term.isInteger);
    case 'boolean':
      return of(boolean);
    case 'text':
      return of(text);
    case 'reference':
      return checkReference(term, scope, variables);
    case 'not':
      return claim(term.of);
    case 'negate':
      return checkNegation(term, amount(term.of));
    case 'logic':
      claim(term.left);
      return claim(term.right);
    case 'compare':
      return checkComparison(term, single(term.left), single(term.right));
    case 'arithmetic':
      return checkArithmetic(term, amount(term.left), amount(term.right));
    case 'choose':
      claim(term.when);
      return checkSame(term, [term.yes, term.no], parts);
    case 'list':
      if (term.items.length === 0) throw new ExpressionFault(term, 'at least one item', 'an empty list');
      return { ...checkSame(term, term.items, parts), isList: true };
    case 'in':
      return checkMembership(term, checkItems(term.list, parts), parts);
    case 'macro': {
      const list = checkItems(term.list, parts);
      const inner = new Map([...variables, [term.variable, list.dimension] as const]);
      return checkMacro(term, list, checkTerm(term.body, scope, inner));
    }
    default:
      return checkCall(term, scope, single, check);
  }
};

/** How the parts of a term are checked: as anything, as one value, as true or false, as a number. */
type Parts = Readonly<Record<'check' | 'single' | 'claim' | 'amount', (part: Term) => TermType>>;

const createParts = (check: (part: Term) => TermType): Parts => {
  const single = (part: Term): TermType => {
    const type = check(part);
    if (type.isList) throw new ExpressionFault(part, 'one value', 'a list');
    return type;
  };
  const claim = (part: Term): TermType => {
    const type = single(part);
    if (type.dimension.kind === 'boolean') return type;
    throw new ExpressionFault(part, 'true or false', formatDimension(type.dimension), hintForClaim(type.dimension));
  };
  const amount = (part: Term): TermType => {
    const type = single(part);
    if (isNumeric(type.dimension)) return type;
    throw new ExpressionFault(part, 'a number', formatDimension(type.dimension));
  };
  return { check, single, claim, amount };
};

const checkReference = (term: Of<'reference'>, scope: Scope, variables: Variables): TermType => {
  const local = variables.get(term.name);
  if (local !== undefined) return of(local);
  const found = scope.find(term.name);
  if (found !== undefined) return of(found.dimension, false, found.isWhole === true);
  const isConsequence = scope.isBroken?.(term.name) === true;
  throw new ExpressionFault(term, 'a known name', term.name, hintForName(term.name, scope.names()), { isConsequence });
};

const checkNegation = (term: Term, type: TermType): TermType => {
  if (type.dimension.kind !== 'temperature') return type;
  throw new ExpressionFault(term, 'a number or a difference', 'a temperature', 'write degC(-5.0)');
};

const checkComparison = (term: Of<'compare'>, left: TermType, right: TermType): TermType => {
  const dimension = unify(term, [term.left, term.right], [left, right]);
  if (isNumeric(dimension) || term.operator === '==' || term.operator === '!=') return of(boolean);
  throw new ExpressionFault(term, 'numbers on both sides', formatDimension(dimension));
};

/** What several parts give of which one is taken: branches, or items. */
const checkSame = (whole: Range, parts: readonly Term[], { single }: Parts): TermType => {
  const types = parts.map(single);
  return of(
    unify(whole, parts, types),
    types.every((type) => type.isInteger),
    types.every((type) => type.isWhole),
  );
};

const checkItems = (part: Term, { check }: Parts): TermType => {
  const list = check(part);
  if (!list.isList) throw new ExpressionFault(part, 'a list', formatDimension(list.dimension));
  return list;
};

const checkMembership = (term: Of<'in'>, list: TermType, { single }: Parts): TermType => {
  unify(term, [term.item, term.list], [single(term.item), { ...list, isList: false }]);
  return of(boolean);
};

const checkMacro = ({ name, body }: Of<'macro'>, list: TermType, type: TermType): TermType => {
  if (type.isList) throw new ExpressionFault(body, 'one value', 'a list');
  if (name === 'map') return { ...type, isList: true };
  if (type.dimension.kind !== 'boolean') throw new ExpressionFault(body, 'true or false', formatDimension(type.dimension));
  return name === 'filter' ? list : of(boolean);
};

const hintForClaim = (dimension: Dimension): string => (isNumeric(dimension) ? 'compare it with something: <, <=, >, >=, ==' : '');

const describeNumber = (dimension: Dimension): string =>
  isPlain(dimension) ? 'a number that may have a fraction' : formatDimension(dimension);

type Of<Op extends Term['op']> = Term & { readonly op: Op };

const checkArithmetic = (term: Of<'arithmetic'>, left: TermType, right: TermType): TermType => {
  const isInteger = left.isInteger && right.isInteger;
  const isWhole = left.isWhole && right.isWhole;
  const [a, b] = [left.dimension, right.dimension];
  const isWarm = a.kind === 'temperature' || b.kind === 'temperature';
  switch (term.operator) {
    case '+':
    case '-': {
      if (!isWarm) return of(unify(term, [term.left, term.right], [left, right]), isInteger, isWhole);
      if (a.kind === 'temperature' && b.kind === 'temperature') {
        if (term.operator === '-') return of(kelvin);
        throw new ExpressionFault(
          term,
          'a temperature and a difference',
          'two temperatures',
          'a sum of °C means nothing; a mean is (a - b) / 2.0 + b, or aggregate',
        );
      }
      const difference = a.kind === 'temperature' ? b : a;
      const part = a.kind === 'temperature' ? term.right : term.left;
      if (term.operator === '-' && b.kind === 'temperature')
        throw new ExpressionFault(term, 'a temperature on the left of -', formatDimension(a));
      if (isSameDimension(difference, kelvin) || isZero(part)) return of(temperature);
      throw new ExpressionFault(
        part,
        'a difference in K',
        formatDimension(difference),
        isPlain(difference) ? `write K(${describePart(part)})` : '',
      );
    }
    case '*':
    case '/': {
      if (isWarm) {
        const part = a.kind === 'temperature' ? term.left : term.right;
        throw new ExpressionFault(
          part,
          'a number or a difference',
          'a temperature',
          'twice 20 °C means nothing; subtract another temperature first',
        );
      }
      if (term.operator === '/' && isInteger) {
        throw new ExpressionFault(
          term,
          'a number with a decimal point on one side',
          'whole numbers on both',
          'CEL cuts whole divisions off: 1 / 2 is 0; write 1.0 / 2.0',
        );
      }
      return of(multiplyDimensions(a, b, term.operator === '*' ? 1 : -1) ?? plain, isInteger, isWhole && term.operator === '*');
    }
    default:
      if (isWhole) return of(plain, isInteger, true);
      throw new ExpressionFault(
        left.isWhole ? term.right : term.left,
        'a whole number beside %, such as a counter or 2',
        left.isWhole ? describeNumber(b) : describeNumber(a),
        'only counters and numbers without a decimal point are whole',
      );
  }
};

/** The one dimension of several parts. A bare number takes on another's unit where that cannot mislead. */
const unify = (whole: Range, parts: readonly Term[], types: readonly TermType[]): Dimension => {
  const leading = types.find((type) => !isPlain(type.dimension)) ?? types[0];
  const dimension = leading?.dimension ?? plain;
  for (const [i, type] of types.entries()) {
    const part = parts[i];
    if (part === undefined || isSameDimension(type.dimension, dimension) || isAdoptable(part, type.dimension, dimension)) continue;
    const name = isPlain(type.dimension) ? unitFunctionOf(dimension) : undefined;
    const found = types.map((other) => formatDimension(other.dimension));
    throw new ExpressionFault(
      name === undefined ? whole : part,
      formatDimension(dimension),
      name === undefined ? [...new Set(found)].join(' and ') : 'a number without a unit',
      name === undefined ? hintForMix(types) : `write ${name}(${describePart(part)})`,
    );
  }
  return dimension;
};

const hintForMix = (types: readonly TermType[]): string => {
  const has = (dimension: Dimension): boolean => types.some((type) => isSameDimension(type.dimension, dimension));
  if (has(temperature) && has(kelvin)) return 'K is a difference; a temperature is written degC(…)';
  return has(toBase('kPa')) && has(toBase('Pa')) ? 'differential pressures are in Pa, others in kPa' : '';
};

/**
 * Zero is zero in every unit but on a scale; a bare number beside per cent is per cent; and where no function gives the
 * unit (K/h, g/m³), a bare number is all that can be written.
 */
const isAdoptable = (part: Term, from: Dimension, to: Dimension): boolean => {
  if (!isPlain(from) || to.kind !== 'product' || !isConstant(part)) return false;
  return isZero(part) || isSameDimension(to, percent) || unitFunctionOf(to) === undefined;
};

const isZero = (part: Term): boolean => part.op === 'number' && part.value === 0;
const describePart = (part: Term): string =>
  part.op === 'number' ? (Number.isInteger(part.value) ? part.value.toFixed(1) : `${part.value}`) : '…';

const checkCall = (term: Of<'call'>, scope: Scope, single: (part: Term) => TermType, check: (part: Term) => TermType): TermType => {
  const { name, args } = term;
  const count = (least: number, most = least): void => {
    if (args.length >= least && args.length <= most) return;
    throw new ExpressionFault(
      term,
      `${least === most ? least : `${least} to ${most}`} argument${most === 1 ? '' : 's'} for ${name}`,
      `${args.length}`,
    );
  };
  const pure = pureFunctions.get(name);
  if (pure !== undefined) {
    count(pure.parameters.length);
    for (const [i, parameter] of pure.parameters.entries()) expectDimension(args[i], parameter, single);
    return of(pure.result);
  }
  const unit = unitFunctions.get(name);
  if (unit !== undefined) {
    count(1);
    const [arg] = args;
    if (arg === undefined) return of(unit.result);
    const given = single(arg).dimension;
    if (isPlain(given) || (isSameDimension(given, unit.result) && name !== 'degF')) return of(unit.result);
    throw new ExpressionFault(arg, `a plain number for ${name}`, formatDimension(given));
  }
  const same = sameFunctions.get(name);
  if (same !== undefined) {
    count(same.least, same.most);
    const types = args.map((arg) => (args.length === 1 ? { ...check(arg), isList: false } : single(arg)));
    const dimension = unify(term, args, types);
    if (!isNumeric(dimension)) throw new ExpressionFault(term, 'numbers', formatDimension(dimension));
    return of(
      dimension,
      types.every((type) => type.isInteger),
      types.every((type) => type.isWhole),
    );
  }
  if (name === 'abs') {
    count(1);
    const [arg] = args;
    const type = arg === undefined ? of(plain) : single(arg);
    if (type.dimension.kind === 'product') return type;
    throw new ExpressionFault(term, 'a number or a difference', formatDimension(type.dimension));
  }
  if (name === 'has') {
    count(1);
    const [arg] = args;
    if (arg?.op !== 'reference') throw new ExpressionFault(arg ?? term, 'a name, such as has(leaf)', 'something else');
    single(arg);
    return of(boolean);
  }
  if (name === 'lerp') {
    count(3);
    const [from, to, share] = args;
    if (from === undefined || to === undefined) return of(plain);
    const dimension = unify(term, [from, to], [single(from), single(to)]);
    expectDimension(share, plain, single);
    if (isNumeric(dimension)) return of(dimension);
    throw new ExpressionFault(term, 'numbers', formatDimension(dimension));
  }
  if (questions.has(name)) {
    count(1);
    return checkQuestion(term, scope);
  }
  const hint = name === 'matches' ? 'patterns are left out: one can block the hub for seconds' : hintForName(name, functionNames);
  throw new ExpressionFault({ from: term.from, to: term.from + name.length }, 'a known function', name, hint);
};

const expectDimension = (arg: Term | undefined, dimension: Dimension, single: (part: Term) => TermType): void => {
  if (arg === undefined) return;
  const given = single(arg).dimension;
  if (isSameDimension(given, dimension) || isAdoptable(arg, given, dimension)) return;
  const name = isPlain(given) ? unitFunctionOf(dimension) : undefined;
  throw new ExpressionFault(
    arg,
    formatDimension(dimension),
    formatDimension(given),
    name === undefined ? '' : `write ${name}(${describePart(arg)})`,
  );
};

/** The name that a question is about: `age("leaf")`, or `age(leaf)`. */
export const subjectOf = (term: Of<'call'>): string | undefined => {
  const [arg] = term.args;
  if (arg?.op === 'text') return arg.value;
  return arg?.op === 'reference' ? arg.name : undefined;
};

const checkQuestion = (term: Of<'call'>, scope: Scope): TermType => {
  const subject = subjectOf(term);
  const arg = term.args[0] ?? term;
  if (subject === undefined) throw new ExpressionFault(arg, 'a name in quotes', 'something else');
  if (questions.get(term.name) === 'device') {
    const device = scope.findDevice(subject);
    if (device === undefined) throw new ExpressionFault(arg, 'a device of the site', subject, hintForName(subject, scope.devices()));
    return of(device.dimension);
  }
  if (scope.find(subject) === undefined) throw new ExpressionFault(arg, 'a known name', subject, hintForName(subject, scope.names()));
  if (term.name === 'has_value') return of(boolean);
  if (!scope.isInput(subject))
    throw new ExpressionFault(arg, 'an input', `the signal ${subject}`, `only inputs have ${term.name === 'age' ? 'an age' : 'a quality'}`);
  return of(term.name === 'age' ? toBase('s') : text);
};
