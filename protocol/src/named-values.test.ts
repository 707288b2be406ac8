import { expect, it } from 'vitest';
import { findValueName, toNamedText } from './named-values.ts';

const names = { off: 0, heat: 4, heating: 4 };

it('shows the name of a value with its number, and none where there is none', () => {
  expect([4, 0, 7, null, true].map((value) => toNamedText(names, value))).toEqual(['heat (4)', 'off (0)', null, null, null]);
  expect(toNamedText(undefined, 4)).toBeNull();
  expect(findValueName(names, 4)).toBe('heat');
});
