import { describe, expect, it } from 'vitest';
import { createCounter, type CounterInput } from './counter.ts';
import { unknown, type Maybe } from './node.ts';
import { replay } from './replay.ts';

const run = (inputs: readonly CounterInput[], isSaved = false) =>
  replay(
    createCounter(),
    inputs.map((input, up) => ({ input, time: { at: up, up } })),
    { isSaved: () => isSaved },
  );
const counting = (...levels: readonly Maybe<boolean>[]): readonly CounterInput[] => levels.map((count) => ({ count, reset: false }));

describe('counter', () => {
  it('counts how often its input came on, not how long', () => {
    expect(run(counting(false, true, true, false, true)).map(({ value }) => value)).toEqual([0, 1, 1, 1, 2]);
  });

  it('counts nothing because it was started, and goes on after a restart', () => {
    expect(run(counting(true, true)).at(-1)?.value).toBe(0);
    expect(run(counting(false, true, false, true), true).map(({ value }) => value)).toEqual([0, 1, 1, 2]);
  });

  it('keeps its count while blind, reports that, and counts one for a rise that it did not see', () => {
    const outs = run(counting(false, unknown, true, unknown, true));
    expect(outs.map(({ value }) => value)).toEqual([0, 0, 1, 1, 1]);
    expect(outs.map(({ isBlind }) => isBlind)).toEqual([false, true, false, true, false]);
  });

  it('is 0 while it is reset, and an unknown reset resets nothing', () => {
    const inputs: readonly CounterInput[] = [
      ...counting(false, true),
      { count: false, reset: unknown },
      { count: true, reset: true },
      { count: true, reset: false },
    ];
    expect(run(inputs).map(({ value }) => value)).toEqual([0, 1, 1, 0, 0]);
  });
});
