import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { dataFiles } from '@phloem/backend/client';
import { createJsonSchema } from '@phloem/rules';
import { createDocument, templateKinds } from '../rules/templates.ts';
import { checkFolder } from './check.ts';
import type { BacktestFlags } from './rules-backtest.ts';
import { formatFolder } from './rules-format.ts';
import { explainDevice } from './rules-why.ts';
import { shadowFolder } from './rules-shadow.ts';
import { testFolder } from './rules-test.ts';
import { toCount, toLength } from './shared-options.ts';
import { printJson, printLines, printText } from './print.ts';

type SiteOption = { readonly site?: string };

const toPath = (path: string | undefined): string | null => (path === undefined ? null : resolve(path));
const json = (): Option => new Option('--json', 'as JSON, for programs').default(false);

/** `phloem rules …`: what an engineer does with rules in an editor, in Git, in CI, and beside a running hub. */
export const addRulesCommand = (program: Command, { port, data }: { readonly port: () => Option; readonly data: () => Option }): void => {
  const rules = program.command('rules').description('checks, tests, formats and compares rule documents');
  rules
    .command('check')
    .description('checks a folder of site or bundle documents')
    .argument('<folder>', 'the folder')
    .option('--site <folder>', 'the site to check a bundle against (default: the demonstration)')
    .addOption(json())
    .action((folder: string, { site, json: isJson }: SiteOption & { json: boolean }) => checkFolder(resolve(folder), toPath(site), isJson));
  rules
    .command('test')
    .description('runs the rule tests of a folder; exits with 1 if one fails')
    .argument('<folder>', 'the folder')
    .option('--site <folder>', 'the site (default: the folder "site" beside it, else the demonstration)')
    .option('--junit <file>', 'write the results as JUnit XML too')
    .action((folder: string, { site, junit }: SiteOption & { readonly junit?: string }) =>
      testFolder(resolve(folder), { site: toPath(site), junit: toPath(junit) }),
    );
  rules
    .command('fmt')
    .description('formats the documents of a folder; comments, order and lined-up columns stay')
    .argument('<folder>', 'the folder')
    .option('--check', 'change nothing; exit with 1 if a file is not formatted', false)
    .action((folder: string, { check }: { check: boolean }) => formatFolder(resolve(folder), check));
  rules
    .command('new')
    .description('prints a new document with comments')
    .argument('<kind>', templateKinds.join(', '))
    .option('--id <id>', 'its id, such as flower_room/dehumidify')
    .action((kind: string, { id }: { id?: string }) => printText(createDocument(kind, id).trimEnd()));
  rules
    .command('diff')
    .description('shows the differences in meaning between two folders, or between revisions on a running hub')
    .argument('<before>', 'the old folder, or the number of a revision as "rules log" lists it')
    .argument('<after>', 'the new folder, or the number of a revision')
    .option('--scope <scope>', 'the scope of the revisions (default: the only one)')
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (before: string, after: string, options: { scope?: string; port: number; data: string; json: boolean }) =>
      (await import('./rules-diff.ts')).diffRules([before, after], {
        ...options,
        tokenFile: dataFiles(resolve(options.data)).adminToken,
      }),
    );
  addHubCommands(rules, { port, data });
  addRevisions(rules, { port, data });
  addBacktest(rules, data);
  addSchema(rules);
};

