import { describe, expect, it } from 'vitest';
import { toPasswordRefusal } from './password-rules.ts';

const refusal = (password: string) => toPasswordRefusal(password, ['maria', 'North farm']);

describe('[SE2] a password', () => {
  it.each(['four unrelated words', 'tomato-lamp-river', 'żółw jeździ rowerem', '🍅🌱🌿🍃🌾🌻🌵🍀🌴🌲🌳🎋', 'x8#kQ2!vBn4$'])(
    'is accepted: %s',
    (password) => {
      expect(refusal(password)).toBeNull();
    },
  );

  it.each([
    ['', 'at least 12'],
    ['short', 'at least 12'],
    ['eleven char', 'at least 12'],
    ['a'.repeat(129), 'at most 128'],
    ['Password 1234', 'first that are tried'],
    ['PASSWORDPASSWORD', 'first that are tried'],
    ['aaaaaaaaaaaaaa', 'first that are tried'],
    ['abababababab', 'first that are tried'],
    ['123456789012', 'first that are tried'],
    ['abcabcabcabcab', 'first that are tried'],
    ['maria-northfarm', 'name of the user'],
    ['North Farm 2026', 'name of the user'],
  ])('is refused: %j', (password, why) => {
    expect(refusal(password)).toContain(why);
  });

  it('counts characters, not bytes', () => {
    expect(refusal('🍅'.repeat(11))).toContain('at least 12');
  });
});
