import { wordCountOf } from '@phloem/protocol';
import type { Register } from './register.ts';

/** The registers that one request must bring for a value: its own, and those that are read with it. */
export const toSpan = (register: Pick<Register, 'address' | 'type' | 'beside'>): { readonly address: number; readonly count: number } => {
  const { plus = [], scaleFrom, validWhen } = register.beside ?? {};
  const parts = [
    register,
    ...plus,
    ...(scaleFrom === undefined ? [] : [scaleFrom.part]),
    ...(validWhen === undefined ? [] : [validWhen.part]),
  ];
  const address = Math.min(...parts.map((part) => part.address));
  return { address, count: Math.max(...parts.map((part) => part.address + wordCountOf(part.type))) - address };
};
