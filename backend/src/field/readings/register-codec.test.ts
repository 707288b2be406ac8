import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Register } from '../../site/site.ts';
import { decodeDevice, decodeRegister, encodeWrite } from './register-codec.ts';

const register = (over: Partial<Register>): Register => ({
  table: 'holding',
  address: 0,
  type: 'u16',
  wordOrder: 'big',
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
    ['u32, low word first', { type: 'u32', wordOrder: 'little' }, [0, 1], 65_536],
    ['s32', { type: 's32' }, [0xffff, 0xfffe], -2],
    ['f32, high word first', { type: 'f32' }, [0x47f1, 0x2000], 123_456],
    ['f32, low word first', { type: 'f32', wordOrder: 'little' }, [0x2000, 0x47f1], 123_456],
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
    expect(decodeDevice('switch', register({}), [1])).toMatchObject({ value: true });
    expect(decodeDevice('switch', register({}), [0])).toMatchObject({ value: false });
    expect(decodeDevice('switch', register({}), [2])).toMatchObject({ kind: 'none' });
    expect(decodeDevice('percent', register({ scale: 0.1 }), [1001])).toMatchObject({ kind: 'none' });
  });
});

describe('encoding', () => {
  it('writes what decoding reads, for every type and word order', () => {
    const shapes = fc.record({
      type: fc.constantFrom('u16', 's16', 'u32', 's32', 'f32', 'f64' as const),
      wordOrder: fc.constantFrom('big', 'little' as const),
      scale: fc.constantFrom(0.01, 0.1, 1),
    });
    fc.assert(
      fc.property(shapes, fc.integer({ min: 0, max: 100 }), (shape, value) => {
        const place = { bus: 'line', unit: 1, register: register(shape) };
        const request = encodeWrite(place, value);
        const values = 'values' in request ? request.values : [];
        expect(decodeRegister(place.register, values)).toMatchObject({ kind: 'value', value });
      }),
      { seed: 7, numRuns: 300 },
    );
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
