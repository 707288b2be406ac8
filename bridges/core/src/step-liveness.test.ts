import { describe, expect, it } from 'vitest';
import { isAlive, seeLife, unknownLiveness } from './step-liveness.ts';

const within = 10_000;

describe('whether a program lives', () => {
  it('is live while it delivers something new', () => {
    const first = seeLife(unknownLiveness, '20:00:00', 500, 0, within);
    expect(isAlive(first, 5000, within)).toBe(true);
    const second = seeLife(first, '20:00:08', 100, 8000, within);
    expect(isAlive(second, 17_000, within)).toBe(true);
  });

  it('ends when it says the same, although the clock of its database stands still', () => {
    const first = seeLife(unknownLiveness, '20:00:00', 0, 0, within);
    const same = seeLife(first, '20:00:00', 0, 9000, within);
    expect(isAlive(same, 10_000, within)).toBe(true);
    expect(isAlive(same, 10_001, within)).toBe(false);
  });

  it('ends when its database does not answer any more', () => {
    expect(isAlive(seeLife(unknownLiveness, 'a', 0, 0, within), 10_001, within)).toBe(false);
  });

  it.each([
    ['older than it may be', 'x', within + 1],
    ['of the future', 'x', -5001],
    ['no time', 'x', null],
    ['missing', null, null],
  ])('is not so where its word is %s', (_what, text, age) => {
    expect(isAlive(seeLife(unknownLiveness, text, age, 0, within), 0, within)).toBe(false);
  });

  it('ends at once when the clock of its database was set forward, and begins with the next word', () => {
    const first = seeLife(unknownLiveness, 'a', 0, 0, within);
    const jumped = seeLife(first, 'a', 3_600_000, 100, within);
    expect(isAlive(jumped, 100, within)).toBe(false);
    expect(isAlive(seeLife(jumped, 'b', 10, 200, within), 200, within)).toBe(true);
  });

  it('does not begin again when the clock of its database is set back', () => {
    const dead = seeLife(seeLife(unknownLiveness, 'a', 0, 0, within), 'a', within + 1, within + 1, within);
    const back = seeLife(dead, 'a', 1000, within + 2, within);
    expect(isAlive(back, within + 2, within)).toBe(false);
    expect(isAlive(seeLife(back, 'b', 10, within + 3, within), within + 3, within)).toBe(true);
  });

  it('lasts no longer for a bridge that has just started', () => {
    const first = seeLife(unknownLiveness, 'a', within - 1, 0, within);
    expect(isAlive(first, 1, within)).toBe(true);
    expect(isAlive(first, 2, within)).toBe(false);
  });
});
