import { saying } from '@phloem/protocol/testing';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { wordOrders } from '@phloem/protocol';
import type { Register } from '../../site/register.ts';
import { decodeDevice, decodeRegister, encodeWrite } from './register-codec.ts';

const register = (over: Partial<Register>): Register => ({
  table: 'holding',
  address: 0,
  type: 'u16',
  wordOrder: 'ABCD',
  scale: 1,
  offset: 0,
  sentinels: [],
  ...over,
});

describe('decoding', () => {
  // 123456.0 as IEEE 754 single is 0x47F12000; −2 as s32 is 0xFFFFFFFE; π as double is 0x400921FB54442D18.
  it.each<[string, Partial<Register>, readonly (number | boolean)[], number | boolean]>([
    ['u16', { type: 'u16' }, [0xfffe], 65_534],
    ['s16', { type: 's16' }, [0xfffe], -2],
    ['s16 with a scale', { type: 's16', scale: 0.1 }, [3], 0.3],
    ['a scale and an offset', { type: 'u16', scale: 0.01, offset: -273.15 }, [29_815], 25],
    ['u32, high word first', { type: 'u32' }, [1, 0], 65_536],
    ['u32, low word first', { type: 'u32', wordOrder: 'CDAB' }, [0, 1], 65_536],
    ['s32', { type: 's32' }, [0xffff, 0xfffe], -2],
    ['f32, high word first', { type: 'f32' }, [0x47f1, 0x2000], 123_456],
    ['f32, low word first', { type: 'f32', wordOrder: 'CDAB' }, [0x2000, 0x47f1], 123_456],
    ['f64', { type: 'f64' }, [0x4009, 0x21fb, 0x5444, 0x2d18], 3.14159265359],
    ['a bit', { type: 'bit', table: 'coil' }, [true], true],
  ])('[RE1] reads %s', (_what, over, values, value) => {
    expect(decodeRegister(register(over), values)).toMatchObject({ kind: 'value', value });
  });

  it('[RE1] has no value for a sentinel, for no number, and for too few words', () => {
    expect(decodeRegister(register({ type: 's16', sentinels: [-32_768] }), [0x8000])).toMatchObject({ kind: 'none', raw: -32_768 });
    expect(decodeRegister(register({ type: 'f32' }), [0x7fc0, 0])).toMatchObject({ kind: 'none' });
    expect(decodeRegister(register({ type: 'u32' }), [1])).toMatchObject({ kind: 'none' });
  });

  it('takes 0 and 1 for a switch, and nothing else', () => {
    expect(decodeDevice({ kind: 'switch' }, register({}), [1])).toMatchObject({ value: true });
    expect(decodeDevice({ kind: 'switch' }, register({}), [0])).toMatchObject({ value: false });
    expect(decodeDevice({ kind: 'switch' }, register({}), [2])).toMatchObject({ kind: 'none' });
    expect(decodeDevice({ kind: 'percent' }, register({ scale: 0.1 }), [1001])).toMatchObject({ kind: 'none' });
  });
});

describe('a bit', () => {
  const coil = register({ table: 'coil', type: 'bit', invert: true });
  const place = (own: Register) => ({ bus: 'line', unit: 1, register: own });

  it('[RE1] that is inverted is on when it is 0, in both directions', () => {
    expect(decodeRegister(coil, [true])).toMatchObject({ value: false, raw: true });
    expect(decodeDevice({ kind: 'switch' }, coil, [false])).toMatchObject({ value: true });
    expect(encodeWrite(place(coil), true)).toMatchObject({ function: 5, values: [false] });
    expect(encodeWrite(place(coil), false)).toMatchObject({ function: 5, values: [true] });
  });

  it('[RE1] of a register is read alone', () => {
    const bit = register({ type: 'bit', field: { mask: 0x100, shift: 8 } });
    expect(decodeRegister(bit, [0x0100])).toMatchObject({ value: true });
    expect(decodeRegister(bit, [0xfeff])).toMatchObject({ value: false });
    expect(decodeRegister({ ...bit, invert: true }, [0xfeff])).toMatchObject({ value: true });
  });

  it('[FB10] of a register is never written over bits that nobody declared', () => {
    const bit = register({ type: 'bit', field: { mask: 0x40, shift: 6 } });
    expect(() => encodeWrite(place(bit), true)).toThrow('maskWrite');
    expect(encodeWrite(place({ ...bit, fieldWrite: { kind: 'mask' } }), true)).toMatchObject({ function: 22, values: [0xffbf, 0x40] });
    expect(encodeWrite(place({ ...bit, fieldWrite: { kind: 'mask' } }), false)).toMatchObject({ function: 22, values: [0xffbf, 0] });
    // A drive's control word: data valid, no coast, no quick stop, no freeze; bit 6 starts it.
    const start = { ...bit, fieldWrite: { kind: 'constant', bits: 0x043c } } as const;
    expect(encodeWrite(place(start), true)).toMatchObject({ function: 6, values: [0x047c] });
    expect(encodeWrite(place(start), false)).toMatchObject({ function: 6, values: [0x043c] });
    expect(encodeWrite(place({ ...start, invert: true }), false)).toMatchObject({ function: 6, values: [0x047c] });
  });
});

