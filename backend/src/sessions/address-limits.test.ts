import { describe, expect, it } from 'vitest';
import { createAddressCounter } from './address-limits.ts';

const setUp = () => createAddressCounter({ own: { connections: 9, waiting: 9 }, other: { connections: 3, waiting: 2 } });

describe('connections by address', () => {
  it('[SE7] are limited for each address, and by how many wait to be let in', () => {
    const enter = setUp();
    const first = enter('198.51.100.7');
    expect(enter('198.51.100.7')).not.toBeNull();
    expect(enter('198.51.100.7')).toBeNull();
    expect(enter('198.51.100.8')).not.toBeNull();
    first?.admit();
    first?.admit();
    expect(enter('198.51.100.7')).not.toBeNull();
    expect(enter('198.51.100.7')).toBeNull();
  });

  it('[SE7] leave room when they end, let in or not, once each', () => {
    const enter = setUp();
    const places = [enter('198.51.100.7'), enter('198.51.100.7')];
    for (const place of places) for (let n = 0; n < 2; n += 1) place?.leave();
    places[0]?.admit();
    expect([enter('198.51.100.7'), enter('198.51.100.7'), enter('198.51.100.7')].map((place) => place !== null)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('[SE7] are more from the machine of the hub', () => {
    const enter = setUp();
    expect(Array.from({ length: 10 }, () => enter('127.0.0.1')).filter((place) => place !== null)).toHaveLength(9);
  });
});
