import { describe, expect, it } from 'vitest';
import { parseBauds, parseParities, toLineText, toOtherLines, toOtherProbes, toSpeedAdvice, toWarning, usualBauds } from './scan-speeds.ts';

const own = { baudRate: 9600, parity: 'none' } as const;

describe('other speeds', () => {
  it('are what a person names, each once, or the usual ones', () => {
    expect(parseBauds('9600, 19200,9600')).toEqual([9600, 19_200]);
    expect(parseBauds('usual')).toEqual(usualBauds);
    expect(parseParities('even,none')).toEqual(['even', 'none']);
    expect(parseParities('all')).toEqual(['none', 'even', 'odd']);
  });

  it.each(['', 'fast', '50', '9600;19200', '9.6e3'])('"%s" is none', (text) => {
    expect(() => parseBauds(text)).toThrow(/is not a speed; use 9600,19200, or usual/);
    expect(() => parseParities(text)).toThrow(/is not a parity/);
  });

  it('[FB14] are tried only when one is asked for them, and the line’s own is none of them', () => {
    expect(toOtherLines(own, undefined, undefined)).toEqual([]);
    expect(toOtherLines(own, [9600, 19_200], undefined)).toEqual([{ baudRate: 19_200, parity: 'none' }]);
    expect(toOtherLines(own, undefined, ['none', 'even'])).toEqual([{ baudRate: 9600, parity: 'even' }]);
    expect(toOtherLines(own, usualBauds, undefined).slice(0, 3).map(toLineText)).toEqual([
      '9600 baud, parity even',
      '19200 baud, parity none',
      '19200 baud, parity even',
    ]);
    expect(toOtherLines(own, usualBauds, ['odd'])).toHaveLength(usualBauds.length);
    expect(toOtherLines(own, [9600, 4800], ['none', 'even']).map(toLineText)).toEqual([
      '9600 baud, parity even',
      '4800 baud, parity none',
      '4800 baud, parity even',
    ]);
  });

  it('[FB14] are tried for those that the site has and for 1 first, at every speed; then for the others, speed by speed', () => {
    const lines = toOtherLines(own, [19_200, 4800], undefined);
    const order = toOtherProbes([1, 2, 3, 4, 5], lines, [3, 4], [4]).map(({ unit, line }) => `${unit}@${line?.baudRate}`);
    expect(order).toEqual(['3@19200', '3@4800', '1@19200', '1@4800', '2@19200', '5@19200', '2@4800', '5@4800']);
  });

  it('[FB14] are warned of in words, with what they cost, before they are tried', () => {
    const lines = toOtherLines(own, [19_200], undefined);
    const text = toWarning({ bus: 'line', answerTimeoutMs: 500 }, toOtherProbes([1, 2], lines, [], []), lines, 0.5);
    expect(toWarning({ bus: 'line', answerTimeoutMs: 500 }, [{ unit: 3, line: own }], lines, 0.5)).toContain(
      'probes one unit that was not heard',
    );
    expect(text).toContain('probes 2 units that were not heard at 19200 baud, parity none');
    expect(text).toContain('occupies the line for up to 1049 ms: polls and writes wait');
    expect(text).toContain('another speed as noise');
    expect(text).toContain('takes up to 5 s');
  });

  it('end in advice where something was found', () => {
    const one = { unit: 3, line: { baudRate: 19_200, parity: 'even' }, words: '', tookMs: 1, names: [] } as const;
    expect(toSpeedAdvice(own, [one])).toMatch(/^unit 3 listens at 19200 baud, parity even; the line is at 9600 baud, parity none\. /);
    expect(toSpeedAdvice(own, [{ ...one, line: null }])).toBeNull();
  });
});
