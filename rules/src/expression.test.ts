import { describe, expect, it } from 'vitest';
import {
  boolean,
  formatDimension,
  kelvin,
  kilopascal,
  percent,
  plain,
  temperature,
  text,
  toBase,
  type Dimension,
} from './units/dimension.ts';
import { compileExpression, expressionLimits } from './expression.ts';
import { ExpressionFault } from './expressions/expression-fault.ts';
import { explainTerm } from './expressions/explain-term.ts';
import type { EvaluationContext, Scalar, Scope } from './expressions/scope.ts';
import { unknown, type Maybe } from './nodes/node.ts';

const dimensions: Readonly<Record<string, Dimension>> = {
  temp: temperature,
  leaf: temperature,
  rh: percent,
  vpd: kilopascal,
  co2: toBase('ppm'),
  drift: kelvin,
  rate: toBase('K/h'),
  door: boolean,
  n: plain,
  m: plain,
  'sp.vpd': kilopascal,
  'sp.temp': temperature,
};
const order = Object.keys(dimensions);
const scope: Scope = {
  find: (name) => {
    const dimension = dimensions[name];
    return dimension === undefined ? undefined : { slot: order.indexOf(name), dimension };
  },
  isInput: (name) => ['temp', 'leaf', 'rh', 'door'].includes(name),
  findDevice: (id) =>
    ({
      'room/heater': { actual: 20, applied: 21, dimension: boolean },
      'room/valve': { actual: 22, applied: 23, dimension: percent },
    })[id],
  names: () => order,
  devices: () => ['room/heater', 'room/valve'],
};

/** A context with these values; what is left out is unknown. */
const contextOf = (values: Readonly<Record<string, Maybe<Scalar>>>): EvaluationContext => {
  const slots: Maybe<Scalar>[] = Array.from({ length: 24 }, () => unknown);
  for (const [name, value] of Object.entries(values)) slots[order.includes(name) ? order.indexOf(name) : Number(name)] = value;
  return {
    values: slots,
    reported: slots.map((value) => (value === unknown ? null : 4000)),
    qualities: slots.map((value) => (value === unknown ? 'stale' : 'good')),
    up: 10_000,
  };
};
const known = {
  temp: 26,
  leaf: 24.5,
  rh: 60,
  vpd: 1.06,
  co2: 900,
  drift: 2,
  rate: 1.5,
  door: false,
  n: 3,
  m: 0,
  'sp.vpd': 1.25,
  'sp.temp': 25,
};
const evaluate = (written: string, values: Readonly<Record<string, Maybe<Scalar>>> = known): Maybe<Scalar> =>
  compileExpression(written, scope).evaluate(contextOf(values));
const without = (...names: string[]) => Object.fromEntries(Object.entries(known).filter(([name]) => !names.includes(name)));
const faultOf = (written: string): ExpressionFault => {
  try {
    compileExpression(written, scope);
  } catch (error) {
    if (error instanceof ExpressionFault) return error;
    throw error;
  }
  throw new Error(`${written} was taken`);
};

