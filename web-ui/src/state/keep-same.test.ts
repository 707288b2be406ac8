import { describe, expect, it } from 'vitest';
import { keepSame } from './keep-same.ts';

describe('keep same', () => {
  it('keeps the identity of what did not change, and of nothing else', () => {
    const before = { a: { b: [1, 2] }, c: { d: 'x' } };
    const next = keepSame(before, { a: { b: [1, 2] }, c: { d: 'y' } });
    expect(next).toEqual({ a: { b: [1, 2] }, c: { d: 'y' } });
    expect(next.a).toBe(before.a);
    expect(next.c).not.toBe(before.c);
    expect(keepSame(before, structuredClone(before))).toBe(before);
  });

  it('sees what was added, removed or replaced by another shape', () => {
    expect(keepSame({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
    expect(keepSame([1, 2], [1])).toEqual([1]);
    expect(keepSame({ a: undefined }, { b: undefined })).toEqual({ b: undefined });
    expect(keepSame([1], { 0: 1 })).toEqual({ 0: 1 });
  });
});
