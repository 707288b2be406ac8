import {
  decodeWide,
  parseRegisterAddress,
  readFunctionOf,
  tableOf,
  toAsciiText,
  toBitText,
  toRegisterNumber,
  toSigned,
  toWideText,
  wideTypes,
  wordOrders,
  wordsOf,
  type BusReadAnswer,
  type BusReadRequest,
} from '@phloem/protocol';
import { toNumberText } from '../format/format-value.ts';
import { toPointLine, type Proposal } from './propose.ts';

/** One way to read what came, with what a profile would say. */
export type RawReading = { readonly name: string; readonly text: string; readonly proposal: Proposal | null };
/** What begins at one register. */
export type RawGroup = { readonly title: string; readonly readings: readonly RawReading[] };

/** What a manual read brought, in every way that it can be read. */
export type RawView = {
  readonly sent: string;
  readonly received: string;
  readonly cost: string;
  /** What was wrong, in words; empty when nothing was. */
  readonly why: string;
  readonly groups: readonly RawGroup[];
};

/** What a place in an address asks for; null when it is none, or names no unit. */
export const toRawRequest = (text: string, count: number): BusReadRequest | null => {
  const place = parseRegisterAddress(text);
  if (place === null || place.unit === null || place.address + count > 65_536) return null;
  return { unit: place.unit, function: readFunctionOf[place.table], address: place.address, count };
};

/** Where a register is manual read. */
export const toRawHref = (bus: string, register: string): string => `/diagnostics/read/${encodeURIComponent(bus)}/${register.trim()}`;

const integer = (value: number | string): string => String(value).replaceAll('-', '−');
const hex = (word: number): string => word.toString(16).toUpperCase().padStart(4, '0');

const toBits = ({ function: code, address }: BusReadRequest, values: readonly number[]): readonly RawGroup[] =>
  values.map((value, index) => ({
    title: toRegisterNumber(tableOf(code), address + index),
    readings: [
      {
        name: 'bit',
        text: value === 1 ? '1 on' : '0 off',
        proposal: toPointLine(tableOf(code), address + index, { type: 'bit', order: null }),
      },
    ],
  }));

const toWords = ({ function: code, address }: BusReadRequest, values: readonly number[]): readonly RawGroup[] =>
  values.flatMap((word, index): readonly RawGroup[] => {
    const table = tableOf(code);
    const at = address + index;
    const from = toRegisterNumber(table, at);
    const own = values.slice(index);
    const single: RawGroup = {
      title: from,
      readings: [
        { name: 'u16', text: integer(word), proposal: toPointLine(table, at, { type: 'u16', order: null }) },
        { name: 's16', text: integer(toSigned(word)), proposal: toPointLine(table, at, { type: 's16', order: null }) },
        { name: 'bits', text: toBitText(word), proposal: null },
        { name: 'hex · text', text: `${hex(word)} · ${toAsciiText([word])}`, proposal: null },
      ],
    };
    // Wide values begin at every second register of what was asked for: each start in between is one tap away.
    const wide = index % 2 === 1 ? [] : wideTypes.filter((type) => own.length >= wordsOf(type));
    return [
      single,
      ...wide.map((type): RawGroup => ({
        title: `${from} to ${toRegisterNumber(table, at + wordsOf(type) - 1)} as ${type}`,
        readings: wordOrders.map((order) => ({
          name: order,
          text: integer(toWideText(decodeWide(own, type, order), type)),
          proposal: toPointLine(table, at, { type, order }),
        })),
      })),
    ];
  });

/** What is shown of a manual read. */
export const toRawView = (request: BusReadRequest, answer: BusReadAnswer): RawView => {
  const waited = answer.totalMs - (answer.tookMs ?? 0);
  const took = answer.tookMs === null ? 'never sent' : `${toNumberText(answer.tookMs, answer.tookMs < 10 ? 1 : 0)} ms on the line`;
  return {
    sent: answer.sent,
    received: answer.received,
    cost: `${took} · ${toNumberText(Math.max(0, waited), 0)} ms in the queue · bus busy ${toNumberText(answer.load * 100, 1)} % of the time`,
    why: answer.why ?? '',
    groups: answer.outcome !== 'answered' ? [] : request.function <= 2 ? toBits(request, answer.values) : toWords(request, answer.values),
  };
};
