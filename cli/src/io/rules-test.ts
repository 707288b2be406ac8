import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '@phloem/protocol';
import {
  formatFailure,
  kindOf,
  readDocuments,
  runAllRuleTests,
  toJUnit,
  toSiteModel,
  type RuleTestRun,
  type SourceDocument,
} from '@phloem/rules';
import { loadSiteFolder, readFolder } from '@phloem/backend/documents';
import { demonstration } from './places.ts';
import { printText } from './print.ts';

/**
 * Runs the RuleTest documents of a folder and says how each test went. The documents that they name are looked for there
 * and in the site's folder: the one named, else the folder itself where it holds a site, else `site` beside it, else the
 * demonstration's. The exit code is 1 when a test
 * fails.
 *
 * @throws Fault when documents are wrong, or there is no test.
 */
export const testFolder = (folder: string, { site, junit }: { readonly site: string | null; readonly junit: string | null }): void => {
  const beside = join(dirname(folder), 'site');
  const own = readDocuments(readFolder(folder));
  const isSite = own.some((source) => kindOf(source) === 'Site');
  const siteFolder = site ?? (isSite ? folder : existsSync(beside) ? beside : demonstration.site);
  const siteSources = siteFolder === folder ? (isSite ? own : []) : readDocuments(readFolder(siteFolder));
  const sources = siteSources === own ? own : [...siteSources, ...own];
  const runs = runAllRuleTests(sources, toModel(siteFolder, siteSources), siteSources);
  if (runs.length === 0) {
    throw new Fault('cli/usage', `the folder ${folder} holds no document of the kind RuleTest; phloem rules new RuleTest shows one`);
  }
  if (junit !== null) writeFileSync(junit, toJUnit(runs));
  const results = runs.flatMap((run) => run.results);
  const failed = results.filter((result) => result.failures.length > 0).length;
  printText([...runs.map(describeRun), `${results.length - failed} passed, ${failed} failed`].join('\n'));
  if (failed > 0) process.exitCode = 1;
};

/** Documents without one of the kind Site are no whole site: tests name the ones that they need. */
const toModel = (folder: string, sources: readonly SourceDocument[]) => {
  const isWhole = sources.some((source) => kindOf(source) === 'Site');
  return toSiteModel(loadSiteFolder(isWhole ? folder : demonstration.site, {}).site);
};

const describeRun = ({ name, results }: RuleTestRun): string =>
  [
    name,
    ...results.flatMap((result) => [
      `  ${result.failures.length === 0 ? 'passed' : 'FAILED'}  ${result.name}`,
      ...result.failures.map((failure) => formatFailure(failure).replaceAll(/^/gm, '    ')),
    ]),
  ].join('\n');
