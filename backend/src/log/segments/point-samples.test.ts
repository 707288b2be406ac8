import * as fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { toEntry, type StoredRow } from '../decode-rows.ts';
import { toSamples } from '../samples/entry-samples.ts';
import { encodeSegment, entryOverhead } from './encode-segment.ts';
import { Segment } from './open-segment.ts';
import { readPointSamples } from './point-samples.ts';
import type { SegmentTools } from './segment-format.ts';

const tools: SegmentTools = { compress: (bytes) => bytes, decompress: (bytes) => bytes, checksum: (bytes) => crc32(bytes) };

const toRows = (bodies: readonly object[]): readonly StoredRow[] => {
  let offset = 0;
  return bodies.map((draft, index) => {
    const body = JSON.stringify(draft);
    // The wall clock steps back now and then.
    const row = {
      lsn: 5 + index,
      at: 1_764_540_000_000 + index * 1000 - (index % 9 === 0 ? 7000 : 0),
      up: 90_000.5 + index * 1000,
      offset,
      body,
    };
    offset += entryOverhead + body.length;
    return row;
  });
};

const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constantFrom(null, 0, -40.1, 1e21));
const reading = fc.record(
  {
    v: value,
    q: fc.constantFrom('good', 'bad', 'simulated'),
    t: fc.double({ noNaN: true, min: 0, max: 1e6 }),
    why: fc.constant('no answer 7'),
  },
  { requiredKeys: ['v', 'q'] },
);
const readings = fc.dictionary(fc.constantFrom('temp', 'hum', 'v', 't'), reading, { minKeys: 1 });
const place = { location: fc.constantFrom('room', 'hall'), cluster: fc.constantFrom('air', 'soil'), readings };
const draft = fc.oneof(
  fc.record({ kind: fc.constant('sensor'), ...place }),
  fc.record({ kind: fc.constant('late'), ...place, measured: fc.nat(1e9) }),
  fc.constantFrom({ kind: 'pulse' }, { kind: 'note', text: '"readings":{}' }),
);

describe('the samples of a point in a segment', () => {
  it('are those of its entries, whatever the entries are', () => {
    fc.assert(
      fc.property(fc.array(draft, { minLength: 1, maxLength: 60 }), (bodies) => {
        const rows = toRows(bodies);
        const segment = new Segment(encodeSegment(rows, null, tools), tools);
        const expected = rows.flatMap((row) => toSamples(toEntry(row)));
        for (const point of new Set([...expected.map((sample) => sample.point), 'room/air/none'])) {
          const own = expected.flatMap(({ point: of, ...sample }) => (of === point ? [sample] : []));
          expect(readPointSamples(segment, point)).toEqual(own);
        }
        const times = expected.map(({ at }) => at);
        expect(segment.footer.fromAt).toBeLessThanOrEqual(Math.min(...times, Infinity));
        expect(segment.footer.toAt).toBeGreaterThanOrEqual(Math.max(...times, -Infinity));
      }),
      { seed: 21, numRuns: 300 },
    );
  });
});