describe('a part of a register', () => {
  it.each<[string, Partial<Register>, readonly number[], number]>([
    ['bits 4 to 7', { field: { mask: 0xf0, shift: 4 } }, [0xabcd], 0xc],
    ['the high byte', { type: 'u8', field: { mask: 0xff00, shift: 8 } }, [0x1234], 0x12],
    ['the low byte, signed', { type: 's8', field: { mask: 0xff, shift: 0 } }, [0x12fe], -2],
    ['signed bits', { type: 's16', field: { mask: 0xf0, shift: 4 } }, [0x00f0], -1],
    ['bits of two registers', { type: 'u32', field: { mask: 0xff00_0000, shift: 24 } }, [0xfe00, 0], 0xfe],
    ['two digits in the high byte', { type: 'bcd8', field: { mask: 0xff00, shift: 8 } }, [0x5907], 59],
    ['four digits', { type: 'bcd16' }, [0x1234], 1234],
    ['eight digits, low word first', { type: 'bcd32', wordOrder: 'CDAB' }, [0x5678, 0x1234], 12_345_678],
    ['swapped bytes', { wordOrder: 'BADC' }, [0x3412], 0x1234],
    ['u64', { type: 'u64', scale: 0.001 }, [0, 1, 0, 0], 4_294_967.296],
    ['s64, low word first', { type: 's64', wordOrder: 'CDAB' }, [0xfffe, 0xffff, 0xffff, 0xffff], -2],
  ])('[RE1] reads %s', (_what, over, words, value) => {
    expect(decodeRegister(register(over), words)).toMatchObject({ kind: 'value', value });
  });

  it('[RE1] has no value where a nibble is no digit, or a code has no name', () => {
    expect(decodeRegister(register({ type: 'bcd16' }), [0x12a4])).toMatchObject({ kind: 'none' });
    const state = register({ field: { mask: 0xff00, shift: 8 }, names: { stopped: 0, running: 1, tripped: 2 } });
    expect(decodeRegister(state, [0x0107])).toMatchObject({ value: 1 });
    expect(decodeRegister(state, [0x0307])).toMatchObject({ kind: 'none', why: saying('3 is none of the named values') });
  });

  it('[FB10] keeps the declared bits of the rest', () => {
    const mode = register({ field: { mask: 0x0f00, shift: 8 }, fieldWrite: { kind: 'constant', bits: 0x8001 } });
    expect(encodeWrite({ bus: 'line', unit: 1, register: mode }, 5)).toMatchObject({ function: 6, values: [0x8501] });
    expect(() => encodeWrite({ bus: 'line', unit: 1, register: mode }, 16)).toThrow('does not fit');
  });
});

describe('a switch in a register', () => {
  // A relay board that takes commands and reads states: 0x0100 on, 0x0200 off, and 1 or 0 back.
  const relay = register({ address: 1, states: { read: { on: 1, off: 0 }, write: { on: 0x0100, off: 0x0200 } } });

  it('[FB10] is written by the values that its document names, and read by those', () => {
    expect(encodeWrite({ bus: 'line', unit: 1, register: relay }, true)).toMatchObject({ function: 6, address: 1, values: [0x0100] });
    expect(encodeWrite({ bus: 'line', unit: 1, register: relay }, false)).toMatchObject({ function: 6, address: 1, values: [0x0200] });
    expect(decodeDevice({ kind: 'switch' }, relay, [1])).toMatchObject({ value: true });
    expect(decodeDevice({ kind: 'switch' }, relay, [0])).toMatchObject({ value: false });
    expect(decodeDevice({ kind: 'switch' }, relay, [0x0100])).toMatchObject({
      kind: 'none',
      why: saying('256 is neither on (1) nor off (0)'),
    });
    expect(() => encodeWrite({ bus: 'line', unit: 1, register: relay }, 1)).toThrow('true or false');
  });
});

