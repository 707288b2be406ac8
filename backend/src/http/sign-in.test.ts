import { describe, expect, it } from 'vitest';
import { createSignInCodes } from './sign-in.ts';

const openCodes = () => {
  const time = { now: 0 };
  let n = 0;
  const codes = createSignInCodes({ createCode: () => `code-${(n += 1)}`, now: () => time.now });
  const miss = (address: string): string => codes.redeem('guess', address).kind;
  /** How long an address has to wait after five wrong codes. */
  const restOf = (address: string): number => {
    for (let guess = 0; guess < 5; guess += 1) expect(miss(address)).toBe('wrong');
    const from = time.now;
    while (miss(address) === 'busy') time.now += 1000;
    return time.now - from;
  };
  return { time, codes, miss, restOf };
};

describe('wrong sign-in codes', () => {
  it('[SE1] make an address wait twice as long each time, up to an hour', () => {
    const { restOf, codes } = openCodes();
    // The try that finds the rest over is a wrong one itself.
    const rests = [restOf('10.0.0.7')];
    expect(rests).toEqual([60_000]);
    const later = openCodes();
    const all: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      for (let guess = round === 0 ? 0 : 1; guess < 5; guess += 1) later.miss('10.0.0.7');
      const from = later.time.now;
      while (later.miss('10.0.0.7') === 'busy') later.time.now += 1000;
      all.push((later.time.now - from) / 60_000);
    }
    expect(all).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(codes.redeem(codes.issue(), '10.0.0.7').kind).toBe('good');
  });

  it('[SE1] keep out nobody else, nor a good code, which ends the waiting', () => {
    const { codes, miss } = openCodes();
    for (let guess = 0; guess < 5; guess += 1) miss('10.0.0.7');
    expect([miss('10.0.0.7'), miss('10.0.0.8')]).toEqual(['busy', 'wrong']);
    expect(codes.redeem(codes.issue(), '10.0.0.7').kind).toBe('good');
    expect(miss('10.0.0.7')).toBe('wrong');
  });
});
