import { tableOf, toRegisterNumber, type RegisterTableName } from './register-address.ts';

/** Registers that a request is about: the function that reads or writes them, the address of the first on the wire, and how many. */
export type RegisterSpan = { readonly function: number; readonly address: number; readonly count: number };

const meanings: ReadonlyMap<number, string> = new Map([
  [0x01, 'this unit does not know the function'],
  [0x02, 'this unit has no such address'],
  [0x03, 'this unit does not accept the value or the count'],
  [0x04, 'the unit failed'],
  [0x05, 'accepted, but the unit needs longer'],
  [0x06, 'the unit is busy'],
  [0x08, 'a memory fault in the unit'],
  [0x0a, 'the gateway has no path to the unit'],
  [0x0b, 'the unit does not answer the gateway'],
]);

const toCodeText = (code: number): string => code.toString(16).toUpperCase().padStart(2, '0');

/** An exception of Modbus in words: `02: this unit has no such address`. */
export const toExceptionWords = (code: number): string =>
  `${toCodeText(code)}: ${meanings.get(code) ?? 'a code that Modbus does not define'}`;

/** A function in words, as it goes on the wire. */
const functionWords: Readonly<Record<number, string>> = {
  1: 'read coils',
  2: 'read discrete inputs',
  3: 'read holding registers',
  4: 'read input registers',
  5: 'write a coil',
  6: 'write a register',
  15: 'write coils',
  16: 'write registers',
  22: 'write bits of a register',
};

const isRead = (code: number): code is 1 | 2 | 3 | 4 => code >= 1 && code <= 4;
const toTable = (code: number): RegisterTableName => (isRead(code) ? tableOf(code) : code === 5 || code === 15 ? 'coil' : 'holding');

/** The table that a function reads or writes, in words: `holding`. */
export const toTableText = ({ function: code }: Pick<RegisterSpan, 'function'>): string => toTable(code);

/** Registers as vendors number them: `40012` or `40012 to 40013`. */
export const toRegisterText = ({ function: code, address, count }: RegisterSpan): string => {
  const own = toTable(code);
  const first = toRegisterNumber(own, address);
  return count === 1 ? first : `${first} to ${toRegisterNumber(own, address + count - 1)}`;
};

/** What registers are, in words: `bit 10001`, `register 40012`. */
export const toPlaceText = (span: RegisterSpan): string => `${isBit(span) ? 'bit' : 'register'} ${toRegisterText(span)}`;

const isBit = ({ function: code }: RegisterSpan): boolean => ['coil', 'discrete'].includes(toTable(code));

/**
 * An exception of a unit and what to try next, for a technician at the cabinet:
 * `02: this unit has no register 40012; most often off by one (40001 is address 0)`.
 */
export const toExceptionAdvice = (code: number, span: RegisterSpan): string => {
  switch (code) {
    case 0x01: {
      const words = functionWords[span.function] ?? 'not one that Phloem uses';
      return `01: this unit does not know function ${span.function} (${words}); try another table`;
    }
    case 0x02: {
      const what = isBit(span) ? 'bit' : 'register';
      const which = span.count === 1 ? `no ${what} ${toRegisterText(span)}` : `not all of ${toRegisterText(span)}`;
      return `02: this unit has ${which}; most often off by one (${toRegisterNumber(toTable(span.function), 0)} is address 0)`;
    }
    case 0x03:
      return isRead(span.function)
        ? `03: this unit does not accept a count of ${span.count} here; ask for fewer, or for a whole value`
        : '03: this unit does not accept the value';
    default:
      return toExceptionWords(code);
  }
};
