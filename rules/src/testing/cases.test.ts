import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { allCases, propertyNames } from './cases.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));

it('tries the properties of the language on 100,000 cases, each of them in one test', () => {
  const tests = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n');
  for (const name of propertyNames) expect([name, tests.split(`toRuns('${name}'`).length - 1]).toEqual([name, 1]);
  expect(allCases).toBeGreaterThanOrEqual(100_000);
});
