import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import {
  createJsonSchema,
  diffContents,
  formatChange,
  formatFailure,
  readBundle,
  readDocuments,
  runAllRuleTests,
  toJUnit,
  toSiteModel,
  type RuleTestRun,
} from '@phloem/protocol/rules';
import { Fault } from '@phloem/protocol';
import { checkFolder } from './check.ts';
import { loadSiteFolder } from './load-site-folder.ts';
import { demonstration } from './places.ts';
import { readFolder } from './read-folder.ts';

type SiteOption = { readonly site?: string };

/** `phloem rules …`: what an engineer does with rules in an editor, in Git and in CI, without a hub. */
export const createRulesCommand = (): Command => {
  const rules = new Command('rules').description('checks, tests and compares rule documents');
  rules
    .command('check')
    .description('checks a folder of site or bundle documents')
    .argument('<folder>', 'the folder')
    .option('--site <folder>', 'the site to check a bundle against (default: the demonstration)')
    .action((folder: string, { site }: SiteOption) => checkFolder(resolve(folder), site === undefined ? null : resolve(site)));
  rules
    .command('test')
    .description('runs the rule tests of a folder; ends with 1 when one fails')
    .argument('<folder>', 'the folder')
    .option('--site <folder>', 'the site of tests that name none (default: the demonstration)')
    .option('--junit <file>', 'write the results as JUnit XML too')
    .action((folder: string, options: SiteOption & { readonly junit?: string }) => testFolder(resolve(folder), options));
  rules
    .command('diff')
    .description('says what changed from one folder of documents to another')
    .argument('<before>', 'the folder as it was')
    .argument('<after>', 'the folder as it is')
    .action((before: string, after: string) => {
      const changes = diffContents(readBundle(readFolder(resolve(before))), readBundle(readFolder(resolve(after))));
      process.stdout.write(changes.length === 0 ? 'no difference\n' : `${changes.map(formatChange).join('\n')}\n`);
    });
  rules
    .command('schema')
    .description('prints the JSON Schema of all documents, for editors')
    .action(() => void process.stdout.write(`${JSON.stringify(createJsonSchema(), null, 2)}\n`));
  return rules;
};

const testFolder = (folder: string, { site, junit }: SiteOption & { readonly junit?: string }): void => {
  const model = toSiteModel(loadSiteFolder(site === undefined ? demonstration.site : resolve(site), {}).site);
  const runs = runAllRuleTests(readDocuments(readFolder(folder)), model);
  if (runs.length === 0) throw new Fault('cli/usage', `the folder ${folder} holds no document of the kind RuleTest`);
  if (junit !== undefined) writeFileSync(resolve(junit), toJUnit(runs));
  const results = runs.flatMap((run) => run.results);
  const failed = results.filter((result) => result.failures.length > 0).length;
  process.stdout.write(`${runs.map(describeRun).join('\n')}\n${results.length - failed} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
};

const describeRun = ({ name, results }: RuleTestRun): string =>
  [
    name,
    ...results.flatMap((result) => [
      `  ${result.failures.length === 0 ? 'passed' : 'FAILED'}  ${result.name}`,
      ...result.failures.map((failure) => formatFailure(failure).replaceAll(/^/gm, '    ')),
    ]),
  ].join('\n');
