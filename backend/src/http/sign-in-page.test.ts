import { describe, expect, it } from 'vitest';
import { findStyleSheets, toSignInPage } from './sign-in-page.ts';

describe('the page of a sign-in link', () => {
  it('that was used says how to get a new one, and where to go', () => {
    const page = toSignInPage('spent', ['/assets/index-a1.css']);
    expect(page).toContain('<h1>This link does not work any more</h1>');
    expect(page).toContain('phloem link');
    expect(page).toContain('href="/"');
    expect(page).toContain('<link rel="stylesheet" href="/assets/index-a1.css">');
  });

  it('leads on by itself where it has signed in', () =>
    expect(toSignInPage({ start: '/wall' }, [])).toContain('<meta http-equiv="refresh" content="0; url=/wall">'));

  it('holds neither script nor style, which the policy of the hub forbids', () => {
    for (const page of ['spent', 'busy', { start: '/' }] as const)
      expect(toSignInPage(page, [])).not.toMatch(/<script|<style|style=|onclick/);
  });

  it('takes the style sheets of the panel, and nothing else of its page', () => {
    const page =
      '<link rel="icon" href="/mark.svg"><link rel="stylesheet" crossorigin href="/assets/index-DVb7.css"><script src="/assets/a.js">';
    expect(findStyleSheets(page)).toEqual(['/assets/index-DVb7.css']);
    expect(findStyleSheets('<p>')).toEqual([]);
  });
});
