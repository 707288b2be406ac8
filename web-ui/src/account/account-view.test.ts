import type { UserAnswer } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { toPasswordHint, toUserViews } from './account-view.ts';

const now = Date.UTC(2026, 10, 30, 14, 3, 27);
const maria: UserAnswer = {
  name: 'maria',
  role: 'technician',
  locations: ['flower_room', 'moon'],
  hasPassword: true,
  createdAt: now - 60_000,
  createdBy: null,
  browsers: 2,
};
const view = (parts: Partial<UserAnswer> = {}) =>
  toUserViews([{ ...maria, ...parts }], new Map([['flower_room', 'Flower room']]), createSiteTime('UTC'), now)[0];

describe('the page of the account', () => {
  it('says of each user where they act, and whether they are signed in', () => {
    expect(view()).toEqual({
      name: 'maria',
      role: 'technician',
      locations: 'Flower room, moon',
      state: 'signed in with 2 browsers, added 14:02',
    });
    expect(view({ locations: null, browsers: 0 })).toMatchObject({ locations: 'all rooms', state: 'not signed in, added 14:02' });
    expect(view({ hasPassword: false })).toMatchObject({ state: 'no password yet, added 14:02' });
  });

  it('says what a new password lacks', () => {
    expect(toPasswordHint('', '')).toBe('');
    expect(toPasswordHint('🍅'.repeat(11), '')).toMatch(/^1 more character/);
    expect(toPasswordHint('four unrelated words', 'four unrelated')).toBe('The two are not the same.');
    expect(toPasswordHint('four unrelated words', 'four unrelated words')).toBe('');
  });
});
