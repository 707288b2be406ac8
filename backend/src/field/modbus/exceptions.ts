/**
 * What an exception code means, and what follows from it:
 * `configuration` asking again cannot help · `device` the unit is ill · `later` it has begun and is not ready ·
 * `busy` ask again in a moment · `gateway` the gateway answers for a unit that does not.
 */
export type ExceptionKind = 'configuration' | 'device' | 'later' | 'busy' | 'gateway';

const table: ReadonlyMap<number, { readonly kind: ExceptionKind; readonly means: string }> = new Map([
  [0x01, { kind: 'configuration', means: 'this unit does not know the function' }],
  [0x02, { kind: 'configuration', means: 'this unit has no such address' }],
  [0x03, { kind: 'configuration', means: 'this unit does not take the value or the count' }],
  [0x04, { kind: 'device', means: 'the unit failed' }],
  [0x05, { kind: 'later', means: 'accepted, but the unit needs longer' }],
  [0x06, { kind: 'busy', means: 'the unit is busy' }],
  [0x08, { kind: 'device', means: 'a memory fault in the unit' }],
  [0x0a, { kind: 'gateway', means: 'the gateway has no path to the unit' }],
  [0x0b, { kind: 'gateway', means: 'the unit does not answer the gateway' }],
]);

/** What follows from an exception; a code that Modbus does not define is taken as a fault of the device. */
export const toExceptionKind = (code: number): ExceptionKind => table.get(code)?.kind ?? 'device';

/** An exception in words: `02: this unit has no such address`. */
export const toExceptionWords = (code: number): string =>
  `${code.toString(16).toUpperCase().padStart(2, '0')}: ${table.get(code)?.means ?? 'a code that Modbus does not define'}`;
