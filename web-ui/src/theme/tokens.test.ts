/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toContrast } from './contrast.ts';
import { themeNames, themes, toNextTheme, toTokenCss, type ColourToken } from './tokens.ts';

const grounds = ['page', 'panel', 'inset'] as const;
const text: readonly ColourToken[] = ['text', 'text-2', 'text-3', 'p1', 'p3', 'p4', 'manual'];
/** P2 and the traces stand on panels and insets only. */
const onPanels: readonly ColourToken[] = ['p2', 'data-1', 'data-2', 'data-3', 'data-4', 'data-5'];

describe('tokens', () => {
  it('the style sheet says what the table says', () => {
    expect(readFileSync(new URL('tokens.css', import.meta.url), 'utf8')).toBe(toTokenCss());
  });

  it('black on white has the greatest contrast, a colour on itself none', () => {
    expect(toContrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(toContrast('#777777', '#777777')).toBe(1);
  });

  describe.each(themeNames)('%s', (name) => {
    const theme = themes[name];

    it.each(grounds.flatMap((ground) => text.map((colour) => [colour, ground] as const)))('%s on %s reads as text', (colour, ground) => {
      expect(toContrast(theme[colour], theme[ground])).toBeGreaterThanOrEqual(4.5);
    });

    it.each(onPanels.flatMap((colour) => [[colour, 'panel'] as const, [colour, 'inset'] as const]))(
      '%s on %s reads as text',
      (colour, ground) => {
        expect(toContrast(theme[colour], theme[ground])).toBeGreaterThanOrEqual(4.5);
      },
    );

    it('control borders stand out from their ground', () => {
      expect(toContrast(theme.line, theme.panel)).toBeGreaterThanOrEqual(3);
      expect(toContrast(theme.line, theme.inset)).toBeGreaterThanOrEqual(3);
      expect(toContrast(theme['line-on-page'], theme.page)).toBeGreaterThanOrEqual(3);
      for (const ground of grounds) expect(toContrast(theme.focus, theme[ground])).toBeGreaterThanOrEqual(3);
    });
  });

  it('one key goes through all themes and comes back', () => {
    expect(toNextTheme(toNextTheme(toNextTheme('day')))).toBe('day');
    expect(new Set([toNextTheme('day'), toNextTheme('night'), toNextTheme('dark')]).size).toBe(3);
  });
});
