import { describe, expect, it } from 'vitest';
import { noCuts, stepCuts, toOpenCut, type LinkCuts } from './link-cuts.ts';

type Moment = readonly [now: number, frame: number, isHeard: boolean];
const run = (moments: readonly Moment[]): LinkCuts =>
  moments.reduce((cuts, [now, frame, isHeard]) => stepCuts(cuts, { now, frame, isHeard }), noCuts);

describe('the cuts of a link', () => {
  it('begin where the newest frame came and end where the hub is heard again', () => {
    const heard: readonly Moment[] = [
      [1000, 1, true],
      [2000, 2, true],
    ];
    const cut = run([...heard, [3000, 2, false], [4000, 2, false]]);
    expect(cut.cuts).toEqual([{ from: 2000, to: null }]);
    expect(toOpenCut(cut)).toEqual({ from: 2000, to: null });
    const over = stepCuts(cut, { now: 5000, frame: 3, isHeard: true });
    expect(over.cuts).toEqual([{ from: 2000, to: 5000 }]);
    expect(toOpenCut(over)).toBeNull();
  });

  it('keep the newest twenty', () => {
    const moments = Array.from({ length: 30 }, (_, index): readonly Moment[] => [
      [index * 10 + 1, index, true],
      [index * 10 + 5, index, false],
    ]).flat();
    const { cuts } = run(moments);
    expect(cuts).toHaveLength(20);
    expect(cuts.at(-1)).toEqual({ from: 291, to: null });
  });
});
