import { Profile } from '@phloem/backend';
import { documentKinds } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { findKeysWithoutEffect } from './support/key-proof.ts';
import { siteWorlds } from './support/key-site-samples.ts';
import { siteSpecimens } from './support/key-site-specimens.ts';
import { findSpecimenFault } from './support/key-specimens.ts';

const schemas = { Site: documentKinds.Site, Profile } as const;
const points = siteWorlds.slice(0, 1);

describe('a key that is accepted in a site or a profile has an effect', () => {
  it.each(['Site', 'Profile'] as const)(
    '%s: on what is asked of units, read or raised, or on what people are shown',
    async (kind) => {
      const own = siteSpecimens.filter((specimen) => specimen.kind === kind);
      const faults: string[] = [];
      for (const specimen of own) faults.push(...(await findSpecimenFault(specimen, schemas[kind])));
      expect(faults).toEqual([]);
      const shown = new Set(own.flatMap(({ keys }) => keys));
      expect(await findKeysWithoutEffect(kind, schemas[kind], points, { perKey: 3, shown })).toEqual([]);
    },
    900_000,
  );
});