describe('expressions', () => {
  it.each<[string, Scalar]>([
    ['vpd < sp.vpd - kPa(0.12)', true],
    ['vpd > sp.vpd - kPa(0.02)', false],
    ['door || co2 > ppm(5000)', false],
    ['!door && temp >= degC(26.0)', true],
    ['temp - leaf', 1.5],
    ['temp - K(1.5)', 24.5],
    ['K(1.5) + temp', 27.5],
    ['temp - leaf > K(1.0) ? n : m', 3],
    ['n * 2', 6],
    ['2 * n + 0.5', 6.5],
    ['n / 2', 1.5],
    ['7 % 4', 3],
    ['-n', -3],
    ['abs(-n)', 3],
    ['min(n, m)', 0],
    ['max([temp, leaf])', 26],
    ['clamp(n, 0, 2)', 2],
    ['clamp(temp, degC(10), degC(20))', 20],
    ['lerp(temp, leaf, 0.5)', 25.25],
    ['degF(77) == degC(25)', true],
    ['rh > 50', true],
    ['rh > pct(50)', true],
    ['rate > 1.0', true],
    ['vpd > 0', true],
    ['n in [1, 2, 3]', true],
    ['[temp, leaf].all(t, t > degC(20))', true],
    ['[temp, leaf].exists(t, t > degC(25))', true],
    ['[temp, leaf].exists_one(t, t > degC(25))', true],
    ['max([n, m].map(x, x * 2.0))', 6],
    ['min([temp, leaf].filter(t, t > degC(25)))', 26],
    ['quality(temp) == "good"', true],
    ['quality("temp") in ["good", "uncertain"]', true],
    ['age("temp") < 10', true],
    ['has_value("leaf") ? leaf : temp - K(1.5)', 24.5],
    ['max(kPa(0.0), svp(leaf) - svp(temp) * rh / 100.0) > kPa(1.0)', true],
    ['kPa(max(0.0, svp(leaf) - svp(temp) * rh / 100.0)) > kPa(1.0)', true],
    ['door == false', true],
  ])('%s is %s', (written, value) => {
    const got = evaluate(written);
    expect(typeof value === 'number' && typeof got === 'number' ? Math.abs(got - value) < 1e-12 : got === value).toBe(true);
  });

  it('reads devices as what they are', () => {
    const evaluation = { 20: true, 22: 35 };
    expect(evaluate("actual('room/heater') && actual('room/valve') > 10.0", evaluation)).toBe(true);
    expect(evaluate("applied('room/heater')", evaluation)).toBe(unknown);
  });

  it.each<[string, Maybe<Scalar>]>([
    ['door || temp > degC(20)', true],
    ['temp > degC(20) || door', true],
    ['door && temp < degC(20)', false],
    ['temp < degC(20) && door', false],
    ['door || temp < degC(20)', unknown],
    ['door && temp > degC(20)', unknown],
    ['!door', unknown],
    ['door ? n : n', unknown],
    ['leaf > degC(1)', unknown],
    ['has_value("leaf") ? leaf : temp - K(1.5)', 24.5],
    ['has_value(leaf) || has_value(door)', false],
    ['[temp, leaf].exists(t, t > degC(20))', true],
    ['[temp, leaf].all(t, t < degC(20))', false],
    ['[temp, leaf].all(t, t > degC(20))', unknown],
    ['[temp, leaf].exists(t, t < degC(20))', unknown],
    ['max([temp, leaf])', unknown],
    ['leaf == leaf', unknown],
    ['age("leaf") > 1', unknown],
  ])('with door and leaf unknown, %s is %s', (written, value) => {
    expect(evaluate(written, without('door', 'leaf'))).toBe(value);
  });

  it.each(['n / m > 1.0', 'm / m < 1.0', 'm / m >= 1.0', '!(m / m > 1.0)', 'svp(degC(500)) > kPa(1)', 'n * 1e300 * 1e300 > 1.0'])(
    'a number that is none never compares: %s is unknown',
    (written) => {
      expect(evaluate(written)).toBe(unknown);
    },
  );

  it('works where code may not be made from texts', () => {
    // eslint-disable-next-line no-new-func, typescript/no-implied-eval -- that it throws is what this asserts
    expect(() => new Function('return 1')).toThrow(EvalError);
    expect(evaluate('n + 1.0')).toBe(4);
  });
});

