import { encodeShape, millis, renderReason } from '@phloem/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProfileValue } from '../../site/parse-profile.ts';
import { toPointRegister } from '../../site/profile-unit.ts';
import type { Register } from '../../site/register.ts';
import { planBlocks } from '../poll/block-plan.ts';
import { toSpan } from '../../site/register-span.ts';
import { toCounted } from './totaliser.ts';
import { decodeRegister } from './register-codec.ts';

const toOne = (point: object): Register => {
  const { points } = parseProfileValue({
    profile: 'made-up',
    version: 1,
    title: 'Made up',
    source: { document: 'my notes' },
    status: 'unverified',
    points: { one: { title: 'One', quantity: 'energy', table: 'holding', address: 10, type: 'u16', access: 'read', ...point } },
  });
  const { one } = points;
  if (one === undefined) throw new Error('no point');
  return toPointRegister(one);
};

const planned = {
  id: 'lab/one/energy',
  location: 'lab',
  cluster: 'one',
  measurement: 'energy',
  quantity: 'energy',
  title: 'Energy',
  decimals: 0,
  intervalMs: millis(1000),
  range: { min: 0, max: 1e9 },
  source: { kind: 'register', instrument: 'one', bus: 'line', unit: 1 },
} as const;

const decode = (point: object, words: readonly number[]): number | boolean | string => {
  const decoded = decodeRegister(toOne(point), words, 10);
  return decoded.kind === 'value' ? decoded.value : renderReason(decoded.why, { time: String });
};

describe('a value of several registers', () => {
  it.each([
    ['kWh and MWh', { scale: 0.1, plus: [{ address: 11, type: 'u16', scale: 1000 }] }, [57, 3], 3005.7],
    [
      'an integer and its fraction',
      { quantity: 'volume', type: 's32', wordOrder: 'CDAB', plus: [{ address: 12, type: 'f32' }] },
      [7, 0, 0x3f00, 0],
      7.5,
    ],
    ['hours and minutes', { quantity: 'number', plus: [{ address: 11, type: 'u8', byte: 'high', scale: 1 / 60 }] }, [12, 0x1e05], 12.5],
    ['in the unit of the instrument', { unit: 'Wh', plus: [{ address: 11, type: 'u16', scale: 1000 }] }, [500, 2], 2.5],
  ])('[RE8] is their sum: %s', (_what, point, words, value) => {
    expect(decode(point, words)).toBe(value);
  });

  it('[RE8] is none where one of them is none', () => {
    const point = { plus: [{ address: 11, type: 'u16', scale: 1000, sentinels: [0xffff] }] };
    expect(decode(point, [1, 0xffff])).toBe('register 11 reports no value (65535)');
    expect(decode(point, [1])).toBe('the answer is too short');
  });

  it('[RE8] never resets what lies between its registers', () => {
    const points = {
      one: {
        title: 'One',
        quantity: 'energy',
        table: 'holding',
        address: 10,
        type: 'u16',
        access: 'read',
        plus: [{ address: 13, type: 'u16' }],
      },
      two: { title: 'Two', quantity: 'number', table: 'holding', address: 12, type: 'u16', access: 'read', clearOnRead: true },
    };
    expect(() =>
      parseProfileValue({
        profile: 'made-up',
        version: 1,
        title: 'Made up',
        source: { document: 'my notes' },
        status: 'unverified',
        points,
      }),
    ).toThrow('registers between which none is reset by being read');
  });

  it('[RE8] keeps the fractions of a total over a restart of the hub', () => {
    const register = toOne({ type: 'u32', plus: [{ address: 12, type: 'f32' }] });
    expect(toCounted({ v: 7.25, counter: 7.25, at: 0 }, register, { now: 0, at: 0 })).toMatchObject({ count: 7.25 });
  });

  it('[RE8] is planned as one request with all of its registers', () => {
    const register = toOne({ plus: [{ address: 8, type: 'u32' }] });
    const site = { points: [{ ...planned, source: { ...planned.source, register } }], devices: [] };
    expect(planBlocks(site, { maxGap: 0, maxCount: 125 })).toMatchObject([{ address: 8, count: 3 }]);
  });

  it('[RE8] is read in one request, also where its own register is not the first', () => {
    const register = toOne({ plus: [{ address: 8, type: 'u32' }] });
    expect(toSpan(register)).toEqual({ address: 8, count: 3 });
    expect(decodeRegister(register, [0, 7, 3], 8)).toMatchObject({ value: 10 });
  });
});

