import { describe, expect, it } from 'vitest';
import { createCommandLimits } from './command-limits.ts';

const takeAll = (permission: 'importPast' | 'override' | 'acknowledge' | 'shelve', count: number): number => {
  const { take } = createCommandLimits(() => 0);
  let taken = 0;
  try {
    for (; taken < count; taken += 1) take('user:admin', permission, false);
  } catch {
    // The first refusal is what is counted to.
  }
  return taken;
};

describe('how much one user may send at once', () => {
  it('[SE7] is 20 commands and 200 acknowledgements', () => {
    expect(takeAll('override', 1000)).toBe(20);
    expect(takeAll('shelve', 1000)).toBe(20);
    expect(takeAll('acknowledge', 1000)).toBe(200);
  });

  it('does not bound the pieces of a past that a demonstration is given', () => {
    expect(takeAll('importPast', 1000)).toBe(1000);
  });
});
