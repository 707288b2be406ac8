import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, hashDocument } from './canonical-json.ts';

describe('canonical JSON', () => {
  it('sorts keys by code units, at every level', () => {
    expect(canonicalJson({ b: [{ z: 1, a: 2 }], a: null, '€': 1, '\r': 2, '1': true })).toBe(
      '{"\\r":2,"1":true,"a":null,"b":[{"a":2,"z":1}],"€":1}',
    );
  });

  it('writes numbers as RFC 8785, appendix B', () => {
    expect(canonicalJson([1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0])).toBe('[1e+30,4.5,0.002,1e-27,0]');
  });

  it('says the same of equal values, whatever the order of their keys, and can be read back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it.each([
    ['undefined', undefined],
    ['undefined inside', { a: undefined }],
    ['a hole', [1, , 2]], // eslint-disable-line no-sparse-arrays
    ['NaN', [Number.NaN]],
    ['infinity', { a: Number.POSITIVE_INFINITY }],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a lone surrogate', '\uD800'],
    ['a key __proto__', JSON.parse('{"__proto__":1}')],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it('refuses endless nesting instead of running out of stack', () => {
    let value: unknown = 0;
    for (let i = 0; i < 100_000; i++) value = [value];
    expect(() => canonicalJson(value)).toThrow(/levels/);
  });
});

describe('document hash', () => {
  it('is SHA-256, by the example of FIPS 180-4', () => {
    expect(hashDocument('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('hashes the UTF-8 bytes', () => {
    expect(hashDocument('"°C"')).not.toBe(hashDocument('"C"'));
  });
});
