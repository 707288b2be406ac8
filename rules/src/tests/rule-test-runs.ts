import { compileAlarms, compileSiteAlarms } from '../alarms/compile-alarms.ts';
import { toBundle } from '../bundle.ts';
import { findProblems, kindOf } from '../documents/check.ts';
import { RuleTestDocument } from '../documents/rule-test.ts';
import { DocumentFault, type Problem } from '../documents/problem.ts';
import type { Path, SourceDocument } from '../documents/source.ts';
import { compileInterlocks } from '../interlocks/compile-interlocks.ts';
import { compileBundle } from '../bundles/compile-bundle.ts';
import type { SiteModel } from '../site-model.ts';
import { runRuleTests, type TestResult } from './run-rule-tests.ts';
import { toTestSite } from './test-site.ts';

/** The results of one RuleTest document. */
export type RuleTestRun = { readonly name: string; readonly results: readonly TestResult[] };

/**
 * Runs every RuleTest among the documents. A test that names its documents (by file, under `bundle` and `site`) runs
 * against those alone; one that does not runs against all others, on the site given and under the interlocks among the
 * site's own documents, `siteSources`.
 *
 * @throws DocumentFault `document/invalid` when a document cannot be compiled, or one that a test names is not there.
 */
export const runAllRuleTests = (
  sources: readonly SourceDocument[],
  site: SiteModel,
  siteSources: readonly SourceDocument[] = [],
): readonly RuleTestRun[] =>
  sources
    .filter((source) => kindOf(source) === 'RuleTest')
    .map((source) => {
      const problems = findProblems(RuleTestDocument, source);
      if (problems.length > 0) throw new DocumentFault('document/invalid', problems);
      const document = source.value as RuleTestDocument;
      const { bundle, site: places, timeZone = site.timeZone } = document.spec;
      const named = places === undefined ? undefined : findNamed(source, ['spec', 'site'], places, sources);
      const rest = sources.filter((each) => bundleKinds.has(kindOf(each)) && !(named ?? siteSources).includes(each));
      const parts = bundle === undefined ? rest : findNamed(source, ['spec', 'bundle'], bundle, sources);
      const model = named === undefined ? { ...site, timeZone } : toTestSite([...named, ...parts], timeZone);
      const guards = (named ?? siteSources).filter((each) => kindOf(each) === 'Interlocks' || kindOf(each) === 'Signals');
      const hasGuards = guards.some((each) => kindOf(each) === 'Interlocks');
      const content = toBundle(parts);
      const isPart = bundle !== undefined;
      const plan = compileBundle(content, model, { isPart });
      const watches = (named ?? siteSources).filter((each) => siteAlarmKinds.has(kindOf(each)));
      const alarms = [compileAlarms(content, model, { isPart }), compileSiteAlarms(watches, model)];
      const world = { site: model, plan, alarms, ...(hasGuards ? { interlocks: compileInterlocks(guards, model) } : {}) };
      return { name: document.metadata.id, results: runRuleTests(document, world) };
    });

const bundleKinds: ReadonlySet<string> = new Set(['Signals', 'Setpoints', 'Rule', 'Loop', 'LeadLag', 'Alarm']);
const siteAlarmKinds: ReadonlySet<string> = new Set(['Signals', 'Setpoints', 'Alarm']);

/** The documents of the files that a test names; a name is the end of a path, and of several the nearest file is meant. */
const findNamed = (
  test: SourceDocument,
  path: Path,
  names: readonly string[],
  sources: readonly SourceDocument[],
): readonly SourceDocument[] => {
  const problems: Problem[] = [];
  const found = names.flatMap((name, i) => {
    const matching = sources.filter(({ file }) => file === name || file.replaceAll('\\', '/').endsWith(`/${name}`));
    const nearest = Math.max(...matching.map(({ file }) => countShared(file, test.file)));
    const named = matching.filter(({ file }) => countShared(file, test.file) === nearest);
    if (named.length === 0) problems.push(test.problem([...path, i], { expected: 'a file of this folder', found: name }));
    return named;
  });
  if (problems.length > 0) throw new DocumentFault('document/invalid', problems);
  return found;
};

/** How many folders two paths have in common. */
const countShared = (a: string, b: string): number => {
  const [folders, others] = [a.split(/[/\\]/).slice(0, -1), b.split(/[/\\]/).slice(0, -1)];
  const apart = folders.findIndex((folder, i) => folder !== others[i]);
  return apart === -1 ? folders.length : apart;
};
