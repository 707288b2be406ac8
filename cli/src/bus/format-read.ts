import {
  decodeWide,
  tableOf,
  toAsciiText,
  toBitText,
  toRegisterNumber,
  toSigned,
  toWideText,
  toWireAddress,
  wideTypes,
  wordOrders,
  wordsOf,
  type BusReadAnswer,
  type BusReadRequest,
  type RegisterAnswer,
} from '@phloem/protocol';
import { formatNamed } from './format-named.ts';
import { toTable } from './table.ts';

const words = { 1: 'coil', 2: 'discrete input', 3: 'holding register', 4: 'input register' } as const;

const toPlace = ({ function: code, address, count }: BusReadRequest): string => {
  const table = tableOf(code);
  const last = address + count - 1;
  const number = count === 1 ? toRegisterNumber(table, address) : `${toRegisterNumber(table, address)} to ${toRegisterNumber(table, last)}`;
  const wire = count === 1 ? toWireAddress(address) : `${toWireAddress(address)} to ${toWireAddress(last)}`;
  return `${words[code]}${count === 1 ? '' : 's'} ${number} (address ${count === 1 ? address : `${address} to ${last}`}, ${wire})`;
};

const toShare = (share: number): string => `${(share * 100).toFixed(1)} %`;

const toBits = ({ values }: BusReadAnswer, request: BusReadRequest): string[] =>
  toTable(
    ['bit', 'address', 'value'],
    values.map((value, index) => [
      toRegisterNumber(tableOf(request.function), request.address + index),
      toWireAddress(request.address + index),
      value === 1 ? '1  on' : '0  off',
    ]),
  );

const toWords = ({ values }: BusReadAnswer, request: BusReadRequest): string[] =>
  toTable(
    ['register', 'address', 'hex', 'u16', 's16', 'bits', 'ascii'],
    values.map((word, index) => [
      toRegisterNumber(tableOf(request.function), request.address + index),
      toWireAddress(request.address + index),
      word.toString(16).toUpperCase().padStart(4, '0'),
      String(word),
      String(toSigned(word)),
      toBitText(word),
      toAsciiText([word]),
    ]),
    [2, 3, 4],
  );

/** Every stretch of two, and of four, in all types and orders. */
const toWide = ({ values }: BusReadAnswer, request: BusReadRequest): string[] => {
  const rows = values.flatMap((_, index) =>
    wideTypes.flatMap((type) => {
      const own = values.slice(index);
      if (own.length < wordsOf(type)) return [];
      const from = toRegisterNumber(tableOf(request.function), request.address + index);
      return [[from, type, ...wordOrders.map((order) => toWideText(decodeWide(own, type, order), type))]];
    }),
  );
  return rows.length === 0 ? [] : ['', ...toTable(['from', 'type', ...wordOrders], rows, [2, 3, 4, 5])];
};

/** What a manual read brought, in every way that it can be read, with the names that the site has for values, its bytes and what it cost the bus. */
export const formatRead = (request: BusReadRequest, answer: BusReadAnswer, places: readonly RegisterAnswer[]): string => {
  const isBits = request.function === 1 || request.function === 2;
  const took = answer.tookMs === null ? 'never sent' : `${answer.tookMs} ms on the line`;
  const waited = answer.tookMs === null ? answer.totalMs : answer.totalMs - answer.tookMs;
  return [
    `unit ${request.unit} of ${answer.bus}, ${toPlace(request)}`,
    ...(answer.sent === '' ? [] : [`  sent      ${answer.sent}`]),
    ...(answer.received === '' ? [] : [`  received  ${answer.received}`]),
    ...(answer.why === null ? [] : ['', `${answer.outcome === 'exception' ? 'refused, ' : `${answer.outcome}: `}${answer.why}`]),
    ...(answer.values.length === 0
      ? []
      : ['', ...(isBits ? toBits(answer, request) : [...toWords(answer, request), ...toWide(answer, request)])]),
    ...formatNamed(request, answer, places),
    '',
    `${took}, ${Math.round(waited)} ms in the queue; the bus ${answer.bus} is busy ${toShare(answer.load)} of the time`,
  ].join('\n');
};
