import * as fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { StoredRow } from '../decode-rows.ts';
import { encodeSegment, entryOverhead } from './encode-segment.ts';
import { decodeNumbers, encodeNumbers } from './number-column.ts';
import { Segment } from './open-segment.ts';
import { SegmentDamage, type SegmentTools } from './segment-format.ts';
import { toShape } from './shape.ts';

/** Compresses nothing: what is tested is what the format itself does. */
const tools: SegmentTools = { compress: (bytes) => bytes, decompress: (bytes) => bytes, checksum: (bytes) => crc32(bytes) };

const toRows = (bodies: readonly string[], times: readonly (readonly [number, number])[] = []): readonly StoredRow[] => {
  let offset = 77;
  return bodies.map((body, index) => {
    const [at, up] = times[index] ?? [1_764_540_000_000 + index, index];
    const row = { lsn: 5 + index, at, up, offset, body };
    offset += entryOverhead + body.length;
    return row;
  });
};

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -40_000, max: 40_000 }).map((steps) => Number((steps * 0.1).toPrecision(12))),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map((single) => Number(single.toPrecision(12))),
  fc.constantFrom(-0, 0, 5e-324, 2 ** 53, 1e21, -1.5e300),
);

describe('a column of numbers', () => {
  it('gives back every number to the bit', () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(number), fc.array(fc.integer({ min: -9000, max: 9000 }).map((steps) => steps / 100))), (numbers) => {
        const values = Float64Array.from(numbers);
        const found = decodeNumbers(encodeNumbers(values), values.length);
        expect(new Uint8Array(found.buffer)).toEqual(new Uint8Array(values.buffer));
      }),
      { seed: 11, numRuns: 500 },
    );
  });
});

describe('a segment', () => {
  it('[EV2] gives back every entry to the byte, whatever its text is', () => {
    const reading = fc.record({ v: fc.option(number), q: fc.constantFrom('good', 'bad') }, { requiredKeys: ['v', 'q'] });
    const sensor = fc.record({
      kind: fc.constant('sensor'),
      location: fc.constantFrom('room', 'hall'),
      cluster: fc.constant('air'),
      readings: fc.dictionary(fc.constantFrom('temp', 'hum', 't'), fc.oneof(reading, fc.record({ v: number, t: fc.nat(9000) }))),
    });
    const body = fc.oneof(sensor, fc.jsonValue(), fc.constant({ kind: 'pulse' })).map((value) => JSON.stringify(value));
    const time = fc.tuple(
      fc.oneof(fc.nat(), fc.double({ noNaN: true, min: 0, max: 1e15 })),
      fc.oneof(fc.nat(), fc.double({ noNaN: true, min: 0, max: 1e9 })),
    );
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 40 }), fc.array(time, { minLength: 40, maxLength: 40 }), (bodies, times) => {
        const rows = toRows(bodies, times);
        const segment = new Segment(encodeSegment(rows, 'before', tools), tools);
        expect(segment.footer).toMatchObject({ first: 5, last: 4 + rows.length, previous: 'before', offset: 77 });
        expect(segment.read(0, 1000, Infinity)).toEqual(rows);
        expect(segment.read(6, 2, Infinity)).toEqual(rows.slice(2, 4));
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it('seeks into the middle by the offsets that it keeps', () => {
    const rows = toRows(Array.from({ length: 3000 }, (_, n) => JSON.stringify({ kind: 'value', name: `signal ${n % 3}`, v: n / 10 })));
    const file = encodeSegment(rows, null, tools);
    for (const from of [0, 1, 1023, 1024, 2047, 2999]) {
      expect(new Segment(file, tools).read(5 + from - 1, 2, Infinity)).toEqual(rows.slice(from, from + 2));
    }
  });

  it('is refused wherever a byte of it is not as it was written', () => {
    const file = encodeSegment(toRows(['{"kind":"pulse"}', '{"kind":"pulse"}', '{"kind":"note","text":"7"}']), null, tools);
    for (let at = 8; at < file.length; at += 1) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(() => new Segment(damaged, tools).read(0, 10, Infinity)).toThrow(SegmentDamage);
    }
    expect(() => new Segment(file.subarray(0, 20), tools)).toThrow(SegmentDamage);
  });
});

describe('the shape of a text', () => {
  it('leaves numbers inside of words, and those that would be written in another way', () => {
    expect(toShape('{"a":1.50,"b":2,"c":"at 7 \\"8\\"","d":-0}').numbers).toEqual([2]);
  });
});
