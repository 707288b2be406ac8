import { describe, expect, it } from 'vitest';
import { decodeWide, toAsciiText, toBitText, toSigned, toWideText, wordOrders, type WideType } from './decodings.ts';

/** IEEE 754: 25.05 is 0x41C86666. */
const [a, b] = [0x41c8, 0x6666];
const swap = (word: number): number => ((word & 0xff) << 8) | (word >> 8);

describe('one stretch of registers, read in every way', () => {
  it('[RE1] gives the same float back from each of the four orders', () => {
    const sent = { ABCD: [a, b], CDAB: [b, a], BADC: [swap(a), swap(b)], DCBA: [swap(b), swap(a)] };
    for (const order of wordOrders) expect(decodeWide(sent[order], 'f32', order)).toBeCloseTo(25.05, 5);
  });

  it('gives one double back from each of the four orders', () => {
    // IEEE 754: 25.05 as a double is 0x40390CCCCCCCCCCD.
    const words = [0x4039, 0x0ccc, 0xcccc, 0xcccd];
    const back = words.toReversed();
    expect(decodeWide(words, 'f64', 'ABCD')).toBe(25.05);
    expect(decodeWide(back, 'f64', 'CDAB')).toBe(25.05);
    expect(decodeWide(words.map(swap), 'f64', 'BADC')).toBe(25.05);
    expect(decodeWide(back.map(swap), 'f64', 'DCBA')).toBe(25.05);
  });

  it.each<[WideType, number[], number]>([
    ['u32', [0xffff, 0xfffe], 4_294_967_294],
    ['s32', [0xffff, 0xfffe], -2],
    ['u32', [0, 1], 1],
  ])('%s of %o is %d', (type, words, value) => {
    expect(decodeWide(words, type, 'ABCD')).toBe(value);
  });

  it('says nothing where there are too few registers', () => {
    expect(decodeWide([1], 'f32', 'ABCD')).toBeNull();
    expect(decodeWide([1, 2, 3], 'f64', 'ABCD')).toBeNull();
  });

  it('shows signs, bits and letters', () => {
    expect([toSigned(0x7fff), toSigned(0x8000), toSigned(0xffff)]).toEqual([32_767, -32_768, -1]);
    expect(toBitText(a)).toBe('0100 0001 1100 1000');
    expect(toAsciiText([0x5048, 0x4c00])).toBe('PHL.');
  });

  it('writes floats so that a wrong order shows at a glance', () => {
    expect(toWideText(decodeWide([a, b], 'f32', 'ABCD'), 'f32')).toBe('25.05');
    expect(toWideText(decodeWide([a, b], 'f32', 'CDAB'), 'f32')).toBe('2.72e+23');
    expect(toWideText(Number.NaN, 'f32')).toBe('not a number');
    expect(toWideText(0, 'f32')).toBe('0');
  });
});
