import { describe, expect, it } from 'vitest';
import { readProfiles } from './io/read-profiles.ts';
import { fuzzSites } from './testing/fuzz-site.ts';
import { readFuzzSites, readProfileFiles } from './testing/io/read-fuzz-sites.ts';

/** A fixed sample; `npm run fuzz -- site --cases N --seed S` takes any other. */
const cases = 400;

describe('a site or profile that somebody has got wrong', () => {
  it('is refused with a reason, or can be lived with', { timeout: 240_000 }, async () => {
    const report = await fuzzSites({
      sites: readFuzzSites(),
      profiles: readProfiles(),
      profileFiles: readProfileFiles(),
      cases,
      seed: 20_261_130,
    });
    expect(report.crashes).toEqual([]);
    // Where nothing is accepted, nothing was lived with.
    expect(report.accepted).toBeGreaterThan(cases / 20);
    expect(report.refused).toBeGreaterThan(cases / 4);
  });
});
