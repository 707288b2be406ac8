import { describe, expect, it } from 'vitest';
import { countMore, restingStrip, stepStripPace, type StripPace } from './strip-pace.ts';

type Moment = readonly [running: number, waiting: readonly string[]];

/** What the strip shows at each moment: the line, and how many more are counted. */
const play = (moments: readonly Moment[]): readonly string[] => {
  let pace: StripPace = restingStrip;
  return moments.map(([running, waiting]) => {
    pace = stepStripPace(pace, waiting, running);
    const more = countMore(pace);
    return `${running} ${pace.shown ?? '-'}${more === 0 ? '' : ` +${more}`}`;
  });
};

describe('the line of the alarm strip', () => {
  it('changes at most once a second in a burst, which is counted', () => {
    expect(
      play([
        [0, []],
        [50, ['a']],
        [100, ['b', 'a']],
        [150, ['d', 'c', 'b', 'a']],
        [1049, ['d', 'c', 'b', 'a']],
        [1050, ['d', 'c', 'b', 'a']],
        [1500, ['e', 'd', 'c', 'b', 'a']],
        [2050, ['e', 'd', 'c', 'b', 'a']],
      ]),
    ).toEqual(['0 -', '50 a', '100 a +1', '150 a +3', '1049 a +3', '1050 d +3', '1500 d +4', '2050 e +4']);
  });

  it('shows a new line at once where none was shown for a second', () => {
    expect(
      play([
        [0, ['a']],
        [5000, ['b', 'a']],
      ]),
    ).toEqual(['0 a', '5000 b']);
  });

  it('lets an alarm go at once that waits no more', () => {
    expect(
      play([
        [0, ['a']],
        [1000, ['b', 'a']],
        [1100, ['a']],
        [1150, []],
      ]),
    ).toEqual(['0 a', '1000 b', '1100 a', '1150 -']);
  });

  it('counts no alarm that was there when the page was opened, nor one that somebody has acknowledged', () => {
    expect(
      play([
        [0, ['a', 'b', 'c']],
        [100, ['a', 'b', 'c', 'd', 'e']],
        [200, ['a', 'b', 'c', 'e']],
      ]),
    ).toEqual(['0 a', '100 a +2', '200 a +1']);
  });

  it('stops counting when no new alarm has come for ten seconds', () => {
    expect(
      play([
        [0, []],
        [100, ['a', 'b', 'c']],
        [10_099, ['a', 'b', 'c']],
        [10_100, ['a', 'b', 'c']],
      ]),
    ).toEqual(['0 -', '100 a +2', '10099 a +2', '10100 a']);
  });

  it('an alarm that comes and goes is not new as long as it waits', () => {
    const flutter = Array.from({ length: 40 }, (_, n): Moment => [n * 100, n % 2 === 0 ? ['a', 'b'] : ['b', 'a']]);
    const lines = play(flutter).map((text) => text.split(' ')[1]);
    expect(lines.filter((line, n) => n > 0 && line !== lines[n - 1]).length).toBeLessThanOrEqual(4);
  });
});
