import { isFloatType, rawRangeOf } from '@phloem/protocol';
import type { Register } from './register.ts';

/** Claims that the register can hold the value, so that no other value is written in its place. */
export const isEncodable = (register: Register, value: number): boolean => {
  const [min, max] = rawRangeOf(register);
  const exact = (value - register.offset) / register.scale;
  const raw = isFloatType(register.type) ? exact : Math.round(exact);
  return Number.isFinite(raw) && raw >= min && raw <= max && !register.sentinels.includes(raw);
};

/** Why a register cannot be written, in words; null when it can. Bits of a register that are others' are never guessed. */
export const findWriteBreach = ({ table, address, field, fieldWrite }: Register): string | null => {
  if (table === 'discrete' || table === 'input') return `nothing can be written to the ${table} table`;
  if (field === undefined || fieldWrite !== undefined) return null;
  return `the other bits of register ${address} are not known: set maskWrite (the unit supports function 22) or constantBits`;
};
