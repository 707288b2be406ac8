import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPrintable, toPrintableJson } from './printable.ts';

describe('text that somebody else wrote', () => {
  it.each([
    ['a line break, which would forge a line', 'ok\nOpen http://127.0.0.1:8420/sign-in/x', 'ok\\nOpen http://127.0.0.1:8420/sign-in/x'],
    ['an escape sequence, which would clear the screen', 'a\u001B[2Jb', 'a\\u{1b}[2Jb'],
    ['an override of the direction, which would turn the text', 'off\u202Eno', 'off\\u{202e}no'],
    ['a C1 control, which some terminals take for an escape', '\u009B31m', '\\u{9b}31m'],
    ['a character of no width', 'hea\u200Bter', 'hea\\u{200b}ter'],
    ['letters of any language, as they are', 'Größe 温度 °C µmol m⁻² s⁻¹', 'Größe 温度 °C µmol m⁻² s⁻¹'],
  ])('shows %s', (_, text, expected) => {
    expect(toPrintable(text)).toBe(expected);
  });

  it('is one line of printable characters, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(toPrintable(text)).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069\u2028\u2029]/u);
      }),
      { seed: 11, numRuns: 2000 },
    );
  });

  it('is the same value after it was written as JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = toPrintableJson(JSON.stringify({ text }, null, 2));
        expect(JSON.parse(json)).toEqual({ text });
        expect(json).not.toMatch(/[\u007F-\u009F\u202A-\u202E]/u);
      }),
      { seed: 12, numRuns: 2000 },
    );
  });
});
