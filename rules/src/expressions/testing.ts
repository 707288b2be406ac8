import { boolean, plain, text, type Dimension } from '../units/dimension.ts';
import { unknown, type Maybe } from '../nodes/node.ts';
import type { EvaluationContext, Scalar, Scope } from './scope.ts';

/** A scope of plain names for tests: booleans, numbers without a unit, and texts. */
export const toTestScope = (names: Readonly<Record<string, Dimension>>): Scope => {
  const order = Object.keys(names);
  return {
    find: (name) => {
      const dimension = Object.hasOwn(names, name) ? names[name] : undefined;
      return dimension === undefined ? undefined : { slot: order.indexOf(name), dimension };
    },
    isInput: () => false,
    findDevice: () => undefined,
    names: () => order,
    devices: () => [],
  };
};

/** The values of such a scope, in its order; what is left out is unknown. */
export const toTestContext = (names: Readonly<Record<string, Dimension>>, values: Readonly<Record<string, Scalar>>): EvaluationContext => ({
  values: Object.keys(names).map((name): Maybe<Scalar> => values[name] ?? unknown),
  reported: [],
  qualities: [],
  up: 0,
});

/** The names of the conformance cases: `t`, `f`, `n`, `m`, `s` have values; `u`, `v` (boolean, number) have none. */
export const testNames = { t: boolean, f: boolean, n: plain, m: plain, s: text, u: boolean, v: plain } as const;
export const testValues = { t: true, f: false, n: 3, m: -1.5, s: 'abc' } as const;
