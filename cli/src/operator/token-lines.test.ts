import type { TokenAnswer } from '@phloem/protocol';
import { expect, it } from 'vitest';
import { toTokenLines } from './token-lines.ts';

const token: TokenAnswer = {
  id: 'abc123def456',
  kind: 'service',
  role: 'viewer',
  node: 'my-tool',
  name: null,
  locations: null,
  createdAt: 1,
  createdBy: { kind: 'user', id: 'admin' },
  expiresAt: 2,
  sessions: 1,
  isOwn: false,
};
const toMoment = (at: number): string => `at ${at}`;

it('shows whom a credential is for, who made it, and until when it is good', () => {
  expect(toTokenLines([token], toMoment)).toEqual([
    'abc123def456  service  viewer      my-tool  created at 1 by admin, expires at 2, 1 session',
  ]);
  const browser = {
    ...token,
    kind: 'browser',
    node: null,
    name: 'anna',
    createdBy: null,
    expiresAt: null,
    sessions: 0,
    isOwn: true,
  } as const;
  expect(toTokenLines([browser], toMoment)).toEqual([
    'abc123def456  browser  viewer      anna  created at 1, does not expire, used by this command',
  ]);
  expect(toTokenLines([], toMoment)).toEqual(['there are no credentials']);
});
