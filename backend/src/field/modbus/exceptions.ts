/**
 * What an exception code means, and what follows from it:
 * `configuration` asking again cannot help · `device` the unit is ill · `later` it has begun and is not ready ·
 * `busy` ask again in a moment · `gateway` the gateway answers for a unit that does not.
 */
export type ExceptionKind = 'configuration' | 'device' | 'later' | 'busy' | 'gateway';

const kinds: ReadonlyMap<number, ExceptionKind> = new Map([
  [0x01, 'configuration'],
  [0x02, 'configuration'],
  [0x03, 'configuration'],
  [0x04, 'device'],
  [0x05, 'later'],
  [0x06, 'busy'],
  [0x08, 'device'],
  [0x0a, 'gateway'],
  [0x0b, 'gateway'],
]);

/** What follows from an exception; a code that Modbus does not define is taken as a fault of the device. */
export const toExceptionKind = (code: number): ExceptionKind => kinds.get(code) ?? 'device';
