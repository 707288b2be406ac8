import { Fault, type RegisterSpan } from '@phloem/protocol';
import { countLimits } from '../../site/request-limits.ts';

/** The functions that read: coils, discrete inputs, holding registers, input registers. */
export type ReadFunction = 1 | 2 | 3 | 4;

/** One exchange with one unit. The unit is part of the request; no client remembers one. */
export type BusRequest =
  | { readonly function: ReadFunction; readonly unit: number; readonly address: number; readonly count: number }
  | { readonly function: 5; readonly unit: number; readonly address: number; readonly values: readonly [boolean] }
  | { readonly function: 6; readonly unit: number; readonly address: number; readonly values: readonly [number] }
  | { readonly function: 15; readonly unit: number; readonly address: number; readonly values: readonly boolean[] }
  | { readonly function: 16; readonly unit: number; readonly address: number; readonly values: readonly number[] }
  /** Bits of one register: those of `and` are kept, the others become those of `or`. */
  | { readonly function: 22; readonly unit: number; readonly address: number; readonly values: readonly [and: number, or: number] };

/** A request that changes nothing. */
export type ReadRequest = Extract<BusRequest, { readonly function: ReadFunction }>;

/** How many bits or registers the request is about. */
export const toCount = (request: BusRequest): number =>
  'count' in request ? request.count : request.function === 22 ? 1 : request.values.length;

/** The registers that a request is about. */
export const toRegisterSpan = (request: BusRequest): RegisterSpan => ({
  function: request.function,
  address: request.address,
  count: toCount(request),
});

/** Claims that the request changes something in the unit. */
export const isWrite = (request: BusRequest): boolean => 'values' in request;

const isIntegerIn = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;

/** What breaks a limit, in words; null when nothing does. Types are not trusted: values come from documents and networks. */
const findBreach = (request: BusRequest): string | null => {
  const max: number | undefined = countLimits[request.function];
  if (max === undefined) return `there is no function ${String(request.function)} here`;
  if (!isIntegerIn(request.unit, 0, 255)) return `unit ${String(request.unit)} is not one of 0 to 255`;
  if (!isIntegerIn(request.address, 0, 65_535)) return `address ${String(request.address)} is not one of 0 to 65535`;
  const count = toCount(request);
  if (!isIntegerIn(count, 1, max)) return `a count of ${String(count)} is not one of 1 to ${max} for function ${request.function}`;
  if (request.address + count > 65_536) return `${count} from address ${request.address} go beyond 65535`;
  switch (request.function) {
    case 5:
    case 15: {
      const wrong = request.values.find((value) => typeof value !== 'boolean');
      return wrong === undefined ? null : `a coil takes true or false, not ${JSON.stringify(wrong)}`;
    }
    case 6:
    case 16:
    case 22: {
      const at = request.values.findIndex((value) => !isIntegerIn(value, 0, 65_535));
      return at < 0 ? null : `a register takes an integer from 0 to 65535, not ${String(request.values[at])}`;
    }
    default:
      return null;
  }
};

/**
 * Lets a request pass only if Modbus allows it.
 *
 * @throws Fault `modbus/limits` before anything is sent.
 */
export const checkRequest = (request: BusRequest): void => {
  const breach = findBreach(request);
  if (breach !== null) throw new Fault('modbus/limits', `not sent: ${breach}`);
};
