import { faults, type FaultCode } from '@phloem/protocol';
import { Type } from 'typebox';

/** What a refused request is answered. */
export const Problem = Type.Object({ code: Type.String(), message: Type.String() });

/** The answers of a route that refuses with these faults, as its description states them. */
export const problems = (...codes: readonly FaultCode[]): Readonly<Record<number, typeof Problem>> =>
  Object.fromEntries(codes.map((code) => [faults[code].http, Problem]));
