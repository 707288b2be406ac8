import type { BusRequest } from './bus-request.ts';
import { toCount } from './bus-request.ts';

/** What the bytes of an answer are, measured against the request. An answer that does not fit is nobody's value. */
export type AnswerCheck =
  | { readonly kind: 'fits' }
  | { readonly kind: 'exception'; readonly code: number }
  | { readonly kind: 'mismatch'; readonly why: string };

const fits: AnswerCheck = { kind: 'fits' };
const mismatch = (why: string): AnswerCheck => ({ kind: 'mismatch', why });
const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** How long the whole answer (unit, function, data; no checksum) to a request is when it is no exception. */
export const toAnswerLength = (request: BusRequest): number => {
  switch (request.function) {
    case 1:
    case 2:
      return 3 + Math.ceil(request.count / 8);
    case 3:
    case 4:
      return 3 + request.count * 2;
    case 22:
      return 8;
    default:
      return 6;
  }
};

const toEchoedWord = (request: BusRequest): number => {
  switch (request.function) {
    case 5:
      return request.values[0] ? 0xff00 : 0;
    case 6:
    case 22:
      return request.values[0];
    default:
      return toCount(request);
  }
};

/**
 * Whether `answer` (unit, function, data; no checksum) is that of `request`: unit, function, byte count, and for
 * writes the echoed address and value. Reads no clock, keeps nothing.
 */
export const checkAnswer = (request: BusRequest, answer: Uint8Array): AnswerCheck => {
  const [unit, code] = answer;
  if (unit === undefined || code === undefined) return mismatch(`${answer.length} bytes are not an answer`);
  if (unit !== request.unit) return mismatch(`unit ${unit} answered instead of unit ${request.unit}`);
  if (code === (request.function | 0x80)) {
    const exception = answer[2];
    return answer.length === 3 && exception !== undefined
      ? { kind: 'exception', code: exception }
      : mismatch(`an exception of ${answer.length} bytes`);
  }
  if (code !== request.function) return mismatch(`function ${code} answered instead of function ${request.function}`);
  const length = toAnswerLength(request);
  if (answer.length !== length) return mismatch(`${answer.length} bytes instead of ${length}`);
  if ('count' in request) {
    return answer[2] === length - 3 ? fits : mismatch(`a byte count of ${answer[2]} instead of ${length - 3}`);
  }
  if (word(answer, 2) !== request.address) return mismatch(`address ${word(answer, 2)} echoed instead of ${request.address}`);
  const echoed = toEchoedWord(request);
  if (word(answer, 4) !== echoed) return mismatch(`${word(answer, 4)} echoed instead of ${echoed}`);
  if (request.function !== 22) return fits;
  return word(answer, 6) === request.values[1] ? fits : mismatch(`${word(answer, 6)} echoed instead of ${request.values[1]}`);
};