describe('a scale that is kept in another register', () => {
  it.each([
    ['decimals', { type: 'u8', byte: 'high', as: 'decimals' }, [1234, 0x0241], 12.34],
    ['an exponent', { type: 's16', as: 'exponent' }, [1234, 0xfffe], 12.34],
    ['a divisor', { type: 'u16', as: 'divisor' }, [912, 2000], 0.456],
    ['a factor', { type: 'f32', as: 'factor' }, [10, 0x3f00, 0], 5],
    ['a code', { type: 'u16', scales: { 3: 0.001, 7: 10 } }, [10, 7], 100],
  ])('[RE8] multiplies: %s', (_what, scaleFrom, words, value) => {
    expect(decode({ scaleFrom: { address: 11, ...scaleFrom } }, words)).toBe(value);
  });

  it.each([
    [{ type: 'u16', as: 'divisor' }, 0],
    [{ type: 'u16', as: 'decimals' }, 99],
    [{ type: 'u16', scales: { 3: 0.001 } }, 4],
  ])('[RE8] is no value where it names none: %j, %d', (scaleFrom, raw) => {
    expect(decode({ scaleFrom: { address: 11, ...scaleFrom } }, [1, raw])).toBe(`register 11 names no scale: ${raw}`);
  });
});

describe('a register that says whether a value is valid', () => {
  it.each([
    [{ type: 'bit', bit: 8, is: false }, 0x00ff, 5],
    [{ type: 'bit', bit: 8, is: false }, 0x0100, 'the instrument marks it as not valid: register 11 is 1'],
    [{ type: 'u16', isNot: [7, 9] }, 3, 5],
    [{ type: 'u16', isNot: [7, 9] }, 7, 'the instrument marks it as not valid: register 11 is 7'],
    [{ type: 'u16', bits: [4, 7], is: [0, 1] }, 0x0020, 'the instrument marks it as not valid: register 11 is 2'],
  ])('[RE8] is heeded: %j of %d gives %s', (validWhen, word, value) => {
    expect(decode({ validWhen: { address: 11, ...validWhen } }, [5, word])).toBe(value);
  });
});

describe('what cannot be meant', () => {
  it.each([
    [{ plus: [{ address: 11, type: 'u16' }], access: 'read-write' }, 'plus only where access is read'],
    [{ plus: [{ address: 400, type: 'u16' }] }, 'registers within 125 of each other'],
    [{ plus: [{ address: 11, type: 'u8' }] }, 'byte: high or byte: low'],
    [{ scaleFrom: { address: 11, type: 'u16' } }, 'either as or scales'],
    [{ scaleFrom: { address: 11, type: 'u16', scales: { 1: 0 } } }, 'a scale other than 0'],
    [{ validWhen: { address: 11, type: 'u16' } }, 'either is or isNot'],
    [{ validWhen: { address: 11, type: 'bit', bit: 3, is: 2 } }, 'raw values that bit can hold, 0 to 1'],
    [{ totalise: {}, scaleFrom: { address: 11, type: 'u16', as: 'decimals' } }, 'no scaleFrom beside totalise'],
  ])('[RE8] %j is refused', (point, message) => {
    expect(() => toOne(point)).toThrow(message);
  });
});

describe('any integer and fraction', () => {
  it('[RE8] give their sum back, in every order of words', () => {
    const orders = fc.constantFrom('ABCD' as const, 'CDAB' as const, 'BADC' as const, 'DCBA' as const);
    const registers = new Map(
      (['ABCD', 'CDAB', 'BADC', 'DCBA'] as const).map((wordOrder) => [
        wordOrder,
        toOne({ type: 'u32', wordOrder, plus: [{ address: 12, type: 'u16', scale: 0.001 }] }),
      ]),
    );
    fc.assert(
      fc.property(orders, fc.integer({ min: 0, max: 99_999_999 }), fc.integer({ min: 0, max: 999 }), (wordOrder, whole, thousandths) => {
        const register = registers.get(wordOrder);
        if (register === undefined) throw new Error('no register');
        const words = [...encodeShape({ type: 'u32', wordOrder }, whole), thousandths];
        const decoded = decodeRegister(register, words, 10);
        if (decoded.kind !== 'value' || Math.abs(Number(decoded.value) - whole - thousandths / 1000) > 1e-4) throw new Error('not the sum');
      }),
      { seed: 20_261_130, numRuns: 20_000 },
    );
  });
});
