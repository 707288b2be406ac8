import {
  decodeShape,
  isFloatType,
  tableOf,
  toBitText,
  toRegisterNumber,
  toSigned,
  toWideText,
  wordOrders,
  type BusTransaction,
  type RegisterAnswer,
} from '@phloem/protocol';
import { toNumberText } from '../format/format-value.ts';
import { toOwnValues, toScaled } from './point-watch.ts';
import type { Decoding } from './propose.ts';

/** One way to read the registers; `isUsed` is the site's. */
export type Reading = {
  readonly name: string;
  readonly text: string;
  readonly isUsed: boolean;
  readonly decoding: Decoding;
  /** What the point would show, in the quantity of the site; empty where that is no number. */
  readonly would: string;
};

/** The way from register to value, one line a station, so that a fault shows where it is. */
export type PipeView = {
  readonly raw: string;
  readonly about: string;
  readonly readings: readonly Reading[];
  readonly type: string;
};

const hex = (word: number): string => {
  const text = word.toString(16).toUpperCase().padStart(4, '0');
  return `${text.slice(0, 2)} ${text.slice(2)}`;
};
const toIntegerText = (value: number): string => String(value).replace('-', '−');

const toWould = (place: RegisterAnswer, raw: number | null): string =>
  raw === null || !Number.isFinite(raw) ? '–' : toNumberText(toScaled(place, raw), place.decimals + 1);

const toReadings = (place: RegisterAnswer, words: readonly number[]): readonly Reading[] => {
  const { type, wordOrder, field } = place;
  const [first = 0] = words;
  const own = decodeShape(place, words);
  if (type === 'bit') {
    const isOn = (own !== 0) !== (place.invert === true);
    return [{ name: 'bit', text: isOn ? '1 on' : '0 off', isUsed: true, decoding: { type, order: null }, would: String(Number(isOn)) }];
  }
  if (type === 'u16' || type === 's16') {
    const one = (name: string, as: Decoding['type'], order: string | null, raw: number | null): Reading => ({
      name,
      text: raw === null ? toBitText(first) : toIntegerText(raw),
      isUsed: field === undefined && as === type && (order === 'BADC') === (wordOrder === 'BADC'),
      decoding: { type: as, order },
      would: toWould(place, raw),
    });
    return [
      ...(field === undefined ? [] : [{ ...one('field', type, null, own), isUsed: true }]),
      one('u16', 'u16', null, first),
      one('s16', 's16', null, toSigned(first)),
      one('bytes swapped', type, 'BADC', decodeShape({ type, wordOrder: 'BADC' }, words)),
      one('bits', 'bits', null, null),
    ];
  }
  if (words.length < 2) {
    return [{ name: type, text: toIntegerText(own ?? 0), isUsed: true, decoding: { type, order: null }, would: toWould(place, own) }];
  }
  return wordOrders.map((order) => {
    const raw = decodeShape({ ...place, wordOrder: order }, words);
    return {
      name: order,
      text: raw === null ? '–' : toRawText(raw, type),
      isUsed: order === wordOrder,
      decoding: { type, order },
      would: toWould(place, raw),
    };
  });
};

/** A raw number of several registers: floats so that a wrong order shows at a glance, integers in full. */
const toRawText = (raw: number, type: RegisterAnswer['type']): string => (isFloatType(type) ? toWideText(raw, 'f32') : toIntegerText(raw));

const names = {
  bit: 'bit',
  u8: 'uint8',
  s8: 'int8',
  u16: 'uint16',
  s16: 'int16',
  u32: 'uint32',
  s32: 'int32',
  u64: 'uint64',
  s64: 'int64',
  f32: 'float32',
  f64: 'float64',
  bcd8: 'BCD, 2 digits',
  bcd16: 'BCD, 4 digits',
  bcd32: 'BCD, 8 digits',
} as const satisfies Record<RegisterAnswer['type'], string>;

/** A factor without the dust of binary fractions. */
const toFactor = (value: number): string => String(Number(value.toPrecision(7))).replace('-', '−');

/** The pipe of a point from the last answer that held its registers; null before the first. */
export const toPipe = (place: RegisterAnswer, transactions: readonly BusTransaction[], clock: (at: number) => string): PipeView | null => {
  const last = transactions.findLast((transaction) => toOwnValues(place, transaction) !== null);
  if (last === undefined) return null;
  const words = toOwnValues(place, last) ?? [];
  const table = tableOf(place.function);
  const number = toRegisterNumber(table, place.address);
  const range = place.count === 1 ? number : `${number} to ${toRegisterNumber(table, place.address + place.count - 1)}`;
  const took = last.tookMs === null ? '' : ` · ${toNumberText(last.tookMs, last.tookMs < 10 ? 1 : 0)} ms`;
  return {
    raw: place.type === 'bit' ? words.join(' ') : words.map(hex).join(' '),
    about: `fc ${String(place.function).padStart(2, '0')} · unit ${place.unit} · ${range} · ${clock(last.at)}${took}`,
    readings: toReadings(place, words),
    type: `${names[place.type]}${place.count > 1 ? ` ${place.wordOrder}` : ''} · scale ×${toFactor(place.scale)} ${place.offset < 0 ? '−' : '+'}${toFactor(Math.abs(place.offset))}`,
  };
};
