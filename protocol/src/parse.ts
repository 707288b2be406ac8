import type { Static, TSchema } from 'typebox';
// The validator of `typebox/compile` does the same and brings twice as much along, which every panel would load.
import { Compile } from 'typebox/schema';
import { Fault, type FaultCode } from './fault.ts';

/** Lets a value in as a `T`, or throws a `Fault` that says what does not fit and where. */
export type Parse<T> = (value: unknown) => T;

/**
 * Makes the function that lets a value in only if it fits the schema.
 *
 * Where code may be generated from strings the check is compiled, elsewhere (a browser under our policy, the
 * automation process) it is interpreted; the answer is the same.
 *
 * @throws Fault with `code` when the value does not fit; the message names the first place where it does not.
 */
export const createParse = <S extends TSchema>(schema: S, what: string, code: FaultCode = 'protocol/invalid'): Parse<Static<S>> => {
  const check = Compile(schema);
  return (value) => {
    if (check.Check(value)) return value;
    const [, [first]] = check.Errors(value);
    throw new Fault(
      code,
      `${what}${first === undefined ? '' : `${first.instancePath === '' ? '' : ` at ${first.instancePath}`}: ${first.message}`}`,
    );
  };
};
