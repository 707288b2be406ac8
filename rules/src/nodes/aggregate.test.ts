import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAggregate, type AggregateParams } from './aggregate.ts';
import { isUnknown, unknown, type Maybe } from './node.ts';

const seed = { seed: 20261123, numRuns: 1000 };
const time = { at: 0, up: 0 };

const reduce = (params: AggregateParams, inputs: readonly Maybe<number>[]) => {
  const node = createAggregate(params);
  return node.step(node.init(), inputs, time)[1];
};
const temperature: AggregateParams = { fn: 'median', quorum: 2, rejectOutside: 3 };

describe('aggregate', () => {
  it.each([
    ['median', [3, 1, 2], 2],
    ['median', [4, 1, 2, 3], 2.5],
    ['mean', [1, 2, 6], 3],
    ['min', [3, 1, 2], 1],
    ['max', [3, 1, 2], 3],
  ] as const)('%s of %j is %f', (fn, inputs, value) => {
    expect(reduce({ fn, quorum: 1 }, inputs).value).toBe(value);
  });

  it('leaves out the probe that is far from the median, and says by how much', () => {
    const out = reduce({ ...temperature, fn: 'mean' }, [26, 31, 26.5]);
    expect(out.value).toBe(26.25);
    expect(out.used).toBe(2);
    expect(out.rejected).toEqual([{ index: 1, why: 'outside', by: 4.5 }]);
  });

  it('keeps a probe that is just as far as allowed', () => {
    expect(reduce(temperature, [26, 29, 26]).used).toBe(3);
  });

  it('of two that disagree neither is believed', () => {
    const out = reduce(temperature, [20, 30, unknown]);
    expect(isUnknown(out.value)).toBe(true);
    expect(out.rejected.map(({ why }) => why)).toEqual(['outside', 'outside', 'unknown']);
  });

  it('is unknown below the quorum, and names who is missing', () => {
    const out = reduce(temperature, [unknown, 26, unknown]);
    expect(isUnknown(out.value)).toBe(true);
    expect(out.rejected).toEqual([
      { index: 0, why: 'unknown' },
      { index: 2, why: 'unknown' },
    ]);
    expect(isUnknown(reduce(temperature, []).value)).toBe(true);
  });

  it('takes a number that is none as unknown, and a sum that overflows too', () => {
    expect(reduce(temperature, [Number.NaN, 26, 26.2]).rejected).toEqual([{ index: 0, why: 'unknown' }]);
    expect(isUnknown(reduce({ fn: 'mean', quorum: 1 }, [1.7e308, 1.7e308]).value)).toBe(true);
    expect(reduce({ fn: 'median', quorum: 1 }, [1.7e308, 1.7e308]).value).toBe(1.7e308);
  });

  it('refuses parameters that mean nothing', () => {
    for (const quorum of [0, -1, 1.5, Number.NaN]) expect(() => createAggregate({ fn: 'mean', quorum })).toThrow(RangeError);
    for (const rejectOutside of [-1, Number.NaN])
      expect(() => createAggregate({ fn: 'mean', quorum: 1, rejectOutside })).toThrow(RangeError);
  });

  it('answers between the smallest and the largest known input, or not at all', () => {
    const fn = fc.constantFrom('median', 'mean', 'min', 'max');
    const reading = fc.oneof(
      { weight: 3, arbitrary: fc.double({ min: -50, max: 60, noNaN: true }) },
      { weight: 1, arbitrary: fc.constant(unknown) },
    );
    fc.assert(
      fc.property(
        fn,
        fc.nat(4),
        fc.array(reading, { maxLength: 7 }),
        fc.double({ min: 0, max: 20, noNaN: true }),
        (fn, more, inputs, rejectOutside) => {
          const quorum = more + 1;
          const out = reduce({ fn, quorum, rejectOutside }, inputs);
          const known = inputs.filter((value) => !isUnknown(value));
          const isInside = !isUnknown(out.value) && out.value >= Math.min(...known) - 1e-9 && out.value <= Math.max(...known) + 1e-9;
          expect(isInside).toBe(out.used >= quorum);
          expect(isUnknown(out.value)).toBe(out.used < quorum);
          expect(out.used + out.rejected.length).toBe(inputs.length);
        },
      ),
      seed,
    );
  });
});
