import { tableOf, toRegisterNumber } from '@phloem/protocol';
import type { BusRequest } from './bus-request.ts';
import { toCount } from './bus-request.ts';

/**
 * What an exception code means, and what follows from it:
 * `configuration` asking again cannot help · `device` the unit is ill · `later` it has begun and is not ready ·
 * `busy` ask again in a moment · `gateway` the gateway answers for a unit that does not.
 */
export type ExceptionKind = 'configuration' | 'device' | 'later' | 'busy' | 'gateway';

const table: ReadonlyMap<number, { readonly kind: ExceptionKind; readonly means: string }> = new Map([
  [0x01, { kind: 'configuration', means: 'this unit does not know the function' }],
  [0x02, { kind: 'configuration', means: 'this unit has no such address' }],
  [0x03, { kind: 'configuration', means: 'this unit does not accept the value or the count' }],
  [0x04, { kind: 'device', means: 'the unit failed' }],
  [0x05, { kind: 'later', means: 'accepted, but the unit needs longer' }],
  [0x06, { kind: 'busy', means: 'the unit is busy' }],
  [0x08, { kind: 'device', means: 'a memory fault in the unit' }],
  [0x0a, { kind: 'gateway', means: 'the gateway has no path to the unit' }],
  [0x0b, { kind: 'gateway', means: 'the unit does not answer the gateway' }],
]);

/** What follows from an exception; a code that Modbus does not define is taken as a fault of the device. */
export const toExceptionKind = (code: number): ExceptionKind => table.get(code)?.kind ?? 'device';

const toCodeText = (code: number): string => code.toString(16).toUpperCase().padStart(2, '0');

/** An exception in words: `02: this unit has no such address`. */
export const toExceptionWords = (code: number): string =>
  `${toCodeText(code)}: ${table.get(code)?.means ?? 'a code that Modbus does not define'}`;

/** The function in words, as it goes on the wire. */
export const functionWords = {
  1: 'read coils',
  2: 'read discrete inputs',
  3: 'read holding registers',
  4: 'read input registers',
  5: 'write a coil',
  6: 'write a register',
  15: 'write coils',
  16: 'write registers',
  22: 'write bits of a register',
} as const satisfies Record<BusRequest['function'], string>;

const toTableOf = (request: BusRequest) =>
  'count' in request ? tableOf(request.function) : request.function === 5 || request.function === 15 ? 'coil' : 'holding';

/** The registers of a request as vendors number them: `40012` or `40012 to 40013`. */
export const toRegisterText = (request: BusRequest): string => {
  const own = toTableOf(request);
  const first = toRegisterNumber(own, request.address);
  return toCount(request) === 1 ? first : `${first} to ${toRegisterNumber(own, request.address + toCount(request) - 1)}`;
};

/**
 * An exception with what to try next, for anyone who stands in front of the cabinet:
 * `02: this unit has no register 40012; most often off by one (40001 is address 0)`.
 */
export const toExceptionAdvice = (code: number, request: BusRequest): string => {
  const own = toTableOf(request);
  const isBit = own === 'coil' || own === 'discrete';
  switch (code) {
    case 0x01:
      return `01: this unit does not know function ${request.function} (${functionWords[request.function]}); try another table`;
    case 0x02: {
      const what = isBit ? 'bit' : 'register';
      const which = toCount(request) === 1 ? `no ${what} ${toRegisterText(request)}` : `not all of ${toRegisterText(request)}`;
      return `02: this unit has ${which}; most often off by one (${toRegisterNumber(own, 0)} is address 0)`;
    }
    case 0x03:
      return 'count' in request
        ? `03: this unit does not accept a count of ${request.count} here; ask for fewer, or for a whole value`
        : '03: this unit does not accept the value';
    default:
      return toExceptionWords(code);
  }
};