describe('checking expressions', () => {
  it.each<[string, string, number, number]>([
    ['temp + leaf > degC(1)', 'two temperatures', 0, 11],
    ['temp * 2 > degC(1)', 'a temperature', 0, 4],
    ['temp > 26.0', 'a number without a unit', 7, 11],
    ['temp - 1.5 > degC(20)', 'number', 7, 10],
    ['temp > kPa(1.0)', '°C and kPa', 0, 15],
    ['temp > K(26.0)', '°C and K', 0, 14],
    ['co2 > 5000', 'a number without a unit', 6, 10],
    ['sp.vdp > kPa(1)', 'sp.vdp', 0, 6],
    ['tmep > degC(1)', 'tmep', 0, 4],
    ['svp(rh) > kPa(1)', '%', 4, 6],
    ['svp(26.0) > kPa(1)', 'number', 4, 8],
    ['svp() > kPa(1)', '0', 0, 5],
    ['sevp(temp) > kPa(1)', 'sevp', 0, 4],
    ['door > 1', 'true or false and number', 0, 8],
    ['door + 1 > 2', 'true or false', 0, 4],
    ['n && door', 'number', 0, 1],
    ['!n', 'number', 1, 2],
    ['n ? 1 : 2', 'number', 0, 1],
    ['door ? temp : vpd', '°C and kPa', 0, 17],
    ['1 / 2 > n', 'whole numbers on both', 0, 5],
    ['n % 2 > 1', 'a number that may have a fraction', 0, 1],
    ['"a".matches("(a+)+$")', 'the method matches', 0, 21],
    ['matches("a", "b")', 'matches', 0, 7],
    ['now() > 1', 'now', 0, 3],
    ['timestamp("2026-01-01T00:00:00Z") > n', 'timestamp', 0, 9],
    ['temp.x.y > n', 'a field of a value', 0, 8],
    ['{"a": 1}.a > n', 'a field of a value', 0, 10],
    ['[1, 2][0] > n', 'maps and indices', 0, 9],
    ['[] == []', 'an empty list', 0, 2],
    ['1u > n', 'the literal 1u', 0, 2],
    ['null == n', 'the literal null', 0, 4],
    ['n >', 'Unexpected token: EOF', 3, 4],
    ['n n', "Unexpected character: 'n'", 2, 3],
    ['', 'nothing', 0, 1],
    ['age("vpd") > 1', 'the signal vpd', 4, 9],
    ['actual("room/heatre")', 'room/heatre', 7, 20],
    ['quality(temp) > "good"', 'text', 0, 22],
    ['n in temp', '°C', 5, 9],
    ['door.exists(x, x)', 'true or false', 0, 4],
  ])('%s is refused, at its place', (written, found, from, to) => {
    expect(faultOf(written)).toMatchObject({ code: 'rules/invalid', found, from, to });
  });

  it('refuses a text with a broken escape', () => {
    expect(() => compileExpression('quality(temp) == "\\uD8"', scope)).toThrow(ExpressionFault);
  });

  it('says how to write a unit', () => {
    expect(faultOf('temp > 26.0').hint).toBe('write degC(26.0)');
    expect(faultOf('temp - 1.5 > degC(20)').hint).toBe('write K(1.5)');
    expect(faultOf('sp.vdp > kPa(1)').hint).toBe('did you mean sp.vpd?');
  });

  it.each([
    ['too long', `n > ${' '.repeat(expressionLimits.length)}1.0`],
    ['too deep', `${'('.repeat(21)}n${')'.repeat(21)} > 1.0`],
    ['too large', `${Array.from({ length: 101 }, () => 'n').join(' + ')} > 1.0`],
    ['a long chain of !', `${'!'.repeat(1500)}door`],
  ])('refuses what is %s', (_, written) => {
    expect(() => compileExpression(written, scope)).toThrow(ExpressionFault);
  });

  it('takes what is just within its limits', () => {
    expect(evaluate(`${Array.from({ length: 99 }, () => 'n').join(' + ')} > 1.0`)).toBe(true);
  });

  it.each([
    ['temp - leaf', 'K'],
    ['temp - drift', '°C'],
    ['drift + temp', '°C'],
    ['vpd / drift', 'kPa/K'],
    ['vpd / drift * drift', 'kPa'],
    ['svp(temp) * rh / 100.0', 'kPa'],
    ['rh * 2', '%'],
    ['rh / rh', 'number'],
    ['dew_point(temp, rh)', '°C'],
    ['abs_humidity(temp, rh)', 'g/m³'],
    ['age(temp)', 's'],
    ['door ? rate : 2.0', 'K/h'],
  ])('%s is in %s', (written, unit) => {
    expect(formatDimension(compileExpression(written, scope).dimension)).toBe(unit);
  });

  it('knows what it reads, and whether time alone can change it', () => {
    const read = compileExpression('vpd < sp.vpd || actual("room/heater") || has_value(leaf)', scope);
    expect(read.slots).toEqual([order.indexOf('leaf'), order.indexOf('vpd'), order.indexOf('sp.vpd'), 20]);
    expect(read.isTimed).toBe(false);
    expect(compileExpression('age(temp) > 5', scope).isTimed).toBe(true);
  });
});

describe('tracing expressions', () => {
  it('shows the value of each part, innermost first', () => {
    const traced = compileExpression('vpd < sp.vpd - kPa(0.12)', scope).trace(contextOf(known));
    expect(traced.map((part) => [part.text, part.value])).toEqual([
      ['vpd', 1.06],
      ['sp.vpd', 1.25],
      ['kPa(0.12)', 0.12],
      ['sp.vpd - kPa(0.12)', 1.13],
      ['vpd < sp.vpd - kPa(0.12)', true],
    ]);
  });

  it.each([
    ['vpd < sp.vpd - kPa(0.12)', 'vpd 1.060 kPa < 1.130 kPa'],
    ['vpd > sp.vpd', 'vpd 1.060 kPa <= sp.vpd 1.250 kPa'],
    ['temp - leaf > K(1)', 'temp - leaf 1.50 K > 1.00 K'],
    ['!(temp < degC(10))', 'temp 26.00 °C >= 10.00 °C'],
    ['door || temp > degC(20)', 'temp 26.00 °C > 20.00 °C'],
    ['door && temp > degC(20)', 'not door'],
    ['!door && rh > 50', 'not door and rh 60.0 % > 50'],
    ['quality(temp) == "good"', 'quality(temp) good == good'],
  ])('says of %s: %s', (written, clause) => {
    const { term } = compileExpression(written, scope);
    expect(explainTerm(term, written, scope, contextOf(known))).toBe(clause);
  });

  it('names what is missing', () => {
    const written = 'temp > degC(20) && door';
    const { term } = compileExpression(written, scope);
    expect(explainTerm(term, written, scope, contextOf(without('door')))).toBe('door unknown');
  });
});

it('text is a dimension of its own', () => {
  expect(compileExpression('quality(temp)', scope).dimension).toEqual(text);
});