/** What needs a running hub. */
const addHubCommands = (rules: Command, { port, data }: { readonly port: () => Option; readonly data: () => Option }): void => {
  rules
    .command('shadow')
    .description('runs a folder beside the live bundle of a running hub and prints each difference; commands nothing')
    .argument('<folder>', 'the folder of the candidate')
    .addOption(port())
    .addOption(data())
    .addOption(new Option('--warm-up <n>', 'number of past entries that both process first').default(5000).argParser(toCount))
    .addOption(new Option('--for <duration>', 'exit after this time (default: at Ctrl-C)').argParser(toLength))
    .action((folder: string, options: { port: number; data: string; warmUp: number; for?: number }) =>
      shadowFolder({
        folder: resolve(folder),
        port: options.port,
        data: resolve(options.data),
        warmUp: options.warmUp,
        forMs: options.for ?? null,
      }),
    );
  rules
    .command('why')
    .description('explains the state of a device: one sentence, then the evidence')
    .argument('<device>', 'such as flower_room/heater')
    .option(
      '--at <time>',
      'at another time: 14:03:20 or 2026-11-23T14:03 in the time of the site, or an instant such as 2026-11-23T14:03:20Z',
    )
    .option('--not <state>', 'why it is not on, off, or at this percentage')
    .addOption(port())
    .addOption(data())
    .action((device: string, options: { at?: string; not?: string; port: number; data: string }) =>
      explainDevice(device, { ...options, data: resolve(options.data) }),
    );
};

/** What was live before, and the way back to it. */
const addRevisions = (rules: Command, { port, data }: { readonly port: () => Option; readonly data: () => Option }): void => {
  const scope = (): Option => new Option('--scope <scope>', 'the scope (default: the only one)');
  const toHub = (options: { readonly port: number; readonly data: string }) => ({
    port: options.port,
    tokenFile: dataFiles(resolve(options.data)).adminToken,
  });
  rules
    .command('log')
    .description('lists the revisions of the rules on a running hub, newest first')
    .addOption(scope())
    .addOption(port())
    .addOption(data())
    .addOption(json())
    .action(async (options: { scope?: string; port: number; data: string; json: boolean }) =>
      (await import('./rules-revisions.ts')).printRevisions(toHub(options), options),
    );
  rules
    .command('rollback')
    .description('activates the rules of an earlier revision again, as a new revision')
    .argument('<revision>', 'its number, as "rules log" lists it', toCount)
    .requiredOption('--reason <text>', 'why; recorded with the revision')
    .addOption(scope())
    .addOption(port())
    .addOption(data())
    .action(async (revision: number, options: { scope?: string; reason: string; port: number; data: string }) =>
      (await import('./rules-revisions.ts')).rollBack(toHub(options), revision, options),
    );
};

const addOne = (text: string, before: readonly string[]): readonly string[] => [...before, text];

const addBacktest = (rules: Command, data: () => Option): void => {
  rules
    .command('backtest')
    .description('runs a folder over the recorded log of a data folder, and shows what would have been different')
    .argument('<folder>', 'the folder of the candidate')
    .option('--from <time>', 'from this time on: 2026-03-01, or 2026-03-01T06:00Z (default: a day before the end)')
    .option('--to <time>', 'up to this time (default: the end of the log)')
    .option('--against <bundle>', 'what to compare with: "live" for what ran at each time, or a folder', 'live')
    .addOption(
      new Option(
        '--moves <device=points>',
        'the points that a device changes, such as room/lights=room/front/ppfd, or =none; otherwise, all points of its location; repeatable',
      )
        .default([])
        .argParser(addOne),
    )
    .addOption(
      new Option('--fail-if <condition>', 'exit with 1 if this holds, such as "switches > +20 %", with 3 if it is undetermined; repeatable')
        .default([])
        .argParser(addOne),
    )
    .addOption(data())
    .addOption(json())
    .action(async (folder: string, options: BacktestFlags) =>
      (await import('./rules-backtest.ts')).backtestFolder(resolve(folder), {
        ...options,
        data: resolve(options.data),
        against: options.against === 'live' ? 'live' : resolve(options.against),
      }),
    );
};

const addSchema = (rules: Command): void => {
  rules
    .command('schema')
    .description('prints the JSON Schema of all documents, for editors')
    .option('--out <folder>', 'write it there, as phloem.schema.json')
    .action(({ out }: { out?: string }) => {
      if (out === undefined) return printJson(createJsonSchema(), 2);
      mkdirSync(resolve(out), { recursive: true });
      writeFileSync(join(resolve(out), 'phloem.schema.json'), `${JSON.stringify(createJsonSchema(), null, 2)}\n`);
      return printLines([`# yaml-language-server: $schema=${join(out, 'phloem.schema.json')}`]);
    });
};
