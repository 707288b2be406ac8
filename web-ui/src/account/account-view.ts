import type { UserAnswer } from '@phloem/protocol';
import type { SiteTime } from '../format/site-time.ts';

/** A user as a row. */
export type UserView = {
  readonly name: string;
  readonly role: UserAnswer['role'];
  readonly locations: string;
  readonly state: string;
};

/** What each role may do, for the one who chooses it. */
export const roleWords = {
  viewer: 'sees everything, changes nothing',
  technician: 'acknowledges alarms, overrides devices, calibrates',
  engineer: 'also activates rules',
  admin: 'also manages users and credentials',
} as const satisfies Record<UserAnswer['role'], string>;

/** Pure: users in words. `titles` names the locations. */
export const toUserViews = (
  users: readonly UserAnswer[],
  titles: ReadonlyMap<string, string>,
  time: SiteTime,
  now: number,
): readonly UserView[] =>
  users.map(({ name, role, locations, hasPassword, browsers, createdAt }) => {
    const signedIn = browsers === 0 ? 'not signed in' : `signed in with ${browsers} ${browsers === 1 ? 'browser' : 'browsers'}`;
    return {
      name,
      role,
      locations: locations === null ? 'all rooms' : locations.map((id) => titles.get(id) ?? id).join(', '),
      state: hasPassword ? `${signedIn}, added ${time.moment(createdAt, now)}` : `no password yet, added ${time.moment(createdAt, now)}`,
    };
  });

/** What keeps a new password from being sent; empty when nothing does. The hub knows more rules. */
export const toPasswordHint = (next: string, again: string): string => {
  if (next === '') return '';
  const missing = 12 - Array.from(next).length;
  if (missing > 0) return `${missing} more ${missing === 1 ? 'character' : 'characters'}: four unrelated words make a good password.`;
  return again !== '' && again !== next ? 'The two are not the same.' : '';
};
