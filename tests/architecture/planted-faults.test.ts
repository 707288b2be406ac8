import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { patches, type Patch } from '../simulation/patches.ts';
import { root } from '../support/repository.ts';

it('the faults that the simulation plants fit the sources', () => {
  const all = Object.entries<readonly Patch[]>(patches).flatMap(([name, own]) => own.map((patch) => ({ name, ...patch })));
  const unfit = all.filter(({ file, from }) => !from.test(readFileSync(join(root, file), 'utf8')));
  expect(unfit.map(({ name, file }) => `${name}: ${file}`)).toEqual([]);
});