describe('encoding', () => {
  it('writes what decoding reads, for every type, order and scale', () => {
    const shapes = fc.record({
      type: fc.constantFrom('u16', 's16', 'u32', 's32', 'u64', 's64', 'f32', 'f64', 'bcd16', 'bcd32' as const),
      wordOrder: fc.constantFrom(...wordOrders),
      scale: fc.constantFrom(0.01, 0.02, 0.1, 1),
      offset: fc.constantFrom(0, -100, 30),
    });
    fc.assert(
      fc.property(shapes, fc.integer({ min: 0, max: 99 }), (shape, steps) => {
        const place = { bus: 'line', unit: 1, register: register(shape) };
        const value = Number((steps * shape.scale + shape.offset).toPrecision(12));
        const request = encodeWrite(place, value);
        const decoded = decodeRegister(place.register, 'values' in request ? request.values : []);
        return decoded.kind === 'value' && Math.abs(Number(decoded.value) - value) < (shape.type === 'f32' ? 5e-5 : 5e-10);
      }),
      { seed: 7, numRuns: 100_000 },
    );
  });

  it('reads back every raw value of every type, in every order', () => {
    const whole = (min: number, max: number) => fc.integer({ min, max });
    const raws = {
      u16: whole(0, 65_535),
      s16: whole(-32_768, 32_767),
      u32: whole(0, 0xffff_ffff),
      s32: whole(-0x8000_0000, 0x7fff_ffff),
      u64: whole(0, Number.MAX_SAFE_INTEGER),
      s64: whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      f32: fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) }),
      f64: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }),
      bcd16: whole(0, 9999),
      bcd32: whole(0, 99_999_999),
    } as const;
    const types = Object.keys(raws) as (keyof typeof raws)[];
    const cases = fc.constantFrom(...types).chain((type) => fc.tuple(fc.constant(type), fc.constantFrom(...wordOrders), raws[type]));
    fc.assert(
      fc.property(cases, ([type, wordOrder, raw]) => {
        const place = { bus: 'line', unit: 1, register: register({ type, wordOrder }) };
        const request = encodeWrite(place, raw);
        const decoded = decodeRegister(place.register, 'values' in request ? request.values : []);
        const read = decoded.kind === 'value' ? Number(decoded.value) : Number.NaN;
        // Values are decoded to twelve digits; 0 has no sign.
        return Math.abs(read - raw) <= Math.abs(raw) * 1e-11;
      }),
      { seed: 11, numRuns: 100_000 },
    );
  });

  it('reads back every value of a bit, a byte and two digits, beside whatever bits the register holds for others', () => {
    const bytes = { u8: [0, 255], s8: [-128, 127], bcd8: [0, 99] } as const;
    const anyByte = fc
      .constantFrom('u8', 's8', 'bcd8')
      .chain((type) => fc.record({ type: fc.constant(type), value: fc.integer({ min: bytes[type][0], max: bytes[type][1] }) }))
      .chain((own) => fc.record({ own: fc.constant(own), shift: fc.constantFrom(0, 8) }))
      .map(({ own, shift }) => ({ ...own, invert: false, field: { mask: 0xff << shift, shift } }));
    const anyBit = fc
      .record({ value: fc.boolean(), invert: fc.boolean(), shift: fc.integer({ min: 0, max: 15 }) })
      .map(({ value, invert, shift }) => ({ type: 'bit' as const, value, invert, field: { mask: 1 << shift, shift } }));
    const before = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.oneof(anyBit, anyByte), before, fc.boolean(), ({ value, ...own }, others, isMasked) => {
        const fieldWrite = isMasked ? ({ kind: 'mask' } as const) : ({ kind: 'constant', bits: others } as const);
        const place = { bus: 'line', unit: 1, register: register({ ...own, fieldWrite }) };
        const request = encodeWrite(place, value);
        const [first = 0, second = 0] = 'values' in request ? request.values.map(Number) : [];
        const word = isMasked ? (others & first) | (second & ~first & 0xffff) : first;
        const kept = (word & ~own.field.mask) === (others & ~own.field.mask);
        const decoded = decodeRegister(place.register, [word]);
        return kept && decoded.kind === 'value' && decoded.value === value;
      }),
      { seed: 13, numRuns: 100_000 },
    );
  });

  it('reads back a coil, inverted or not', () => {
    for (const value of [true, false]) {
      for (const invert of [true, false]) {
        const place = { bus: 'line', unit: 1, register: register({ table: 'coil', type: 'bit', invert }) };
        const request = encodeWrite(place, value);
        expect(decodeRegister(place.register, 'values' in request ? request.values : [])).toMatchObject({ value });
      }
    }
  });

  it('[FB10] throws for what the register cannot hold, and never writes another value in its place', () => {
    const place = (over: Partial<Register>) => ({ bus: 'line', unit: 1, register: register(over) });
    const refused = expect.objectContaining({ code: 'modbus/limits' });
    expect(() => encodeWrite(place({ table: 'coil', type: 'bit' }), 1)).toThrow(refused);
    expect(() => encodeWrite(place({ table: 'coil', type: 'bit' }), 'off' as unknown as boolean)).toThrow(refused);
    expect(() => encodeWrite(place({ scale: 0.001 }), 70)).toThrow(refused);
    expect(() => encodeWrite(place({}), NaN)).toThrow(refused);
  });
});
