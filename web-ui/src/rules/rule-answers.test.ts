import { describe, expect, it } from 'vitest';
import { parseBacktest, parseBundle, parseRevisions } from './rule-answers.ts';

describe('the answers that the page of the rules asks for', () => {
  it('come in when they are what was asked for', () => {
    const bundle = { kind: 'Bundle', documents: [] };
    expect(parseBundle(bundle)).toBe(bundle);
    expect(parseRevisions([{ revision: 1, hash: 'a' }])).toHaveLength(1);
    expect(parseBacktest({ id: 'a', state: 'waiting', progress: 0 })).toMatchObject({ state: 'waiting' });
  });

  it.each([
    ['rules', () => parseBundle({ kind: 'SiteContent' })],
    ['revisions', () => parseRevisions({})],
    ['a revision', () => parseRevisions([null])],
    ['a back-test', () => parseBacktest('<html>')],
  ])('are refused when they are not %s', (what, parse) => expect(parse).toThrow(`something else than ${what}`));
});
