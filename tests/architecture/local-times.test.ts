import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectFiles, readText, root } from '../support/repository.ts';

/** The one module that turns instants into local times and back. */
const owner = 'protocol/src/time-zone.ts';
/** What reads a clock in the zone of the computer, or works out offsets by itself. */
const ownArithmetic =
  /\.(?:get|set)(?:UTC)?(?:Hours|Minutes|Seconds|Day|Date|Month|FullYear)\(|getTimezoneOffset|longOffset|offsetNanoseconds|toZonedDateTime|toLocale(?:Time|Date)String/;

const sources = projectFiles().filter(
  (path) =>
    /^(?:protocol|rules|reconnect|simulator|cli|backend|automation|web-ui)\/src\/.*\.(?:ts|svelte)$/.test(path) &&
    !/\.test\.ts$|\/testing\//.test(path) &&
    existsSync(join(root, path)),
);

it('local times are worked out in one module', () => {
  expect(sources).toContain(owner);
  expect(ownArithmetic.test(readText(owner))).toBe(true);
  expect(sources.filter((path) => path !== owner && ownArithmetic.test(readText(path)))).toEqual([]);
});
