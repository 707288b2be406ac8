import { describe, expect, it } from 'vitest';
import { createEdge, type EdgeParams } from './edge.ts';
import { unknown, type Maybe } from './node.ts';
import { replay } from './replay.ts';

const run = (on: EdgeParams['on'], inputs: readonly Maybe<boolean>[], isSaved = false) =>
  replay(
    createEdge({ on }),
    inputs.map((input, up) => ({ input, time: { at: up, up } })),
    { isSaved: () => isSaved },
  ).map(({ value }) => value);

describe('edge', () => {
  it('is true for one step at each change of its kind', () => {
    const inputs = [false, true, true, false, true];
    expect(run('rising', inputs)).toEqual([false, true, false, false, true]);
    expect(run('falling', inputs)).toEqual([false, false, false, true, false]);
    expect(run('both', inputs)).toEqual([false, true, false, true, true]);
  });

  it('does not fire because it was started', () => {
    expect(run('both', [true, true])).toEqual([false, false]);
    expect(run('rising', [unknown, true])).toEqual([unknown, false]);
  });

  it('does not fire because it was restarted, nor miss what happens then', () => {
    expect(run('rising', [true, true, false, true], true)).toEqual([false, false, false, true]);
  });

  it('sees afterwards what changed while it was blind, once', () => {
    expect(run('both', [false, unknown, true, true])).toEqual([false, unknown, true, false]);
    expect(run('both', [true, unknown, true])).toEqual([false, unknown, false]);
  });
});
