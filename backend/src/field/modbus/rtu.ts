import { checkAnswer, toAnswerLength } from './check-answer.ts';
import { type BusRequest, type ReadFunction } from './bus-request.ts';
import { countLimits } from '../../site/request-limits.ts';
import { crc16 } from './crc16.ts';

/** What the bytes since a request are: not enough yet, the whole answer, or none that fits. */
export type RtuRead =
  | { readonly kind: 'part' }
  | { readonly kind: 'answer'; readonly body: Uint8Array }
  | { readonly kind: 'checksum' | 'mismatch'; readonly why: string };

const crcLength = 2;
const exceptionLength = 3;

/**
 * Reads the answer to a request from all bytes that came since. RTU has neither length nor transaction id: what the
 * answer must look like is known from the request alone, and whatever differs in one byte is nobody's. `answersAs` is the
 * unit that the answer names, where it is not the one that was asked.
 */
export const readRtu = (request: BusRequest, bytes: Uint8Array, answersAs = request.unit): RtuRead => {
  const [unit, code] = bytes;
  if (unit === undefined) return { kind: 'part' };
  if (unit !== answersAs) return { kind: 'mismatch', why: `unit ${unit} answered instead of unit ${answersAs}` };
  if (code === undefined) return { kind: 'part' };
  const isException = code === (request.function | 0x80);
  if (!isException && code !== request.function) {
    return { kind: 'mismatch', why: `function ${code} answered instead of function ${request.function}` };
  }
  const byteCount = bytes[2];
  if (!isException && 'count' in request && byteCount !== undefined && byteCount !== toAnswerLength(request) - 3) {
    return { kind: 'mismatch', why: `a byte count of ${byteCount} instead of ${toAnswerLength(request) - 3}` };
  }
  const length = isException ? exceptionLength : toAnswerLength(request);
  if (bytes.length < length + crcLength) return { kind: 'part' };
  if (bytes.length > length + crcLength) return { kind: 'mismatch', why: `${bytes.length - length - crcLength} bytes too many` };
  const body = bytes.slice(0, length);
  if (crc16(body) !== ((bytes[length] ?? 0) | ((bytes[length + 1] ?? 0) << 8))) return { kind: 'checksum', why: 'a wrong checksum' };
  body[0] = request.unit;
  const check = checkAnswer(request, body);
  return check.kind === 'mismatch' ? check : { kind: 'answer', body };
};

/** What an answer looks like from outside; two requests of the same shape cannot distinguish each other's answers. */
const toShape = (request: BusRequest): string => {
  const head = `${request.unit} ${request.function} `;
  if ('count' in request) return head + toAnswerLength(request);
  const { function: code, values } = request;
  const echo = code === 5 || code === 6 || code === 22 ? values.join(' ') : String(values.length);
  return `${head}${request.address} ${echo}`;
};

/** Claims that a late answer to `old` would be taken for the answer to `next`. */
export const isConfusable = (old: BusRequest, next: BusRequest): boolean => toShape(old) === toShape(next);

/**
 * A request to the same unit whose answer cannot be taken for that of any of `owed`: one that the unit has answered
 * before, else the range of the newest with another count, or for a write a read of what it wrote. An exception is as
 * good an answer to it as a value.
 */
export const toProbe = (owed: readonly [BusRequest, ...BusRequest[]], answered: readonly BusRequest[]): BusRequest => {
  const isTellable = (probe: BusRequest): boolean => !owed.some((old) => isConfusable(old, probe));
  const known = answered.find((request) => 'count' in request && isTellable(request));
  if (known !== undefined) return known;
  const newest = owed.at(-1) ?? owed[0];
  const { unit, address } = newest;
  const code = toProbeFunction(newest);
  const max = countLimits[code];
  for (let count = 1; count <= max; count += 1) {
    const probe: BusRequest = { function: code, unit, address: Math.min(address, 65_536 - count), count };
    if (isTellable(probe)) return probe;
  }
  return { function: code, unit, address: 0, count: max };
};

const toProbeFunction = (request: BusRequest): ReadFunction => {
  switch (request.function) {
    case 5:
    case 15:
      return 1;
    case 6:
    case 16:
    case 22:
      return 3;
    default:
      return request.function;
  }
};
