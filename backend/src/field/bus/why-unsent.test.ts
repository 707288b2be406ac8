import { renderReason } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { countFailure } from './breaker.ts';
import { toWhyUnsent } from './why-unsent.ts';

const failed = countFailure(undefined, 0, 500);

describe('why a request was not sent in time', () => {
  it.each([
    ['the load, where every unit answers', [], 'the bus was busy for too long'],
    ['its own unit, where that is silent', [4, 5], 'unit 5 does not answer'],
    ['another unit, whose time-outs took the time', [4], 'unit 4 does not answer and held up the bus'],
    ['several others, in their order', [7, 4], 'units 4, 7 do not answer and held up the bus'],
  ])('names %s', (_, silent, words) =>
    expect(renderReason(toWhyUnsent({ breakers: new Map(silent.map((unit) => [unit, failed])), unit: 5 }), { time: String })).toBe(words),
  );
});
