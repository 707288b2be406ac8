import type { Static, TSchema } from 'typebox';
// The validator of `typebox/compile` does the same and brings twice as much along, which every panel would load.
import { Compile } from 'typebox/schema';
import { Fault, type FaultCode } from './fault.ts';
import { findMisfit } from './find-misfit.ts';
import { toOpenSchema } from './open-schema.ts';
import { notKnown, readKnown } from './read-known.ts';

/** Validates a value as a `T`, or throws a `Fault` that says what does not fit and where. */
export type Parse<T> = (value: unknown) => T;

const toFault = (schema: TSchema, value: unknown, what: string, code: FaultCode): Fault => {
  // The validator's own list of errors costs seconds for a message of half a megabyte: the first is enough.
  const misfit = findMisfit(schema, value);
  return new Fault(code, misfit === null ? what : `${what}${misfit.path === '' ? '' : ` at ${misfit.path}`}: ${misfit.message}`);
};

/**
 * Makes the function that validates input strictly: a member that the schema does not name is refused. For what comes in at
 * the hub, and for documents and files.
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
    throw toFault(schema, value, what, code);
  };
};

/**
 * Makes the function that validates what a hub sends, which may be newer: members that the schema does not name are left in
 * place, and names that an enumeration does not list are read as `readUnknownAs` says. For nodes.
 *
 * A message that holds no such name comes back as the object that was given.
 *
 * @throws Fault with `code` when the value does not fit; the message names the first place where it does not.
 */
export const createOpenParse = <S extends TSchema>(schema: S, what: string, code: FaultCode = 'protocol/invalid'): Parse<Static<S>> => {
  const open = toOpenSchema(schema);
  const check = Compile(open);
  return (value) => {
    if (check.Check(value)) return value;
    const known = readKnown(open, value);
    if (known !== notKnown && check.Check(known)) return known;
    throw toFault(open, known === notKnown ? value : known, what, code);
  };
};
