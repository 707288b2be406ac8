import { describe, expect, it } from 'vitest';
import { judgeClaim, noClaims, type NameClaims } from './judge-claim.ts';

const run = (n: number): string => `run-${String(n).padStart(8, '0')}`;

/** Two supervised processes of one name: anyone who is superseded is started again as a new run, a second later. */
const alternate = (times: number, everyMs: number) => {
  let claims: NameClaims = noClaims;
  let live = run(0);
  const won: number[] = [];
  for (let n = 1; n <= times; n += 1) {
    const judged = judgeClaim(claims, { run: run(n), live, now: n * everyMs });
    ({ claims } = judged);
    if (judged.isDuplicate) continue;
    live = run(n);
    won.push(n);
  }
  return won;
};

describe('the claim of a name that another run has', () => {
  it('[GR3] wins, twice in a minute at the most: after that the name stays with the one that has it', () => {
    expect(alternate(100, 1000)).toEqual([1, 2]);
  });

  it('[GR3] wins as often as it comes when it comes seldom', () => {
    expect(alternate(8, 31_000)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('[GR3] of a run that gave way before is never good', () => {
    const { claims } = judgeClaim(noClaims, { run: run(2), live: run(1), now: 0 });
    expect(judgeClaim(claims, { run: run(1), live: run(2), now: 3_600_000 }).isDuplicate).toBe(true);
    expect(judgeClaim(claims, { run: run(3), live: run(2), now: 3_600_000 }).isDuplicate).toBe(false);
  });

  it('[GR3] is remembered for the newest 16 runs that gave way', () => {
    let claims: NameClaims = noClaims;
    for (let n = 1; n <= 17; n += 1) ({ claims } = judgeClaim(claims, { run: run(n), live: run(n - 1), now: n * 60_000 }));
    expect(claims.superseded).toHaveLength(16);
    expect(judgeClaim(claims, { run: run(1), live: run(17), now: 1e9 }).isDuplicate).toBe(true);
    expect(judgeClaim(claims, { run: run(0), live: run(17), now: 1e9 }).isDuplicate).toBe(false);
  });
});
