import {
  decodeWide,
  tableOf,
  toBitText,
  toRegisterNumber,
  toSigned,
  toWideText,
  wordOrders,
  wordsOf,
  type BusTransaction,
  type RegisterAnswer,
} from '@phloem/protocol';
import { toNumberText } from '../points/format-value.ts';
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
const swapped = (word: number): number => ((word & 0xff) << 8) | (word >> 8);

const toWould = (place: RegisterAnswer, raw: number | null): string =>
  raw === null || !Number.isFinite(raw) ? '–' : toNumberText(toScaled(place, raw), place.decimals + 1);

const toReadings = (place: RegisterAnswer, words: readonly number[]): readonly Reading[] => {
  const { type, wordOrder } = place;
  const [first = 0] = words;
  if (type === 'bit') {
    return [{ name: 'bit', text: first === 1 ? '1 on' : '0 off', isUsed: true, decoding: { type, order: null }, would: String(first) }];
  }
  if (type === 'u16' || type === 's16') {
    const turned = type === 's16' ? toSigned(swapped(first)) : swapped(first);
    const one = (name: string, text: string, as: Decoding['type'], raw: number | null): Reading => ({
      name,
      text,
      isUsed: as === type,
      decoding: { type: as, order: null },
      would: toWould(place, raw),
    });
    return [
      one('u16', String(first), 'u16', first),
      one('s16', toIntegerText(toSigned(first)), 's16', toSigned(first)),
      one('bytes swapped', toIntegerText(turned), 'swapped', turned),
      one('bits', toBitText(first), 'bits', null),
    ];
  }
  return wordOrders.map((order) => {
    const raw = words.length < wordsOf(type) ? null : decodeWide(words, type, order);
    return {
      name: order,
      text: raw === null ? '–' : toWideText(raw, type),
      isUsed: order === wordOrder,
      decoding: { type, order },
      would: toWould(place, raw),
    };
  });
};

const names = { bit: 'bit', u16: 'uint16', s16: 'int16', u32: 'uint32', s32: 'int32', f32: 'float32', f64: 'float64' } as const;

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
